"""What every queued task of ours starts from."""

from __future__ import annotations

from contextvars import copy_context
from typing import Any

from celery import Task

from aviation.tenants.context import Origin, coming_from


class NamedTask(Task):  # type: ignore[type-arg]  # generic for type checkers only
    """A task whose changes the audit trail records under the task's name.

    It runs in a context of its own: an organization bound and, by a mistake, never left is
    forgotten with the task, and the worker's next one starts without.
    """

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return copy_context().run(self._run_named, args, kwargs)

    def _run_named(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        with coming_from(Origin(work=self.name)):
            return super().__call__(*args, **kwargs)
