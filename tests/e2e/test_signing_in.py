"""Signing in, changing the organization and signing out."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from accounts.choices import Role
from tests.e2e.conftest import OpenPage
from tests.e2e.crew import TRAVELLER, Crew
from tests.e2e.steps import sign_in


def test_wrong_password_is_refused_in_words(visitor: Page, crew: Crew) -> None:
    visitor.goto("/sign-in/")
    sign_in(visitor, crew.email_of(Role.PILOT), "not my password")
    expect(visitor.get_by_role("alert")).to_contain_text("do not match an account")
    expect(visitor.get_by_label("E-mail")).to_have_value(crew.email_of(Role.PILOT))


def test_page_asked_for_opens_after_signing_in(visitor: Page, crew: Crew) -> None:
    visitor.goto(f"{crew.home}flights/?q=motor")
    expect(visitor).to_have_url(re.compile("/sign-in/"))
    sign_in(visitor, crew.email_of(Role.PILOT))
    expect(visitor).to_have_url(re.compile(rf"{crew.home}flights/\?q=motor$"))


def test_signing_out_ends_the_session(visitor: Page, crew: Crew) -> None:
    visitor.goto("/sign-in/")
    sign_in(visitor, crew.email_of(Role.USER))
    visitor.get_by_label("Your account").click()
    before = visitor.context.cookies()
    visitor.get_by_role("button", name="Sign out").click()
    expect(visitor).to_have_url(re.compile("/sign-in/"))
    visitor.context.add_cookies(before)  # a stolen copy of the session is worth nothing now
    visitor.goto(crew.home)
    expect(visitor).to_have_url(re.compile("/sign-in/"))


def test_person_of_two_organizations_changes_between_them(open_page: OpenPage, crew: Crew) -> None:
    page = open_page(TRAVELLER)
    page.goto(crew.home)
    page.get_by_label("Change").click()
    page.get_by_role("link", name="Second Survey").click()
    expect(page).to_have_url(re.compile(f"{crew.second_home}$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Second Survey")


def test_person_of_two_organizations_chooses_at_the_start(open_page: OpenPage, crew: Crew) -> None:
    page = open_page(TRAVELLER)
    page.goto("/")
    page.get_by_role("link", name="Second Survey").click()
    expect(page).to_have_url(re.compile(f"{crew.second_home}$"))
