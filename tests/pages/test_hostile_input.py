"""Bytes and values no form of ours sends: the pages answer them in words."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from aviation.flights.models import FlightLog
from aviation.tenants.context import tenant_context
from tests.conftest import Cast


@pytest.mark.parametrize(
    "field", ["q", "aircraft", "state", "risk_level", "started_after", "ordering", "page"]
)
@pytest.mark.parametrize("value", ["%00", "x%00", "9999-12-31T23:59:59-23:59", "9" * 400])
def test_list_of_flights_answers_any_query(
    field: str, value: str, manager: Client, alpha: Cast
) -> None:
    assert manager.get(f"{alpha.home}flights/?{field}={value}").status_code == 200


@pytest.mark.parametrize("aircraft", ["\x00", "x", "1"])
def test_upload_for_what_is_no_aircraft_is_an_error_of_the_form(
    aircraft: str, manager: Client, alpha: Cast
) -> None:
    file = SimpleUploadedFile("a.ulg", b"bytes")
    page = manager.post(f"{alpha.home}upload/", {"aircraft": aircraft, "file": file})
    assert page.status_code == 200
    assert "aircraft" in page.context["form"].errors


def test_nul_byte_in_a_file_s_name_is_left_out(manager: Client, alpha: Cast) -> None:
    file = SimpleUploadedFile("mor\x00ning.ulg", b"bytes")
    manager.post(f"{alpha.home}upload/", {"aircraft": str(alpha.aircraft.pk), "file": file})
    with tenant_context(alpha.organization):
        assert FlightLog.objects.get().file_name == "morning.ulg"
