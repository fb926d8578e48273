"""The live map: what aircraft send appears and moves within two seconds; silence is told."""

from __future__ import annotations

import json
import re
import statistics
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from accounts.api_keys.services import create_api_key
from accounts.choices import Role
from aviation.fleet.models import Aircraft
from aviation.telemetry.models import StreamedFlight
from aviation.tenants.context import tenant_context
from tests.conftest import Cast
from tests.e2e.conftest import OpenPage
from tests.e2e.crew import Crew
from tests.e2e.steps import tab_to
from tests.e2e.watch import Watch

DELAY_S = 2.0
MOVES = 5
HERE = (46.5, 8.25)
POSITIONS = re.compile("/live/positions/")
# When the row of an aircraft first showed a text, by the page's own clock.
SHOWN = """([key, text]) => new Promise((resolve) => {
  const row = () => document.querySelector(`.live-row[data-aircraft="${key}"]`);
  const isThere = () => row()?.textContent.includes(text);
  const look = () => (isThere() ? resolve(Date.now()) : requestAnimationFrame(look));
  look();
})"""


# Counted where they are asked: what the network tells of them comes when it comes.
COUNT_QUESTIONS = """
  window.questions = 0;
  const ask = window.fetch;
  window.fetch = (address, ...more) => {
    if (String(address).includes("/live/positions/")) {
      window.questions += 1;
      window.wasAsked?.();
    }
    return ask(address, ...more);
  };
"""
HIDE = """async (isAsking) => {
  if (isAsking) await new Promise((done) => { window.wasAsked = done; });
  const before = window.questions;
  Object.defineProperty(document, "hidden", { value: true, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
  return before;
}"""


@dataclass
class Plane:
    """A program that sends one aircraft's points by the API."""

    address: str
    secret: str
    registration: str
    key: str

    def send(self, *, ago_s: float = 0.0, **values: Any) -> float:
        """One point; answers when it was stored, in Unix seconds."""
        latitude, longitude = HERE
        point = {"latitude": latitude, "longitude": longitude, "yaw_deg": 45.0} | values
        moment = datetime.fromtimestamp(time.time() - ago_s, UTC).isoformat()
        request = urllib.request.Request(
            f"{self.address}/api/v1/telemetry/",
            data=json.dumps(
                [{"aircraft": self.registration, "timestamp": moment} | point]
            ).encode(),
            headers={
                "Authorization": f"Bearer {self.secret}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert json.load(answer)["accepted"] == 1
        return time.time()


@pytest.fixture(scope="module")
def secret(crew: Crew, address: str, django_db_blocker: Any) -> str:
    with django_db_blocker.unblock():
        cast = crew.cast
        with tenant_context(cast.organization), transaction.atomic():
            owner = cast.members[Role.MANAGER]
            _, text = create_api_key(
                owner=owner, name="live", scopes=("telemetry:write",), actor=owner
            )
        return text


@pytest.fixture
def launch(
    crew: Crew, address: str, secret: str, django_db_blocker: Any
) -> Iterator[Callable[..., Plane]]:
    """Registers an aircraft of the test's own and lets it send."""

    def launch(name: str = "") -> Plane:
        registration = f"L-{uuid.uuid4().hex[:5].upper()}"
        with (
            django_db_blocker.unblock(),
            tenant_context(crew.cast.organization),
            transaction.atomic(),
        ):
            aircraft = Aircraft.objects.create(registration=registration, name=name)
        return Plane(address, secret, registration, str(aircraft.pk))

    yield launch
    forget(crew.cast, django_db_blocker)


def forget(cast: Cast, django_db_blocker: Any) -> None:
    """The next test's map begins empty."""
    with django_db_blocker.unblock(), tenant_context(cast.organization), transaction.atomic():
        StreamedFlight.objects.update(last_received_at=timezone.now() - timedelta(days=1))


def open_map(page: Page, crew: Crew) -> Page:
    page.goto(f"{crew.home}live/")
    expect(page.locator("[data-live].is-live")).to_be_visible()
    return page


def row(page: Page, plane: Plane) -> Locator:
    return page.locator(f".live-row[data-aircraft='{plane.key}']")


def mark(page: Page, plane: Plane) -> Locator:
    return page.locator(f".live-plane[data-aircraft='{plane.key}']")


def middle(target: Locator) -> tuple[float, float]:
    box = target.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.fixture
def viewer(open_page: OpenPage) -> Page:
    return open_page(Role.READONLY)


def test_points_sent_by_the_api_appear_and_move_within_two_seconds(
    viewer: Page, crew: Crew, launch: Callable[..., Plane]
) -> None:
    page, plane = open_map(viewer, crew), launch("Survey One")
    expect(page.get_by_text("No aircraft has sent anything")).to_be_visible()
    plane.send(height_m=50.0)
    expect(mark(page, plane)).to_be_visible()
    delays_s = []
    for step in range(MOVES):
        height = 100 + step
        before = middle(mark(page, plane))
        sent_s = plane.send(height_m=height, latitude=HERE[0] + (step + 1) * 2e-4)
        shown_ms = page.evaluate(SHOWN, [plane.key, f"{height} m"])
        delays_s.append(shown_ms / 1_000 - sent_s)
        assert middle(mark(page, plane)) != before
    assert statistics.median(delays_s) <= DELAY_S, delays_s
    expect(row(page, plane)).to_contain_text("Survey One")


def test_arrow_points_where_the_aircraft_heads(
    viewer: Page, crew: Crew, launch: Callable[..., Plane]
) -> None:
    plane = launch()
    plane.send(yaw_deg=135.0)
    arrow = mark(open_map(viewer, crew), plane).locator("svg")
    expect(arrow).to_have_attribute("style", re.compile(r"rotate\(135deg\)"))


def test_trail_of_the_minutes_before_is_there_at_once(
    viewer: Page, crew: Crew, launch: Callable[..., Plane]
) -> None:
    plane = launch()
    for step in range(6):
        longitude = HERE[1] + step % 2 * 1e-3
        plane.send(ago_s=60 - step * 10, latitude=HERE[0] + step * 5e-4, longitude=longitude)
    page = open_map(viewer, crew)
    # The first answer may be a second old, and show an aircraft that was there before this one.
    expect(mark(page, plane)).to_be_visible()
    trail = page.locator(".leaflet-overlay-pane path")
    expect(trail).to_have_attribute("d", re.compile(r"^M[^L]+(L[^L]+){5}$"))


def test_silent_aircraft_turns_grey_and_says_for_how_long(
    viewer: Page, crew: Crew, launch: Callable[..., Plane]
) -> None:
    stale, lost, low = launch(), launch(), launch()
    lost.send(ago_s=151, latitude=HERE[0] + 1e-3)
    low.send(battery_percentage=12, latitude=HERE[0] - 1e-3)
    began_s = time.time()
    stale.send(ago_s=20)
    page = open_map(viewer, crew)
    expect(mark(page, stale)).to_have_class(re.compile("is-stale"))
    told = re.search(r"(\d+) s ago", row(page, stale).inner_text())
    assert told is not None
    assert 19 <= int(told[1]) <= 21 + time.time() - began_s
    expect(mark(page, lost)).to_have_class(re.compile("is-lost"))
    expect(row(page, lost)).to_contain_text("Lost, 3 min ago")
    expect(row(page, low)).to_contain_text("12 %, low")
    expect(page.get_by_test_id("live-aircraft").last).to_contain_text(lost.registration)


def test_followed_aircraft_stays_in_the_middle(
    viewer: Page, crew: Crew, launch: Callable[..., Plane]
) -> None:
    plane, other = launch(), launch()
    plane.send()
    other.send(latitude=HERE[0] + 0.1)
    page = open_map(viewer, crew)
    row(page, plane).click()
    expect(row(page, plane)).to_have_attribute("aria-pressed", "true")
    plane.send(latitude=HERE[0] + 0.05, longitude=8.4, height_m=77)
    page.evaluate(SHOWN, [plane.key, "77 m"])
    map_x, map_y = middle(page.get_by_test_id("live-map"))
    assert middle(mark(page, plane)) == pytest.approx((map_x, map_y), abs=20)
    row(page, plane).click()
    expect(row(page, plane)).to_have_attribute("aria-pressed", "false")


def test_moving_the_map_lets_the_aircraft_go(
    viewer: Page, crew: Crew, launch: Callable[..., Plane]
) -> None:
    plane = launch()
    plane.send()
    page = open_map(viewer, crew)
    row(page, plane).click()
    x, y = middle(page.get_by_test_id("live-map"))
    page.mouse.move(x + 100, y + 100)
    page.mouse.down()
    page.mouse.move(x, y, steps=5)
    page.mouse.up()
    expect(row(page, plane)).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="Show all").click()
    expect(mark(page, plane)).to_be_in_viewport()


def test_keyboard_alone_follows_an_aircraft(
    viewer: Page, crew: Crew, launch: Callable[..., Plane]
) -> None:
    plane = launch()
    plane.send()
    page = open_map(viewer, crew)
    tab_to(page, row(page, plane))
    page.keyboard.press("Enter")
    expect(mark(page, plane)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    expect(mark(page, plane)).to_have_attribute("aria-pressed", "false")
    mark(page, plane).focus()
    page.keyboard.press("Enter")
    expect(row(page, plane)).to_have_attribute("aria-pressed", "true")


def test_lost_connection_is_told_and_the_map_goes_on_by_itself(
    viewer: Page, crew: Crew, launch: Callable[..., Plane], watch: Watch
) -> None:
    watch.allow("ERR_INTERNET_DISCONNECTED")
    watch.allow("ERR_FAILED")
    plane = launch()
    plane.send()
    page = open_map(viewer, crew)
    # The first answer may be a second old, from before this aircraft: without this line the map
    # would go offline having never heard of it.
    expect(mark(page, plane)).to_be_visible()
    page.context.set_offline(True)
    state = page.get_by_role("status").filter(has_text="No connection to the server")
    expect(state).to_be_visible()
    expect(mark(page, plane)).to_be_visible()
    page.context.set_offline(False)
    expect(state).to_have_count(0)
    plane.send(height_m=88)
    expect(row(page, plane)).to_contain_text("88 m")


def test_person_who_was_signed_out_is_told(
    open_page: OpenPage, crew: Crew, launch: Callable[..., Plane]
) -> None:
    launch().send()
    page = open_map(open_page(Role.READONLY), crew)
    page.context.clear_cookies()
    expect(page.get_by_text("You are signed out.")).to_be_visible()


@pytest.mark.parametrize("is_asking", [True, False], ids=["answer on its way", "between"])
def test_hidden_page_asks_nothing(
    viewer: Page, crew: Crew, launch: Callable[..., Plane], is_asking: bool
) -> None:
    launch().send()
    viewer.add_init_script(COUNT_QUESTIONS)
    page = open_map(viewer, crew)
    with page.expect_response(POSITIONS):
        pass
    before = page.evaluate(HIDE, is_asking)
    assert before >= 1
    page.evaluate("() => new Promise((done) => setTimeout(done, 2500))")
    assert page.evaluate("window.questions") == before
    with page.expect_response(POSITIONS):
        page.evaluate(
            """() => {
              Object.defineProperty(document, "hidden", { value: false, configurable: true });
              document.dispatchEvent(new Event("visibilitychange"));
            }"""
        )


def test_unchanged_fleet_is_answered_without_a_body(
    viewer: Page, crew: Crew, launch: Callable[..., Plane]
) -> None:
    launch().send()
    page = open_map(viewer, crew)
    with page.expect_response(lambda each: bool(POSITIONS.search(each.url)) and each.status == 304):
        pass


def test_map_fits_a_phone(open_page: OpenPage, crew: Crew, launch: Callable[..., Plane]) -> None:
    plane = launch("A name that is rather long for a phone")
    plane.send(height_m=120, ground_speed_ms=12.3, battery_percentage=64)
    phone = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}
    page = open_map(open_page(Role.READONLY, **phone), crew)
    root = "document.documentElement"
    assert page.evaluate(f"() => {root}.scrollWidth - {root}.clientWidth") <= 0
    map_box, list_box = (
        page.locator(each).bounding_box() for each in (".live-map-card", ".live-list")
    )
    assert map_box is not None
    assert list_box is not None
    assert list_box["y"] >= map_box["y"] + map_box["height"]
    row(page, plane).tap()
    expect(row(page, plane)).to_have_attribute("aria-pressed", "true")


def test_table_is_there_without_javascript(
    open_page: OpenPage, crew: Crew, launch: Callable[..., Plane]
) -> None:
    plane = launch()
    plane.send(height_m=42.0)
    page = open_page(Role.READONLY, java_script_enabled=False)
    page.goto(f"{crew.home}live/")
    table = page.get_by_test_id("live-table")
    expect(table.get_by_role("row").filter(has_text=plane.registration)).to_contain_text("42 m")
