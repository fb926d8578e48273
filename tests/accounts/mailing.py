"""A task queue that delivers at once, for tests that read the mail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from celery import current_app

Capture = Callable[..., AbstractContextManager[Any]]


@contextmanager
def delivering(capture: Capture, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Within the block commits count, and what is queued is done."""
    import accounts.tasks  # noqa: F401 - registers them, as a worker does

    def do_at_once(name: str, kwargs: dict[str, Any], **_: Any) -> None:
        current_app.tasks[name].apply(kwargs=kwargs, throw=True)

    monkeypatch.setattr(current_app, "send_task", do_at_once)
    with capture(execute=True):
        yield
