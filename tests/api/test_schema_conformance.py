"""Schemathesis over the OpenAPI document, with a key of each kind: no 500, nothing undocumented."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.api_keys.services import create_api_key
from accounts.choices import Role
from aviation.tenants.context import tenant_context
from config.wsgi import application
from tests.conftest import Cast

EXAMPLES = 12
SCOPES = {
    "read": ("read",),
    "write": ("write",),
    "telemetry": ("telemetry:write",),
    "admin": ("admin",),
}


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    return dict(SchemaGenerator().get_schema(request=None, public=True))


@pytest.fixture
def kept_connection() -> Iterator[None]:
    """As Django's own test client does: a request does not end the test's connection."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def operations() -> list[tuple[str, str]]:
    """Every path and method of the document, so that a failure names its own."""
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    return [(path, method) for path, each in sorted(paths.items()) for method in sorted(each)]


@pytest.mark.parametrize("scope", list(SCOPES))
@pytest.mark.parametrize(("path", "method"), operations())
def test_answers_are_as_documented(
    alpha: Cast,
    kept_connection: None,
    document: dict[str, Any],
    path: str,
    method: str,
    scope: str,
) -> None:
    owner = alpha.members[Role.ADMIN]
    with tenant_context(alpha.organization):
        _, text = create_api_key(owner=owner, name=scope, scopes=SCOPES[scope], actor=owner)
    schema = schemathesis.openapi.from_dict(document)
    schema.app = application
    schema.config.update(base_url="http://localhost")
    operation = schema[path][method.upper()]

    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    def probe(case: schemathesis.Case) -> None:
        # Signing in has no transaction of its own: a refusal would mark the test's for undoing.
        with transaction.atomic():
            response = case.call(headers={"Authorization": f"Bearer {text}"})
        assert response.status_code < 500, response.text
        case.validate_response(
            response,
            checks=[
                status_code_conformance,
                content_type_conformance,
                response_schema_conformance,
            ],
        )

    probe()
