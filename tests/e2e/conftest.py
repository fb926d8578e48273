"""Chromium, driven by Playwright, against the running product."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect, sync_playwright

from accounts.choices import Role
from tests.e2e.crew import Crew, make_crew, write_faulty_log
from tests.e2e.stack import Stack, environment, running_stack
from tests.e2e.steps import open_flight, sign_in
from tests.e2e.watch import Watch

PATIENCE_MS = 30_000
QUIET = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]
OpenPage = Callable[..., Page]
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def crew(
    django_db_setup: None,
    django_db_blocker: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Crew:
    """Committed before the browser starts; its flight is long enough to hold finer samples."""
    path = tmp_path_factory.mktemp("flight") / "motor_loss.ulg"
    write_faulty_log(path, seed=7, duration_s=400, fault_s=330)
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        return make_crew(path)


@pytest.fixture(scope="session")
def stack(crew: Crew, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The running product. Starting it costs seconds: it serves all tests of the process."""
    folder = tmp_path_factory.mktemp("stack")
    worker = int(worker_id.removeprefix("gw")) if worker_id != "master" else 0
    database, media = settings.DATABASES["default"]["NAME"], Path(settings.MEDIA_ROOT)
    with running_stack(environment(database, media, folder, worker), folder) as stack:
        yield stack


@pytest.fixture(scope="session")
def address(stack: Stack) -> str:
    """Where the product runs."""
    return stack.address


# Per file: while Playwright runs, its event loop holds the thread, and other files' tests of
# asynchronous code cannot have one.
@pytest.fixture(scope="module")
def browser(address: str) -> Iterator[Browser]:
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        # Playwright keeps an event loop in this thread: Django would refuse the tests after ours.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=[*QUIET, *sandbox]
        )
        yield browser
        browser.close()


def find_chromium() -> str:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None and os.environ.get("CI"):
        pytest.fail("Chromium is missing; CI installs it.")
    if program is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    return program


@pytest.fixture
def watch(address: str) -> Iterator[Watch]:
    """Every test fails on a foreign request, a policy violation or an error of its pages."""
    watch = Watch(address)
    yield watch
    watch.assert_clean()


@pytest.fixture(scope="module")
def signed_in_as(browser: Browser, address: str, crew: Crew) -> Callable[[str], StorageState]:
    """The cookies of a person who signed in, once per person and file."""
    states: dict[str, StorageState] = {}

    def signed_in_as(who: str) -> StorageState:
        if who not in states:
            context = browser.new_context(base_url=address)
            page = context.new_page()
            page.goto("/sign-in/")
            sign_in(page, crew.email_of(who))
            expect(page.get_by_label("Your account")).to_be_visible()
            states[who] = context.storage_state()
            context.close()
        return states[who]

    return signed_in_as


@pytest.fixture
def open_page(
    browser: Browser, address: str, watch: Watch, signed_in_as: Callable[[str], StorageState]
) -> Iterator[OpenPage]:
    """Opens a page of its own browser window, signed in as ``who`` where one is named."""
    contexts: list[BrowserContext] = []

    def open_page(who: str = "", *, width: int = 1_440, height: int = 900, **options: Any) -> Page:
        context = browser.new_context(
            base_url=address,
            viewport={"width": width, "height": height},
            storage_state=signed_in_as(who) if who else None,
            **options,
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        watch.follow(page)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def visitor(open_page: OpenPage) -> Page:
    """Somebody who has not signed in."""
    return open_page()


@pytest.fixture
def pilot(open_page: OpenPage) -> Page:
    return open_page(Role.PILOT)


@pytest.fixture
def flight(pilot: Page, crew: Crew) -> Page:
    """The faulty flight's page, alive."""
    return open_flight(pilot, crew)


@pytest.fixture
def fresh_log(tmp_path: Path) -> Path:
    """A short log that nobody uploaded yet: the moment it tells of is its own."""
    return write_faulty_log(tmp_path / "fresh.ulg", seed=11, duration_s=90, fault_s=60)
