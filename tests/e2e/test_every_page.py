"""What holds on every page: nothing foreign, no error, no sideways scroll, keys are enough."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.choices import Role
from tests.conftest import PASSWORD
from tests.e2e.conftest import OpenPage
from tests.e2e.contrast import faint_texts
from tests.e2e.crew import STAFF, Crew
from tests.e2e.steps import cursor_s, sign_in, tab_to
from tests.e2e.watch import Watch

PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}
SMALL_PHONE = {**PHONE, "width": 320, "height": 640}
TABLET = {**PHONE, "width": 800, "height": 1_280}
TABLET_LYING = {**PHONE, "width": 1_024, "height": 768}
SETTLED = """() => document.readyState === "complete"
  && !document.querySelector("[data-flight]:not(.is-live), #swagger-ui:not(:has(.opblock))")"""
SIDEWAYS_PX = """() => Math.max(
  ...[document.documentElement, ...document.querySelectorAll(".scroll-x, .main-nav")]
    .map((each) => each.scrollWidth - each.clientWidth),
)"""

HEADER_SIDEWAYS_PX = """() => Math.max(
  ...[document.documentElement, document.querySelector(".bar")]
    .map((each) => each.scrollWidth - each.clientWidth),
)"""

SMALLEST_TARGET_PX = 24
# Links within a sentence, and marks of charts, whose numbers stand in a table too, may be smaller.
TOO_SMALL = """(least) => [...document.querySelectorAll("a, button, input, select, summary")]
  .filter((each) => each.tabIndex >= 0 && each.checkVisibility({ visibilityProperty: true })
    && getComputedStyle(each).display !== "inline" && !each.closest("svg, .leaflet-container"))
  .map((each) => [each.innerText || each.name, each.getBoundingClientRect()])
  .filter(([, box]) => box.height && box.right > 0 && Math.min(box.width, box.height) < least)
  .map(([words, box]) => `${words} ${box.width} x ${box.height}`)"""

CUT_OFF = """() => [...document.querySelectorAll("#result_list tbody :is(td, th)")]
  .filter((each) => each.scrollHeight > each.clientHeight + 1)
  .map((each) => each.innerText)"""


def everyday_pages(crew: Crew) -> list[str]:
    inside = ("", "flights/", "flights/?q=nothing-like-it", "aircraft/", "upload/", "live/")
    return [
        "/?choose",
        *(f"{crew.home}{path}" for path in inside),
        crew.flight_url,
        crew.aircraft_url,
        crew.log_url,
    ]


def open_settled(page: Page, path: str) -> None:
    answer = page.goto(path)
    assert answer is not None
    assert answer.ok, path
    page.wait_for_function(SETTLED)


def test_no_page_calls_elsewhere_or_breaks_its_policy(open_page: OpenPage, crew: Crew) -> None:
    page = open_page(Role.MANAGER, color_scheme="dark")
    admin = [
        f"{crew.home}admin/{path}" for path in ("", "fleet/aircraft/", "flights/flightsession/")
    ]
    for path in [*everyday_pages(crew), *admin, "/password-reset/", "/api/docs/"]:
        open_settled(page, path)


@pytest.mark.parametrize(
    "screen",
    [SMALL_PHONE, PHONE, TABLET, TABLET_LYING],
    ids=["small phone", "phone", "tablet", "lying"],
)
def test_everyday_pages_fit_a_screen_held_in_the_hand(
    open_page: OpenPage, crew: Crew, screen: dict[str, Any]
) -> None:
    page = open_page(Role.MANAGER, **screen)
    too_wide_px = {}
    for path in [*everyday_pages(crew), "/password-reset/"]:
        open_settled(page, path)
        too_wide_px[path] = page.evaluate(SIDEWAYS_PX)
    assert not any(too_wide_px.values()), too_wide_px


@pytest.mark.parametrize("screen", [{}, PHONE], ids=["desk", "phone"])
def test_everything_to_press_is_large_enough(
    open_page: OpenPage, crew: Crew, screen: dict[str, Any]
) -> None:
    page = open_page(Role.MANAGER, **screen)
    too_small = {}
    for path in [*everyday_pages(crew), f"{crew.home}analytics/", f"{crew.home}analytics/summary/"]:
        open_settled(page, path)
        too_small[path] = page.evaluate(TOO_SMALL, SMALLEST_TARGET_PX)
    assert not any(too_small.values()), too_small


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_stands_out_from_its_ground(open_page: OpenPage, crew: Crew, scheme: str) -> None:
    page = open_page(Role.ADMIN, color_scheme=scheme)
    admin = ("", "maintenance/retentionpolicy/", "mlresults/finding/", "analytics/wearweights/add/")
    faint = {}
    for path in [*everyday_pages(crew), *(f"{crew.home}admin/{each}" for each in admin)]:
        open_settled(page, path)
        faint[path] = faint_texts(page)
    assert not any(faint.values()), faint


def test_lists_of_the_admin_cut_nothing_off_on_a_phone(open_page: OpenPage, crew: Crew) -> None:
    page = open_page(Role.ADMIN, **PHONE)
    for path in ("mlresults/finding/", "flights/flightlog/"):
        open_settled(page, f"{crew.home}admin/{path}")
        expect(page.locator("#result_list tbody").first).to_be_visible()
        assert page.evaluate(CUT_OFF) == []


def test_recovery_can_be_read_and_approved_on_a_phone(open_page: OpenPage, crew: Crew) -> None:
    page = open_page(**SMALL_PHONE)
    page.goto(f"/sign-in/?next={crew.recovery_url}")
    sign_in(page, crew.email_of(STAFF))
    expect(page.get_by_role("heading", name="What it does")).to_be_visible()
    assert page.evaluate(SIDEWAYS_PX) == 0


def test_paper_has_a_list_whole(open_page: OpenPage, crew: Crew) -> None:
    """Its columns, which a phone as narrow as paper leaves out, and in the admin all its rows."""
    page = open_page(Role.ADMIN, width=680)
    open_settled(page, f"{crew.home}flights/")
    expect(page.get_by_role("columnheader", name="Pilot")).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.get_by_role("columnheader", name="Pilot")).to_be_visible()
    page.emulate_media(media="screen")
    open_settled(page, f"{crew.home}admin/mlresults/finding/")
    page.emulate_media(media="print")
    expect(page.get_by_role("columnheader", name="Severity")).to_be_visible()
    expect(page.locator("#result_list").get_by_role("cell").first).to_have_css(
        "display", "table-cell"
    )


# Drawn anew in the width that was asked for: a busy browser takes a moment.
DRAWN = """(width) => new Promise((done) => {
  const look = () => requestAnimationFrame(innerWidth === width ? () => done(true) : look);
  requestAnimationFrame(look);
})"""


def test_long_names_leave_the_header_its_width(open_page: OpenPage, crew: Crew) -> None:
    page = open_page(Role.ADMIN)
    open_settled(page, f"{crew.home}aircraft/")
    name = "Rettungsdrohnen und Vermessung Graubünden Aktiengesellschaft"
    page.locator(".bar summary .ellipsis").evaluate_all(
        "(all, name) => all.forEach((each) => { each.textContent = name; })", name
    )
    too_wide_px = {}
    for width in (1440, 1280, 1101, 1100, 1000, 981, 980, 800, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(DRAWN, width)
        too_wide_px[width] = page.evaluate(HEADER_SIDEWAYS_PX)
    assert not any(too_wide_px.values()), too_wide_px


def test_missing_page_says_so(open_page: OpenPage, crew: Crew, watch: Watch) -> None:
    watch.allow("404")
    page = open_page(Role.PILOT)
    page.goto(f"{crew.home}no-such-page/")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")


def test_keyboard_alone_leads_from_signing_in_to_a_finding(visitor: Page, crew: Crew) -> None:
    page = visitor
    page.goto(crew.home)
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.keyboard.type(crew.email_of(Role.PILOT))
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    tab_to(page, page.get_by_role("navigation", name="Main").get_by_role("link", name="Flights"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Flights")).to_be_visible()
    tab_to(page, page.locator(f"a.row-link[href='{crew.flight_url}']"))
    page.keyboard.press("Enter")
    expect(page.locator("[data-flight].is-live")).to_be_visible()
    finding = page.get_by_test_id("finding").first
    tab_to(page, finding)
    page.keyboard.press("Enter")
    assert cursor_s(page) == pytest.approx(
        float(finding.get_attribute("data-start") or 0), abs=0.06
    )
