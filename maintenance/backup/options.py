"""The options of each part of ``manage.py backup``."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable


def no_arguments(_parser: ArgumentParser) -> None:
    """A part without options of its own."""


def _run_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("policy", nargs="?", default="", help="name of a policy")
    parser.add_argument("--due", action="store_true", help="all that are due now")
    _dry_run(parser)


def _list_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--from-storage", action="store_true", help="without the database")


def _verify_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("backup", nargs="*", help="ids; default: all")
    parser.add_argument("--new", action="store_true", help="only those without a verdict")


def _restore_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("data", help="the new data directory")
    parser.add_argument("--backup", default="", metavar="ID", help="default: the newest that does")
    parser.add_argument("--time", default="", help="like 2026-05-01T12:00:00Z; default: the end")
    parser.add_argument("--keys-file", default="", metavar="PATH")
    parser.add_argument("--media", default="", metavar="FOLDER", help="new folder for the files")
    _dry_run(parser)


def _drill_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("backup", nargs="?", default="", help="default: the newest verified")


def _dump_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--organization", required=True, metavar="SLUG")


def _fetch_dump_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("dump", help="id of the dump")
    parser.add_argument("folder", help="new folder for its files, which are not encrypted there")


def _dry_run(parser: ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")


ARGUMENTS: dict[str, Callable[[ArgumentParser], None]] = {
    "run": _run_arguments,
    "list": _list_arguments,
    "verify": _verify_arguments,
    "expire": _dry_run,
    "restore": _restore_arguments,
    "drill": _drill_arguments,
    "dump": _dump_arguments,
    "fetch-dump": _fetch_dump_arguments,
}
