"""What the two commands PostgreSQL calls for each WAL file have in common."""

from __future__ import annotations

import os
import signal
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from aviation.common.errors import DomainError
from maintenance.backup.django_loading import configured_store
from maintenance.backup.folder_store import FolderStore, Store
from maintenance.backup.keys import FILE_VARIABLE, BackupKeys, keys_from, read_keys


def parser(description: str) -> ArgumentParser:
    made = ArgumentParser(description=description)
    place = made.add_mutually_exclusive_group(required=True)
    place.add_argument("--folder", type=Path, help="folder that holds the backups")
    place.add_argument(
        "--configured", action="store_true", help="the storage of Django's settings; slower"
    )
    place.add_argument("--bucket", help="S3 bucket that holds the backups")
    made.add_argument("--endpoint", default="", help="address of the service; default: AWS")
    made.add_argument("--bucket-folder", default="", help="folder in the bucket")
    made.add_argument("--keys-file", type=Path, help="file with the backup keys")
    made.add_argument("--timeout", type=int, default=120, metavar="SECONDS")
    return made


def store_of(options: Namespace) -> Store:
    if options.bucket:
        # Half a second of loading that the others need not wait for.
        from maintenance.backup.s3_store import Bucket, S3Store

        return S3Store(Bucket(options.bucket, options.endpoint, options.bucket_folder))
    return configured_store() if options.configured else FolderStore(options.folder)


def keys_of(options: Namespace) -> BackupKeys:
    """From the options, else from the environment. Raises KeyProblem."""
    if getattr(options, "recipient", ""):
        return read_keys(f"1:{options.recipient}")
    named = {FILE_VARIABLE: str(options.keys_file)} if options.keys_file else os.environ
    return keys_from(named)


def run(work: Callable[[], int], timeout_s: int, *, failed: int) -> int:
    """The work's exit code, or ``failed`` with the reason in one line, for PostgreSQL's log."""
    try:
        with _limited(timeout_s):
            return work()
    except DomainError as error:
        problem = error.message
    except Exception as error:
        problem = f"{type(error).__name__}: {error}"
    sys.stderr.write(f"{problem}\n")
    return failed


@contextmanager
def _limited(timeout_s: int) -> Iterator[None]:
    def give_up(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"The backup storage took longer than {timeout_s} seconds.")

    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(timeout_s)
    try:
        yield
    finally:
        signal.alarm(0)
