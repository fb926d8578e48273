"""A management command that turns a DomainError into a message and an exit code."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from aviation.common.errors import DomainError


class DomainCommand(BaseCommand):
    """Implement ``run`` instead of ``handle``."""

    def handle(self, *args: Any, **options: Any) -> str | None:
        try:
            self.run(**options)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except DomainError as error:
            raise CommandError(error.message) from error
        return None

    def run(self, **options: Any) -> None:
        raise NotImplementedError
