"""A bucket of an S3-compatible service that keeps backups.

What must never happen: success told for an upload that was cut off, or a file that is replaced.
A file is sent in parts, a few at a time while the rest is still being made, and becomes visible
only when all have arrived; its size is then asked for and compared. Where the service knows
conditional writes, a name that was taken meanwhile is refused by the service itself.

The credentials are AWS's own: variables, a profile or the machine's role. No Django here:
PostgreSQL's commands use it, too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from maintenance.backup.streams import Readable, Writable

PART_BYTES, LARGE_PART_BYTES = 16 << 20, 128 << 20
LARGE_AFTER = 1_000
"""Parts: 16 GB in small ones, and 1.1 TB more within the 10,000 that S3 allows a file."""
AT_A_TIME = 4
CONNECT_TIMEOUT_S, READ_TIMEOUT_S, ATTEMPTS = 10.0, 60.0, 3
_MISSING, _TAKEN = {"404", "NoSuchKey", "NotFound"}, {"412", "PreconditionFailed"}


class StoreFailed(OSError):
    """The service refused, failed or did not answer."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where: a bucket, the service's address (empty: AWS itself), and a folder in the bucket."""

    name: str
    endpoint: str = ""
    folder: str = ""

    @property
    def words(self) -> list[str]:
        """As arguments of PostgreSQL's commands; they hold nothing secret."""
        found = ["--bucket", self.name]
        found += ["--endpoint", self.endpoint] if self.endpoint else []
        return found + (["--bucket-folder", self.folder] if self.folder else [])


@dataclass(slots=True)
class S3Store:
    """A Store in a bucket."""

    bucket: Bucket
    read_timeout_s: float = READ_TIMEOUT_S
    attempts: int = ATTEMPTS
    part_bytes: int = PART_BYTES
    _client: Any = field(init=False)

    def __post_init__(self) -> None:
        config = Config(
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=self.read_timeout_s,
            retries={"max_attempts": self.attempts, "mode": "standard"},
            max_pool_connections=AT_A_TIME * 2,
        )
        self._client = boto3.client(
            "s3",
            endpoint_url=self.bucket.endpoint or None,
            region_name=os.environ.get("AWS_DEFAULT_REGION", "us-east-1"),
            config=config,
        )

    def names(self, folder: str) -> list[str]:
        prefix = self._key(folder).rstrip("/")
        wanted = f"{prefix}/" if prefix else ""
        pages = self._client.get_paginator("list_objects_v2")
        with _told():
            found = [
                each["Key"]
                for page in pages.paginate(Bucket=self.bucket.name, Prefix=wanted)
                for each in page.get("Contents", ())
            ]
        return sorted(key.removeprefix(self._key("")) for key in found)

    def unfinished(self, folder: str) -> list[str]:
        """None: an upload shows only when it is complete."""
        return []

    @contextmanager
    def writing(self, name: str) -> Iterator[Writable]:
        if self._found_size(name) is not None:
            raise FileExistsError(name)
        upload = _Upload(self._client, self.bucket.name, self._key(name), self.part_bytes)
        try:
            yield upload
            with _told():
                upload.finish()
        except BaseException:
            upload.abandon()
            raise
        if self._found_size(name) != upload.passed_bytes:
            self.delete(name)
            raise StoreFailed(f"{name} did not arrive whole.")

    @contextmanager
    def reading(self, name: str) -> Iterator[Readable]:
        with _told(name):
            answer = self._client.get_object(Bucket=self.bucket.name, Key=self._key(name))
        body = answer["Body"]
        try:
            yield _Body(body)
        finally:
            body.close()

    def size(self, name: str) -> int:
        size = self._found_size(name)
        if size is None:
            raise FileNotFoundError(name)
        return size

    def delete(self, name: str) -> None:
        with _told():
            self._client.delete_object(Bucket=self.bucket.name, Key=self._key(name))

    def _found_size(self, name: str) -> int | None:
        try:
            with _told(name):
                found = self._client.head_object(Bucket=self.bucket.name, Key=self._key(name))
        except FileNotFoundError:
            return None
        return int(found["ContentLength"])

    def _key(self, name: str) -> str:
        if name.startswith("/") or ".." in name.split("/"):
            raise ValueError(f"{name!r} is no name in a store.")
        return f"{self.bucket.folder.strip('/')}/{name}" if self.bucket.folder else name


class _Upload:
    """Takes bytes and sends them in parts; a small file goes in one."""

    def __init__(self, client: Any, bucket: str, key: str, part_bytes: int) -> None:
        self.passed_bytes = 0
        self._client, self._place = client, {"Bucket": bucket, "Key": key}
        self._part_bytes = part_bytes
        self._buffer = bytearray()
        self._pool = ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="upload")
        self._sent: list[Future[dict[str, Any]]] = []
        self._id = ""

    def write(self, data: bytes, /) -> int:
        self._buffer += data
        self.passed_bytes += len(data)
        while len(self._buffer) >= self._wanted():
            wanted = self._wanted()
            part = bytes(self._buffer[:wanted])
            del self._buffer[:wanted]
            with _told():
                self._send(part)
        return len(data)

    def finish(self) -> None:
        if not self._id:
            self._client.put_object(**self._place, Body=bytes(self._buffer), IfNoneMatch="*")
            return
        if self._buffer:
            self._send(bytes(self._buffer))
        parts = [each.result() for each in self._sent]
        self._client.complete_multipart_upload(
            **self._place,
            UploadId=self._id,
            MultipartUpload={"Parts": parts},
            IfNoneMatch="*",
        )
        self._id = ""
        self._pool.shutdown()

    def abandon(self) -> None:
        """Forget what was sent; the service does so itself after a while if it cannot be told."""
        self._pool.shutdown(cancel_futures=True)
        if self._id:
            try:
                self._client.abort_multipart_upload(**self._place, UploadId=self._id)
            except (BotoCoreError, ClientError):
                return  # what went wrong before is what is told

    def _wanted(self) -> int:
        return self._part_bytes if len(self._sent) < LARGE_AFTER else LARGE_PART_BYTES

    def _send(self, part: bytes) -> None:
        if not self._id:
            self._id = self._client.create_multipart_upload(**self._place)["UploadId"]
        open_parts = [each for each in self._sent if not each.done()]
        if len(open_parts) >= AT_A_TIME:
            wait(open_parts, return_when=FIRST_COMPLETED)
        for each in self._sent:
            if each.done():
                each.result()  # raises what went wrong, before more is made
        self._sent.append(self._pool.submit(self._sent_part, len(self._sent) + 1, part))

    def _sent_part(self, number: int, part: bytes) -> dict[str, Any]:
        answer = self._client.upload_part(
            **self._place, UploadId=self._id, PartNumber=number, Body=part
        )
        return {"PartNumber": number, "ETag": answer["ETag"]}


class _Body:
    """Reads on, with errors in our words."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def read(self, size: int = -1, /) -> bytes:
        with _told():
            return bytes(self._body.read(None if size < 0 else size))


@contextmanager
def _told(name: str = "") -> Iterator[None]:
    """The service's errors as those of a file: missing, taken, or failed with its reason."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _MISSING:
            raise FileNotFoundError(name) from error
        if code in _TAKEN:
            raise FileExistsError(name) from error
        raise StoreFailed(f"The backup storage refused: {error}") from error
    except (BotoCoreError, OSError) as error:
        if isinstance(error, (FileNotFoundError, FileExistsError, StoreFailed)):
            raise
        raise StoreFailed(f"The backup storage does not answer: {error}") from error
