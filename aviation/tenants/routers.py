"""Which tables are made where: shared apps in ``public``, the rest in organizations' schemas."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings

from aviation.tenants.context import bound_organization


class OrganizationRouter:
    """Schema changes run on the ``owner`` connection only, and only where they belong."""

    def allow_migrate(
        self, db: str, app_label: str, model_name: str | None = None, **hints: Any
    ) -> bool | None:
        if db != "owner":
            return False
        is_shared = bound_organization() is None
        names = settings.SHARED_APPS if is_shared else settings.ORGANIZATION_APPS
        config = apps.get_app_config(app_label)
        return config.name in names or f"{config.__module__}.{type(config).__name__}" in names
