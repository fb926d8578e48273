"""What people do, in the words of the tests."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.conftest import PASSWORD
from tests.e2e.crew import Crew

MOST_TABS = 80


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Fill in the form that is open and send it."""
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def open_flight(page: Page, crew: Crew, moment: str = "") -> Page:
    """The flight's page with its charts drawn."""
    page.goto(f"{crew.flight_url}{moment}")
    expect(page.locator("[data-flight].is-live")).to_be_visible()
    return page


def upload(page: Page, crew: Crew, *logs: Path) -> Locator:
    """Choose files on the upload page; answers the list of what became of them."""
    page.goto(f"{crew.home}upload/")
    page.get_by_label("Aircraft").select_option(label=f"{crew.cast.aircraft}")
    page.get_by_test_id("upload-input").set_input_files(logs)
    return page.get_by_test_id("upload-status").get_by_role("listitem")


def tab_to(page: Page, target: Locator) -> None:
    """Walk with the Tab key alone until ``target`` has the focus."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{target} cannot be reached with the Tab key")


def cursor_s(page: Page) -> float:
    """The moment the replay bar shows."""
    return float(page.locator("[data-boot-time]").inner_text().removesuffix(" s"))
