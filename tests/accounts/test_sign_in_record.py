"""The record that django-axes keeps of sign-ins, and where platform staff read it."""

from __future__ import annotations

from typing import Any

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.test import Client

from accounts.choices import Role
from accounts.models import User
from tests.conftest import PASSWORD, Cast

ADDRESS = "198.51.100.7"
PAGES = ("accesslog", "accessfailurelog", "accessattempt")


def sign_in(email: str, password: str, **more: Any) -> Client:
    client = Client(headers={"User-Agent": "curl/8.1"})
    values = {"username": email, "password": password}
    client.post("/sign-in/?next=/o/secret-token/", values, REMOTE_ADDR=ADDRESS, **more)
    return client


@pytest.fixture
def staff(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("staff@example.org", PASSWORD))
    return client


def test_success_and_sign_out_are_on_record(alpha: Cast) -> None:
    email = alpha.members[Role.PILOT].user.email
    client = sign_in(email, PASSWORD)
    row = AccessLog.objects.get(username=email)
    assert (row.ip_address, row.user_agent, row.logout_time) == (ADDRESS, "curl/8.1", None)
    client.post("/sign-out/")
    row.refresh_from_db()
    assert row.logout_time is not None


def test_failures_are_on_record_without_what_was_typed(alpha: Cast) -> None:
    email = alpha.members[Role.PILOT].user.email
    for _ in range(3):
        sign_in(email, "my other password")
    assert AccessFailureLog.objects.filter(username=email, ip_address=ADDRESS).count() == 3
    row = AccessAttempt.objects.get(username=email)
    assert row.failures_since_start == 3
    assert (row.get_data, row.post_data) == ("", "")


def test_failures_lock_nobody_out(alpha: Cast) -> None:
    """The limit is ours, before the hash; the record only records."""
    email = alpha.members[Role.PILOT].user.email
    for _ in range(3):
        sign_in(email, "wrong")
    AccessAttempt.objects.update(failures_since_start=1_000)
    assert sign_in(email, PASSWORD).get(alpha.home).status_code == 200


def test_odd_headers_do_not_keep_anybody_out(alpha: Cast) -> None:
    email = alpha.members[Role.PILOT].user.email
    odd = {"HTTP_USER_AGENT": "x" * 5_000, "HTTP_ACCEPT": "y" * 5_000}
    sign_in(email, "wrong", **odd)
    assert sign_in(email, PASSWORD, **odd).get(alpha.home).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_staff_read_the_record_and_change_nothing(alpha: Cast, staff: Client, page: str) -> None:
    email = alpha.members[Role.PILOT].user.email
    sign_in(email, "wrong")
    sign_in(email, PASSWORD)
    listed = staff.get(f"/admin/axes/{page}/")
    assert email in listed.content.decode()
    model: Any = {"accesslog": AccessLog, "accessfailurelog": AccessFailureLog}.get(
        page, AccessAttempt
    )
    row = model.objects.get(username=email)
    assert staff.get(f"/admin/axes/{page}/{row.pk}/change/").status_code == 200
    assert staff.post(f"/admin/axes/{page}/{row.pk}/change/", {"username": "x"}).status_code == 403
    assert staff.get(f"/admin/axes/{page}/add/").status_code == 403
    assert staff.post(f"/admin/axes/{page}/{row.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_record_is_for_platform_staff_alone(alpha: Cast, manager: Client, page: str) -> None:
    assert manager.get(f"/admin/axes/{page}/").status_code == 403
    assert manager.get(f"{alpha.home}admin/axes/{page}/").status_code == 404
