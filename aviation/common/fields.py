"""Fields of API input that name another object."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class VisibleRelation(serializers.PrimaryKeyRelatedField[Any]):
    """Another object by its id, looked for only among those the member may see.

    The answer is the same for an id that does not exist and for one out of sight. The queryset
    needs a ``visible_to(membership)``.
    """

    default_error_messages = {"does_not_exist": "There is no such {thing} here."}

    def __init__(self, *, queryset: Any, **options: Any) -> None:
        self.thing = queryset.model._meta.verbose_name
        super().__init__(queryset=queryset, pk_field=serializers.UUIDField(), **options)

    def get_queryset(self) -> Any:
        return self.visible_to(self.context["request"]._request.membership)

    def visible_to(self, membership: Any) -> Any:
        everything: Any = super().get_queryset()
        return everything.visible_to(membership)

    def fail(self, key: str, **values: Any) -> Any:
        super().fail(key, thing=self.thing, **values)
