"""The flight page: one cursor for charts, map, findings and address; replay; finer samples."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from accounts.choices import Role
from tests.e2e.conftest import OpenPage
from tests.e2e.crew import Crew
from tests.e2e.steps import cursor_s, open_flight
from tests.e2e.watch import Watch

FAR_FROM_OVERVIEW_S = 0.08
CLEARLY_DEG = 0.25
ZOOMS = 6


def chart(page: Page, name: str) -> Locator:
    return page.get_by_test_id("chart-panel").filter(has=page.locator("summary", has_text=name))


def readings(panel: Locator) -> Locator:
    """The values beside the channels' names."""
    return panel.locator(".legend b")


def point_at(panel: Locator, share: float) -> tuple[float, float]:
    """Where on the page a share of the chart's width is."""
    box = panel.locator("canvas").last.bounding_box()
    assert box is not None
    return box["x"] + 62 + (box["width"] - 74) * share, box["y"] + box["height"] / 2


def test_mouse_moves_the_cursor_the_values_and_the_aircraft(flight: Page) -> None:
    panel, plane = chart(flight, "Attitude"), flight.locator(".plane")
    panel.scroll_into_view_if_needed()
    flight.mouse.move(*point_at(panel, 0.3))
    expect(readings(panel).first).not_to_be_empty()
    values, place = readings(panel).all_inner_texts(), plane.get_attribute("style") or ""
    first_s = cursor_s(flight)
    flight.mouse.move(*point_at(panel, 0.6))
    expect(readings(panel).first).not_to_have_text(values[0])
    expect(plane).not_to_have_attribute("style", place)
    assert cursor_s(flight) > first_s


def test_click_pins_the_cursor_where_the_pointer_was(flight: Page) -> None:
    panel = chart(flight, "Attitude")
    panel.scroll_into_view_if_needed()
    flight.mouse.click(*point_at(panel, 0.5))
    pinned_s = cursor_s(flight)
    flight.mouse.move(*point_at(panel, 0.9))
    assert cursor_s(flight) > pinned_s
    flight.mouse.move(5, 5)
    expect(flight.locator("[data-boot-time]")).to_have_text(f"{pinned_s:.1f} s")


def test_keys_move_the_cursor(flight: Page) -> None:
    slider = flight.get_by_role("slider", name=re.compile("Attitude"))
    slider.focus()
    before_s = cursor_s(flight)
    slider.press("ArrowRight")
    assert cursor_s(flight) > before_s
    slider.press("End")
    expect(slider).to_have_attribute("aria-valuenow", slider.get_attribute("aria-valuemax") or "")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"Roll -?\d"))


def test_finding_leads_to_its_second_and_into_the_address(flight: Page) -> None:
    finding = flight.get_by_test_id("finding").first
    second = f"{float(finding.get_attribute('data-start') or 0):.1f}"
    finding.click()
    expect(flight.locator("[data-boot-time]")).to_have_text(f"{second} s")
    expect(flight).to_have_url(re.compile(rf"#t={re.escape(second)}$"))
    expect(flight.locator("li.finding").first).to_have_class(re.compile("is-current"))


def test_address_with_a_moment_opens_there(pilot: Page, crew: Crew) -> None:
    open_flight(pilot, crew, "#t=93.2")
    assert cursor_s(pilot) == 93.2


def test_click_on_the_track_moves_the_cursor_there(pilot: Page, crew: Crew) -> None:
    page = open_flight(pilot, crew, "#t=200")
    track_map, plane = page.get_by_test_id("track-map"), page.locator(".plane")
    box, there = track_map.bounding_box(), plane.bounding_box()
    assert box is not None
    assert there is not None
    page.get_by_role("slider", name=re.compile("Attitude")).press("Home")
    assert cursor_s(page) < 100
    x, y = (
        there[way] - box[way] + there[size] / 2 for way, size in (("x", "width"), ("y", "height"))
    )
    track_map.click(position={"x": x, "y": y})
    assert cursor_s(page) == pytest.approx(200, abs=2)


def test_replay_plays_and_pauses(flight: Page) -> None:
    before_s = cursor_s(flight)
    flight.locator("[data-speed]").select_option("8")
    button = flight.get_by_test_id("replay-play")
    button.click()
    expect(button).to_have_accessible_name("Pause")
    expect(flight.locator("[data-boot-time]")).not_to_have_text(f"{before_s:.1f} s")
    button.click()
    expect(button).to_have_accessible_name("Play")
    paused_s = cursor_s(flight)
    flight.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    assert cursor_s(flight) == paused_s > before_s


def zoom_button(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name="Zoom").get_by_role("button", name=name)


def zoom_in(page: Page) -> None:
    for _ in range(ZOOMS):
        zoom_button(page, "Zoom in").click()


def hidden_roll(page: Page) -> tuple[float, float]:
    """A moment and its roll that the overview does not show but the stored history does."""
    root = page.locator("[data-flight]")
    charts: Any = page.request.get(root.get_attribute("data-chart-url") or "").json()
    query = {"channels": "roll_deg", "start_s": 100, "end_s": 200, "max_points": 5_000}
    rows: Any = page.request.get(
        root.get_attribute("data-telemetry-url") or "", params=query
    ).json()
    (roll,) = [c for g in charts["groups"] for c in g["channels"] if c["name"] == "roll_deg"]
    shown = list(zip(roll["time_s"], roll["values"], strict=True))

    def is_hidden(second: float, value: float) -> bool:
        distance_s, nearest = min((abs(t - second), v) for t, v in shown)
        return distance_s > FAR_FROM_OVERVIEW_S and abs(nearest - value) > CLEARLY_DEG

    stored = zip(rows["time_s"], rows["channels"]["roll_deg"], strict=True)
    return next((t, v) for t, v in stored if is_hidden(t, v))


def test_zooming_in_shows_samples_that_the_overview_left_out(flight: Page, crew: Crew) -> None:
    second, roll_deg = hidden_roll(flight)
    flight.goto("about:blank")
    open_flight(flight, crew, f"#t={second}")
    value = readings(chart(flight, "Attitude")).first
    expect(value).not_to_have_text(f"{roll_deg:.1f}°")
    zoom_in(flight)
    expect(value).to_have_text(f"{roll_deg:.1f}°")
    expect(flight.get_by_test_id("finer-note")).to_be_hidden()


def test_zoomed_window_asks_for_the_open_charts_only(flight: Page) -> None:
    with flight.expect_response(re.compile("/telemetry/")) as answer:
        zoom_in(flight)
    columns: Any = answer.value.json()["channels"]
    assert "motor_rpm_1" in columns
    assert "magnetic_field_mgauss" not in columns  # its chart is folded
    with flight.expect_response(re.compile("magnetic_field_mgauss")):
        chart(flight, "Magnetic field").locator("summary").click()


def test_overview_stays_when_finer_samples_cannot_be_had(flight: Page, watch: Watch) -> None:
    watch.allow("503")

    def refuse(route: Route) -> None:
        route.fulfill(status=503, body="away")

    flight.route("**/telemetry/**", refuse)
    value = readings(chart(flight, "Attitude")).first
    expect(value).not_to_be_empty()  # a chart is drawn a frame after it has come into sight
    before = value.inner_text()
    zoom_in(flight)
    expect(flight.get_by_text("Finer data could not be loaded")).to_be_visible()
    expect(value).to_have_text(before)
    flight.unroute("**/telemetry/**")
    zoom_button(flight, "Zoom out").click()
    expect(flight.get_by_test_id("finer-note")).to_be_hidden()


def test_printed_page_holds_the_report_and_no_buttons(flight: Page) -> None:
    flight.emulate_media(media="print")
    expect(flight.get_by_role("banner")).to_be_hidden()
    expect(flight.locator("[data-replay]")).to_be_hidden()
    expect(flight.get_by_test_id("finding").first).to_be_visible()
    expect(flight.get_by_role("heading", name="Report", exact=True)).to_be_visible()
    # Its canvas would be wiped on paper together with the chart's lines below it.
    plot = flight.locator(".panel[open] .plot").first
    expect(plot.locator("canvas").first).to_be_visible()
    expect(plot.locator("canvas").last).to_be_hidden()
    assert flight.pdf().startswith(b"%PDF")


def test_findings_and_report_are_there_without_javascript(open_page: OpenPage, crew: Crew) -> None:
    page = open_page(Role.PILOT, java_script_enabled=False)
    page.goto(crew.flight_url)
    expect(page.get_by_test_id("finding").first).to_be_visible()
    expect(page.get_by_role("heading", name="What was checked")).to_be_visible()
    expect(page.get_by_text("Loading")).to_have_count(0)
