"""Uploading logs: progress, refusals in words, another try, and no script at all."""

from __future__ import annotations

import base64
import re
from pathlib import Path

from django.conf import settings
from playwright.sync_api import Page, expect

from accounts.choices import Role
from tests.e2e.conftest import OpenPage
from tests.e2e.crew import Crew
from tests.e2e.stack import Stack
from tests.e2e.steps import cursor_s, upload
from tests.e2e.test_every_page import SIDEWAYS_PX, SMALL_PHONE
from tests.e2e.watch import Watch

IMPORTED = re.compile("Imported")
NOTE_MESSAGES = """
  window.messages = [];
  const note = () => {
    const message = document.querySelector("[data-uploads] [data-message]");
    if (message) window.messages.push(message.textContent);
  };
  const everything = { subtree: true, childList: true, characterData: true };
  new MutationObserver(note).observe(document, everything);
"""
DROP = """files => {
  const transfer = new DataTransfer();
  for (const [name, text] of files) {
    const bytes = Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
    transfer.items.add(new File([bytes], name));
  }
  document.querySelector("main").dispatchEvent(
    new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }),
  );
}"""


def table(path: Path, first_value: float) -> Path:
    """A small log as a table; another value makes another log."""
    rows = [f"{second},{first_value + second},12.6" for second in range(30)]
    path.write_text("\n".join(["time_s,altitude_m,battery_voltage_v", *rows]))
    return path


def no_log(path: Path) -> Path:
    path.write_bytes(b"PK\x03\x04 " + path.name.encode() * 40)
    return path


def test_upload_shows_progress_and_leads_to_the_second_of_the_fault(
    pilot: Page, crew: Crew, stack: Stack, fresh_log: Path
) -> None:
    pilot.add_init_script(NOTE_MESSAGES)
    with stack.idle_worker():
        row = upload(pilot, crew, fresh_log)
        expect(row).to_contain_text("fresh.ulg")
        expect(row).to_contain_text("Waiting for its turn")
    opening = row.get_by_role("link", name="Open the flight")
    expect(opening).to_be_visible()
    told = " ".join(pilot.evaluate("window.messages"))
    assert re.search("Sending, .*Waiting for its turn.*Imported", told)
    opening.click()
    expect(pilot.locator("[data-flight].is-live")).to_be_visible()
    finding = pilot.get_by_test_id("finding").filter(has_text=re.compile("motor", re.IGNORECASE))
    finding.first.click()
    assert cursor_s(pilot) == float(f"{float(finding.first.get_attribute('data-start')):.1f}")


def test_same_log_again_is_told_and_linked(
    pilot: Page, crew: Crew, tmp_path: Path, watch: Watch
) -> None:
    watch.allow("409")
    log = table(tmp_path / "twice.csv", first_value=100)
    expect(upload(pilot, crew, log)).to_contain_text(IMPORTED)
    row = upload(pilot, crew, log)
    expect(row).to_contain_text("uploaded before")
    row.get_by_role("link").click()
    expect(pilot.get_by_role("heading", name="Import report")).to_be_visible()


def test_file_that_is_no_log_is_refused_in_plain_words(
    pilot: Page, crew: Crew, tmp_path: Path
) -> None:
    row = upload(pilot, crew, no_log(tmp_path / "holiday.ulg"))
    expect(row).to_have_class(re.compile("is-failed"))
    expect(row).to_contain_text("This is not a flight log")


def test_long_file_name_fits_the_smallest_phone(
    open_page: OpenPage, crew: Crew, tmp_path: Path
) -> None:
    page = open_page(Role.PILOT, **SMALL_PHONE)
    row = upload(page, crew, no_log(tmp_path / f"{'a_log_of_the_ground_station_' * 4}.csv"))
    expect(row).to_have_class(re.compile("is-failed"))
    assert page.evaluate(SIDEWAYS_PX) == 0
    row.get_by_role("link", name="See the log").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("heading", name="Import report")).to_be_hidden()
    assert page.evaluate(SIDEWAYS_PX) == 0


def test_several_dropped_files_each_have_their_own_outcome(
    pilot: Page, crew: Crew, tmp_path: Path
) -> None:
    files = [table(tmp_path / f"{n}.csv", first_value=n) for n in (200, 300)]
    files.append(no_log(tmp_path / "notes.bin"))
    upload(pilot, crew)
    contents = [(f.name, base64.b64encode(f.read_bytes()).decode()) for f in files]
    pilot.evaluate(DROP, contents)
    rows = pilot.get_by_test_id("upload-status").get_by_role("listitem")
    expect(rows.filter(has_text=".csv").filter(has_text=IMPORTED)).to_have_count(2)
    expect(rows.filter(has_text="notes.bin")).to_have_class(re.compile("is-failed"))


def test_failed_log_can_be_tried_again_where_it_stands(
    pilot: Page, crew: Crew, tmp_path: Path
) -> None:
    row = upload(pilot, crew, no_log(tmp_path / "damaged.csv"))
    row.get_by_role("link", name="See the log").click()
    expect(pilot.get_by_role("alert")).to_be_visible()
    log_id = pilot.url.rstrip("/").rpartition("/")[2]
    (kept,) = Path(settings.MEDIA_ROOT).rglob(f"{log_id}*")
    table(kept, first_value=400)  # as if the storage had been at fault
    pilot.get_by_role("button", name="Try again").click()
    expect(
        pilot.get_by_role("link", name=re.compile("See what is in it|Open the flight"))
    ).to_be_visible()


def test_upload_works_without_javascript(open_page: OpenPage, crew: Crew, tmp_path: Path) -> None:
    page = open_page(Role.PILOT, java_script_enabled=False)
    upload(page, crew, table(tmp_path / "plain.csv", first_value=500))
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("plain.csv")
    expect(page.get_by_role("status").first).to_contain_text("plain.csv was received")
