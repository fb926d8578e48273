"""The API's description is valid, complete and true."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, get_resolver

from accounts.choices import Role
from accounts.models import Membership
from aviation.flights.choices import FlightState, LogState
from aviation.tenants.context import tenant_context
from tests.api.build import Things, make_flight, make_log
from tests.conftest import Cast


@pytest.fixture(scope="module")
def description(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Fails on the first warning."""
    file = tmp_path_factory.mktemp("openapi") / "api.yaml"
    call_command("spectacular", file=str(file), validate=True, fail_on_warn=True)
    document: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return document


def strict(schema: Any) -> Any:
    """OpenAPI 3.0 as JSON Schema: ``nullable`` becomes a type, unknown members become errors."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: strict(each) for name, each in schema.items() if name != "nullable"}
    if "properties" in made:
        made.setdefault("additionalProperties", False)
    return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") is True else made


def check(description: dict[str, Any], path: str, method: str, response: Any) -> None:
    """The answer's status, media type and body are among those described."""
    responses = description["paths"][path][method]["responses"]
    described = responses[str(response.status_code)]
    if response.status_code == 204:
        return
    media_type = response.headers["Content-Type"].partition(";")[0]
    schema = described["content"][media_type]["schema"]
    if schema.get("format") != "binary":
        whole = strict({**schema, "components": description["components"]})
        jsonschema.Draft202012Validator(whole).validate(response.json())


def test_every_route_is_described(description: dict[str, Any]) -> None:
    described = {
        (path, method)
        for path, operations in description["paths"].items()
        for method in operations
        if method != "parameters"
    }
    routed = {
        (f"/api/v1/{str(pattern.pattern).replace('<str:', '{').replace('>', '}')}", method)
        for pattern in get_resolver("config.api").url_patterns
        if isinstance(pattern, URLPattern)
        for method in pattern.callback.actions
        if method != "head"
    } | {(f"/api/v1/auth/{name}", "post") for name in ("token", "token/refresh", "token/revoke")}
    assert described == routed


def test_every_operation_says_what_it_does(description: dict[str, Any]) -> None:
    silent = [
        (path, method)
        for path, operations in description["paths"].items()
        for method, operation in operations.items()
        if not operation.get("description")
    ]
    assert silent == []


def test_every_operation_describes_its_refusals(description: dict[str, Any]) -> None:
    for path, operations in description["paths"].items():
        for operation in operations.values():
            assert {"401", "403"} <= set(operation["responses"])
            assert ("404" in operation["responses"]) == ("{" in path)


READS = (
    "aircraft/",
    "aircraft/{aircraft_id}/",
    "flights/",
    "flights/{flight_id}/",
    "flights/{flight_id}/telemetry/",
    "flights/{flight_id}/overview/",
    "flight-logs/",
    "flight-logs/{log_id}/",
    "flight-logs/{log_id}/raw/",
    "analyses/",
    "analyses/{analysis_id}/",
    "findings/",
    "findings/{finding_id}/",
    "analytics/summary/",
    "analytics/flights/",
    "analytics/analyses/",
    "analytics/anomalies/",
    "analytics/risk-profile/",
    "analytics/wear/",
    "analytics/activity/",
    "analytics/utilisation/",
)


@pytest.mark.parametrize("path", READS)
def test_reading_answers_as_described(
    path: str, description: dict[str, Any], viewer: Client, things: Things
) -> None:
    response = viewer.get(f"/api/v1/{path}".format(**things.ids))
    assert response.status_code == 200
    check(description, f"/api/v1/{path}", "get", response)
    response.close()


def test_writing_answers_as_described(
    description: dict[str, Any],
    alpha: Cast,
    sign_in: Callable[[Membership], Client],
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    admin = sign_in(alpha.members[Role.ADMIN])
    with tenant_context(alpha.organization):
        planned, flying, aborted = (
            make_flight(alpha, state=state)
            for state in (FlightState.PLANNED, FlightState.IN_PROGRESS, FlightState.PLANNED)
        )
        failed = make_log(alpha, state=LogState.FAILED)

    def send(method: str, path: str, body: object, **ids: object) -> Any:
        where = f"/api/v1/{path}".format(**ids)
        response = getattr(admin, method)(where, body, content_type="application/json")
        assert response.status_code in {200, 201, 204}, response.content
        check(description, f"/api/v1/{path}", method, response)
        return response

    made = send("post", "aircraft/", {"registration": "G-NEW"}).json()
    send("patch", "aircraft/{aircraft_id}/", {"name": "New"}, aircraft_id=made["id"])
    send("delete", "aircraft/{aircraft_id}/", {}, aircraft_id=made["id"])
    plan = {"aircraft": str(alpha.aircraft.pk), "started_at": "2026-06-01T08:00:00Z"}
    send("post", "flights/", plan)
    send("patch", "flights/{flight_id}/", {"notes": "Calm"}, flight_id=planned.pk)
    send("post", "flights/{flight_id}/start/", {}, flight_id=planned.pk)
    send("post", "flights/{flight_id}/complete/", {}, flight_id=flying.pk)
    send("post", "flights/{flight_id}/abort/", {}, flight_id=aborted.pk)
    send("post", "flight-logs/{log_id}/retry/", {}, log_id=failed.pk)
    file = SimpleUploadedFile("a.ulg", b"a log")
    parts = {"aircraft": str(alpha.aircraft.pk), "file": file}
    check(
        description,
        "/api/v1/flight-logs/",
        "post",
        admin.post("/api/v1/flight-logs/", parts),
    )


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("get", "flights/?state=flying", None),
        ("post", "aircraft/", {}),
        ("get", "flights/{flight_id}/telemetry/?channels=warp", None),
        ("get", "flights/{aircraft_id}/", None),
        ("delete", "aircraft/{aircraft_id}/", None),
        ("post", "flights/{flight_id}/start/", {}),
    ],
)
def test_refusals_are_as_described(
    method: str,
    path: str,
    body: Any,
    description: dict[str, Any],
    alpha: Cast,
    things: Things,
    sign_in: Callable[[Membership], Client],
) -> None:
    admin = sign_in(alpha.members[Role.ADMIN])
    where = f"/api/v1/{path}".format(**things.ids)
    data = {} if method == "get" else {"data": body, "content_type": "application/json"}
    response = getattr(admin, method)(where, **data)
    assert response.status_code >= 400
    described = f"/api/v1/{path.partition('?')[0]}".replace("flights/{aircraft", "flights/{flight")
    check(description, described, method, response)


def test_description_needs_sign_in(db: None) -> None:
    assert Client().get("/api/schema/").status_code == 401
    assert Client().get("/api/docs/").headers["Location"] == "/sign-in/?next=/api/docs/"


def test_description_is_served(viewer: Client, description: dict[str, Any]) -> None:
    served = yaml.safe_load(viewer.get("/api/schema/").content)
    assert served["paths"].keys() == description["paths"].keys()


def test_page_has_no_inline_script_or_style_and_loads_from_here_only(viewer: Client) -> None:
    response = viewer.get("/api/docs/")
    page = response.content.decode()
    assert response.status_code == 200
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert "<style" not in page
    assert "<script>" not in page
    assert "http://" not in page
    assert "https://" not in page


def test_script_of_the_page_is_a_script(viewer: Client) -> None:
    response = viewer.get("/api/docs/?script=")
    assert response.headers["Content-Type"].startswith("application/javascript")
    assert b"SwaggerUIBundle" in response.content


def test_page_asks_no_validator_elsewhere(viewer: Client) -> None:
    assert b'"validatorUrl": null' in viewer.get("/api/docs/?script=").content
