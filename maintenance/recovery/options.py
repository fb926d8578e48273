"""The options of each part of ``manage.py recovery``."""

from __future__ import annotations

import uuid
from argparse import ArgumentParser
from collections.abc import Callable

from maintenance.recovery.choices import RecoveryKind


def no_arguments(_parser: ArgumentParser) -> None:
    """A part without options of its own."""


def _request_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("kind", choices=RecoveryKind.values)
    parser.add_argument("organization", nargs="?", default="", help="code of the organization")
    parser.add_argument("--time", required=True, help="like 2026-05-01T12:00:00Z")
    parser.add_argument("--reason", required=True)
    parser.add_argument("--table", default="", help="name of the table, for kind table")
    parser.add_argument("--flight", type=uuid.UUID, help="id of the flight, for kind flight")
    parser.add_argument("--into", default="", help="the new data folder, for kind cluster")
    _by(parser)


def _plan_arguments(parser: ArgumentParser) -> None:
    _request(parser)
    parser.add_argument("--backup", default="", metavar="ID", help="default: the newest before")


def _approve_arguments(parser: ArgumentParser) -> None:
    _request(parser)
    _by(parser)


def _run_arguments(parser: ArgumentParser) -> None:
    _request(parser)
    parser.add_argument("--dry-run", action="store_true", help="only say whether it may run")


def _status_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("recovery", type=int, nargs="?", help="its number; default: all open ones")


def _request(parser: ArgumentParser) -> None:
    parser.add_argument("recovery", type=int, help="its number")


def _by(parser: ArgumentParser) -> None:
    parser.add_argument("--by", required=True, metavar="EMAIL", help="who asks or approves")


ARGUMENTS: dict[str, Callable[[ArgumentParser], None]] = {
    "request": _request_arguments,
    "plan": _plan_arguments,
    "approve": _approve_arguments,
    "run": _run_arguments,
    "status": _status_arguments,
    "withdraw": _approve_arguments,
    "undo": _request,
}
