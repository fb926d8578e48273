"""The pictures of the documentation, taken from a running demo.

    python -m tests.e2e.screenshots ADDRESS SIGN_IN_FILE OUT_FOLDER [BEGIN]

SIGN_IN_FILE is the list of demo people that ``make run`` writes: ``var/demo.txt``. The demo has no
platform staff: for their pictures make somebody with ``manage.py createsuperuser``, with the demo
people's password, and add a line ``E-MAIL Platform staff`` to a copy of the list. With BEGIN only
the pictures whose names begin so are taken.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, Route, StorageState, expect, sync_playwright

LARGEST_BYTES = 300_000
COLOURS = 256
SEVERAL_TYPES = "Coastal Air"
"""Whose fleet has aircraft of more than one type."""
PERSON, STAFF = "Fleet manager", "Platform staff"
HOMES = {PERSON: "/o/[^/]+/$", STAFF: "/admin/$"}
"""Where each comes to after signing in."""
WIDE: dict[str, Any] = {"viewport": {"width": 1_440, "height": 900}}
TALL: dict[str, Any] = {"viewport": {"width": 1_440, "height": 1_040}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
DARK: dict[str, Any] = {"color_scheme": "dark"}


@dataclass(frozen=True)
class Picture:
    """How the browser is set up, and what it does before the picture is taken."""

    window: dict[str, Any]
    pose: Callable[[Page, str], None]
    is_whole: bool = False
    """The page down to its end, at one pixel a point."""
    organization: str = ""
    """Whose fleet manager looks; that of the first organization, unless one is named."""
    person: str = PERSON


def open_page(page: Page, home: str, *, path: str = "") -> None:
    page.goto(f"{home}{path}", wait_until="networkidle")


def open_fault(page: Page, home: str) -> None:
    """The flight that lost a motor, with the cursor at the second it did."""
    open_page(page, home, path="flights/?q=motor&ordering=-started_at")
    page.locator("a.row-link").first.click()
    expect(page.locator("[data-flight].is-live")).to_be_visible()
    page.get_by_test_id("finding").first.click()
    expect(page.locator("li.finding").first).to_have_class(re.compile("is-current"))
    page.wait_for_load_state("networkidle")


def open_fault_from_the_top(page: Page, home: str) -> None:
    open_fault(page, home)
    page.mouse.move(0, 0)
    page.evaluate("window.scrollTo(0, 0)")


def show_uploads(page: Page, home: str) -> None:
    """Three logs under way. The server's answers are staged: the demo stays as it is."""
    page.route("**/upload/", answer_upload)
    page.route("**/staged/*", answer_status)
    open_page(page, home, path="upload/")
    page.get_by_label("Aircraft").select_option(index=1)
    logs = ("survey_2.ulg", "survey_1.ulg", "holiday.ulg")
    files = [{"name": log, "mimeType": "", "buffer": bytes(3_100_000)} for log in logs]
    page.get_by_test_id("upload-input").set_input_files(files)  # type: ignore[arg-type]
    rows = page.get_by_test_id("upload-status").get_by_role("listitem")
    expect(rows.filter(has_text="Imported")).to_have_count(1)
    expect(rows.filter(has_text="not a flight log")).to_have_count(1)
    expect(rows.filter(has_text="Checking")).to_have_count(1)


def answer_upload(route: Route) -> None:
    if route.request.method == "GET":
        route.continue_()
        return
    name = re.search(rb'filename="(\w+)', route.request.post_data_buffer or b"")
    log = name[1].decode() if name else ""
    route.fulfill(status=201, json={"status_url": f"/staged/{log}", "flight_url": "/staged/flight"})


def answer_status(route: Route) -> None:
    states = {
        "survey_1": {"state": "importing", "stage": "analysing", "progress": 0.7},
        "survey_2": {"state": "imported", "progress": 1},
        "holiday": {
            "state": "failed",
            "message": "This is not a flight log we can read: it is an archive (ZIP).",
            "log_url": "/staged/log",
        },
    }
    route.fulfill(json=states[route.request.url.rpartition("/")[2]])


DASHBOARDS = {
    "overview": "",
    "activity": "activity/?period=90",
    "utilisation": "utilisation/?period=90",
    "risk": "risk/?period=90",
    "maintenance": "maintenance/",
    "summary": "summary/",
}
LOOKS = {"": WIDE, "-dark": WIDE | DARK, "-phone": PHONE, "-phone-dark": PHONE | DARK}

PICTURES = {
    "flight": Picture(TALL, open_fault_from_the_top),
    "flight-dark": Picture(TALL | DARK, open_fault_from_the_top),
    "flight-phone": Picture(PHONE, open_fault),
    "dashboard": Picture(WIDE, open_page),
    "flights": Picture(WIDE, partial(open_page, path="flights/")),
    "upload": Picture(WIDE, show_uploads),
    "aircraft": Picture(WIDE, partial(open_page, path="aircraft/")),
    "admin": Picture(WIDE, partial(open_page, path="admin/flights/flightsession/")),
    **{
        f"fleet-admin{look}": Picture(window, partial(open_page, path="admin/"), True)
        for look, window in LOOKS.items()
    },
    **{
        f"platform{look}": Picture(window, open_page, True, person=STAFF)
        for look, window in LOOKS.items()
    },
    **{
        f"analytics-{name}{look}": Picture(
            window, partial(open_page, path=f"analytics/{path}"), True, SEVERAL_TYPES
        )
        for name, path in DASHBOARDS.items()
        for look, window in LOOKS.items()
    },
}


def read_sign_in(file: Path, who: str, organization: str = "") -> tuple[str, str]:
    """E-mail and password of the first such person on the list, or of an organization's."""
    text = file.read_text(encoding="utf-8")
    of = f" of {organization}" if organization else ""
    person = re.search(rf"^(\S+@\S+)\s+{who}{of}", text, re.MULTILINE)
    password = re.search(r"^Password[^:]*: (\S+)$", text, re.MULTILINE)
    if person is None or password is None:
        raise SystemExit(f"{file} names no {who.lower()} and password.")
    return person[1], password[1]


def sign_in(
    browser: Browser, address: str, who: str, email: str, password: str
) -> tuple[StorageState, str]:
    """The session's cookies, and the path of the person's organization or of the platform."""
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto("/sign-in/?next=/admin/" if who == STAFF else "/sign-in/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(HOMES[who]))
    state, home = context.storage_state(), page.url.removeprefix(address.rstrip("/"))
    context.close()
    return state, home


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


def take(browser: Browser, address: str, sign_in_file: Path, folder: Path, begin: str) -> None:
    """Write the pictures into ``folder``. Raises SystemExit when one grew too large."""
    folder.mkdir(parents=True, exist_ok=True)
    signed_in: dict[tuple[str, str], tuple[StorageState, str]] = {}
    for name, picture in PICTURES.items():
        if not name.startswith(begin):
            continue
        whose = (picture.person, picture.organization)
        if whose not in signed_in:
            known = read_sign_in(sign_in_file, *whose)
            signed_in[whose] = sign_in(browser, address, picture.person, *known)
        state, home = signed_in[whose]
        context = browser.new_context(base_url=address, storage_state=state, **picture.window)
        page = context.new_page()
        picture.pose(page, home)
        size_bytes = shoot(page, picture, folder / f"{name}.png")
        context.close()
        print(f"{name}.png {size_bytes / 1_000:.0f} kB")
        if size_bytes > LARGEST_BYTES:
            raise SystemExit(f"{name}.png is larger than {LARGEST_BYTES / 1_000:.0f} kB.")


def shoot(page: Page, picture: Picture, path: Path) -> int:
    """Write the picture; answers its size in bytes."""
    if not picture.is_whole:
        return len(page.screenshot(path=path))
    width = picture.window["viewport"]["width"]
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": height})
    page.screenshot(path=path, scale="css")
    shrink(path)
    return path.stat().st_size


def shrink(path: Path) -> None:
    """Keep as many colours as a page of flat ones needs: a third of the bytes."""
    with Image.open(path) as picture:
        few = picture.convert("RGB").quantize(
            COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
        )
    few.save(path, optimize=True)


def main(arguments: list[str]) -> None:
    if len(arguments) not in {3, 4}:
        raise SystemExit(__doc__)
    address, sign_in_file, folder, begin = (*arguments, "")[:4]
    with chromium() as browser:
        take(browser, address, Path(sign_in_file), Path(folder), begin)


if __name__ == "__main__":
    main(sys.argv[1:])
