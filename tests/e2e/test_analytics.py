"""The dashboards in a real browser: mouse, keyboard, thumb, paper, and no script at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from accounts.choices import Role
from aviation.flights.models import FlightSession
from aviation.tenants.context import tenant_context
from tests.analytics.reading.build import assessed, refresh
from tests.api.build import make_flight
from tests.e2e.conftest import OpenPage
from tests.e2e.crew import Crew
from tests.e2e.steps import tab_to
from tests.e2e.test_every_page import PHONE, SIDEWAYS_PX

PAGES = ("", "activity/", "utilisation/", "risk/", "maintenance/", "summary/")
NOTE = "flown for the figures"


@pytest.fixture(scope="module", autouse=True)
def flown(crew: Crew, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """Three weeks of flights, gone afterwards: other files count on the crew's own."""
    at = timezone.now().replace(hour=9, minute=0)
    with (
        django_db_blocker.unblock(),  # type: ignore[attr-defined]
        tenant_context(crew.cast.organization),
    ):
        with transaction.atomic():
            for number in range(12):
                flight = make_flight(
                    crew.cast,
                    started_at=at - timedelta(days=2 + number * 5 // 3, hours=number % 4),
                    airborne_s=600.0 + 60 * number,
                    distance_m=2_000.0,
                    notes=NOTE,
                )
                assessed(flight, 0.1 + 0.05 * number, "medium", "motor/warning")
            refresh()
        yield
        with transaction.atomic():
            FlightSession.objects.filter(notes=NOTE).delete()
            refresh()


@pytest.fixture
def viewer(open_page: OpenPage) -> Page:
    return open_page(Role.READONLY)


def chart(page: Page, title: str) -> Locator:
    return page.locator("[data-chart]").filter(has=page.get_by_role("heading", name=title))


def first_mark(page: Page) -> Locator:
    return chart(page, "Flights by day").locator("a.mark").first


def counted(words: str | None) -> int:
    found = re.search(r"(\d+) flight", words or "")
    assert found is not None
    return int(found[1])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_dashboards_break_no_policy_and_call_nobody(
    open_page: OpenPage, crew: Crew, scheme: str
) -> None:
    """What the watch of every page sees to; here that the charts are alive as well."""
    page = open_page(Role.MANAGER, color_scheme=scheme)
    for path in PAGES:
        page.goto(f"{crew.home}analytics/{path}", wait_until="networkidle")
        for each in page.locator("[data-chart]:has([data-readout])").all():
            expect(each).to_have_class(re.compile("is-live"))


def test_number_leads_to_as_many_flights(viewer: Page, crew: Crew) -> None:
    viewer.goto(f"{crew.home}analytics/activity/")
    mark = first_mark(viewer)
    number = counted(mark.get_attribute("aria-label"))
    mark.click()
    expect(viewer.locator("#flight-count")).to_contain_text(re.compile(rf"^{number} flights?$"))


def test_value_under_the_pointer_is_read_out(viewer: Page, crew: Crew) -> None:
    viewer.goto(f"{crew.home}analytics/activity/")
    mark, readout = first_mark(viewer), chart(viewer, "Flights by day").locator("[data-readout]")
    expect(readout).to_be_empty()
    mark.hover()
    expect(readout).to_have_text(mark.get_attribute("aria-label") or "")
    viewer.mouse.move(0, 0)
    expect(readout).to_be_empty()


def test_marks_are_reached_and_walked_by_keyboard(viewer: Page, crew: Crew) -> None:
    """One stop of the Tab key a chart, arrows inside it, Enter opens the flights."""
    viewer.goto(f"{crew.home}analytics/activity/")
    marks = chart(viewer, "Flights by day").locator("a.mark")
    tab_to(viewer, marks.last)
    viewer.keyboard.press("ArrowLeft")
    expect(marks.nth(-2)).to_be_focused()
    viewer.keyboard.press("Home")
    expect(marks.first).to_be_focused()
    readout = chart(viewer, "Flights by day").locator("[data-readout]")
    expect(readout).to_have_text(marks.first.get_attribute("aria-label") or "")
    viewer.keyboard.press("Tab")
    expect(marks.locator(":focus")).to_have_count(0)
    viewer.keyboard.press("Shift+Tab")
    expect(marks.first).to_be_focused()
    number = counted(marks.first.get_attribute("aria-label"))
    viewer.keyboard.press("Enter")
    expect(viewer.locator("#flight-count")).to_contain_text(re.compile(rf"^{number} flights?$"))


def test_table_of_the_numbers_opens_by_keyboard(viewer: Page, crew: Crew) -> None:
    viewer.goto(f"{crew.home}analytics/activity/")
    of_flights = chart(viewer, "Flights by day")
    tab_to(viewer, of_flights.locator("summary"))
    viewer.keyboard.press("Enter")
    rows = of_flights.get_by_role("row")
    expect(rows).to_have_count(31)
    expect(rows.first).to_contain_text("Day")


def test_line_shows_its_points_where_one_points(viewer: Page, crew: Crew) -> None:
    viewer.goto(f"{crew.home}analytics/activity/")
    of_averages = chart(viewer, "Moving averages")
    mark = of_averages.locator("a.mark").last
    mark.hover()
    expect(mark.locator(".pointed")).to_have_css("opacity", "1")
    expect(of_averages.locator("[data-readout]")).to_contain_text("7 days")


def test_thumb_reads_first_and_opens_second(open_page: OpenPage, crew: Crew) -> None:
    page = open_page(Role.READONLY, **PHONE)
    page.goto(f"{crew.home}analytics/activity/")
    of_flights = chart(page, "Flights by day")
    mark = of_flights.locator("a.mark").first
    mark.tap()
    expect(of_flights.locator("[data-readout]")).to_have_text(
        mark.get_attribute("aria-label") or ""
    )
    expect(page).to_have_url(re.compile("/analytics/activity/$"))
    mark.tap()
    expect(page).to_have_url(re.compile("/flights/"))


@pytest.mark.parametrize("path", PAGES)
def test_dashboard_fits_a_phone(open_page: OpenPage, crew: Crew, path: str) -> None:
    page = open_page(Role.MANAGER, **PHONE)
    page.goto(f"{crew.home}analytics/{path}", wait_until="networkidle")
    assert page.evaluate(SIDEWAYS_PX.replace(".scroll-x", ".scroll-x:not([tabindex])")) <= 0
    for summary in page.locator(".chart-table summary").all():
        summary.click()
    root = "document.documentElement"
    assert page.evaluate(f"() => {root}.scrollWidth - {root}.clientWidth") <= 0


def test_letters_on_a_phone_are_as_large_as_on_a_desk(open_page: OpenPage, crew: Crew) -> None:
    heights = []
    for options in ({}, PHONE):
        page = open_page(Role.READONLY, **options)
        page.goto(f"{crew.home}analytics/activity/")
        box = chart(page, "Flights by day").locator("text.y-label").first.bounding_box()
        assert box is not None
        heights.append(box["height"])
    assert heights[0] == pytest.approx(heights[1], abs=1)


def test_labels_on_an_axis_do_not_touch(open_page: OpenPage, crew: Crew) -> None:
    for options in ({}, PHONE):
        page = open_page(Role.READONLY, **options)
        page.goto(f"{crew.home}analytics/activity/?period=90&by=day")
        for each in page.locator("[data-chart]").all():
            boxes = [b.bounding_box() for b in each.locator("text.x-label:visible").all()]
            known = [box for box in boxes if box is not None]
            for left, right in pairwise(known):
                assert left["x"] + left["width"] < right["x"]


def test_print_shows_charts_and_no_controls(viewer: Page, crew: Crew) -> None:
    viewer.goto(f"{crew.home}analytics/risk/")
    viewer.emulate_media(media="print")
    expect(chart(viewer, "Flights by risk level").locator("svg.chart-plot")).to_be_visible()
    expect(viewer.get_by_role("form", name="Period")).to_be_hidden()
    expect(viewer.get_by_role("navigation", name="Analytics")).to_be_hidden()
    expect(viewer.get_by_text("Figures as of")).to_be_visible()
    pdf = viewer.pdf(format="A4")
    assert pdf.startswith(b"%PDF")


def test_everything_is_there_without_script(open_page: OpenPage, crew: Crew) -> None:
    page = open_page(Role.READONLY, java_script_enabled=False)
    page.goto(f"{crew.home}analytics/activity/")
    mark = first_mark(page)
    assert mark.locator("title").text_content() == mark.get_attribute("aria-label")
    number = counted(mark.get_attribute("aria-label"))
    mark.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#flight-count")).to_contain_text(re.compile(rf"^{number} flights?$"))


def test_own_days_are_asked_for_only_when_chosen(viewer: Page, crew: Crew) -> None:
    viewer.goto(f"{crew.home}analytics/")
    expect(viewer.get_by_label("From", exact=True)).to_be_hidden()
    viewer.get_by_role("combobox", name="Period").select_option("custom")
    expect(viewer.get_by_label("From", exact=True)).to_be_visible()
    viewer.get_by_role("button", name="Show").click()
    expect(viewer.get_by_role("alert")).to_contain_text("Give both the first and the last day.")


def test_manager_refreshes_and_a_viewer_is_not_offered_it(
    open_page: OpenPage, viewer: Page, crew: Crew
) -> None:
    manager = open_page(Role.MANAGER)
    manager.goto(f"{crew.home}analytics/risk/?period=7")
    manager.get_by_role("button", name="Refresh now").click()
    expect(manager.get_by_role("status").first).to_contain_text("figures")
    expect(manager).to_have_url(re.compile(r"/analytics/risk/\?period=7$"))
    viewer.goto(f"{crew.home}analytics/")
    expect(viewer.get_by_role("button", name="Refresh now")).to_have_count(0)
