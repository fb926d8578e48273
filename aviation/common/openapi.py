"""How the API's description tells of refusals: each one is a problem document."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from aviation.common.problems import PROBLEM_JSON

TITLES = {
    "400": "Some values are not valid.",
    "401": "Sign in first.",
    "403": "Your role does not permit this.",
    "404": "There is no such thing here.",
    "409": "The thing is not in a state that allows this, or exists already.",
    "411": "The body has no Content-Length.",
    "413": "The input is larger than the limit.",
    "415": "The body's type or compression is not one that is read here.",
    "422": "The input cannot be accepted as it is.",
    "429": "Too many requests; Retry-After says when to ask again.",
    "503": "A part of the installation does not answer; Retry-After says when to ask again.",
}


class ProblemSerializer(serializers.Serializer[Any]):
    """An RFC 9457 problem document; ``code`` is stable, so programs may rely on it."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField(required=False)
    errors = serializers.DictField(  # type: ignore[assignment]
        required=False, help_text="By field, when values are wrong."
    )


def refusals(*statuses: int) -> dict[tuple[int, str], type[ProblemSerializer]]:
    """Further refusals of one operation, for ``extend_schema(responses=...)``."""
    return {(status, PROBLEM_JSON): ProblemSerializer for status in statuses}


class ApiSchema(AutoSchema):
    """Adds to every operation the refusals that any operation of its kind may answer."""

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for status in self._usual_refusals():
            bodies.setdefault(status, self._problem(direction))
        for status, title in TITLES.items():
            if status in bodies:
                bodies[status]["description"] = title
        return dict(sorted(bodies.items()))

    def _usual_refusals(self) -> list[str]:
        statuses = ["401", "403", "429", "503"]
        if "{" in self.path:
            statuses.append("404")
        if self.method != "GET" or self._is_list_view():
            statuses.append("400")
        if self.method in ("POST", "PUT", "PATCH"):
            statuses += ["413", "415"]
        return statuses

    def _problem(self, direction: Any) -> dict[str, Any]:
        component = self.resolve_serializer(ProblemSerializer(), direction)
        return {"content": {PROBLEM_JSON: {"schema": component.ref}}}
