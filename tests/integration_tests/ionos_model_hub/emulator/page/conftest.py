"""The page of an emulator in a headless browser.

Every test fails if the page logs an error, for example because it violates its own security
policy, or opens a dialog.
"""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from ionos_model_hub.emulator import Emulator

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

Open = Callable[..., "Page"]
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 375, "height": 720}


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """An emulator for one test, because the open page is connected to it."""
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def open_page(browser: "Browser", emulator: Emulator) -> Iterator[Open]:
    """Return a function that opens the page of the emulator in a new browser window."""
    from playwright.sync_api import expect

    expect.set_options(timeout=30_000)  # CI runs four workers on two cores
    contexts = []
    problems: list[str] = []

    def note(message: "ConsoleMessage") -> None:
        if message.type in ("error", "warning"):
            problems.append(message.text)

    def open_page(path: str = "/", **options: object) -> "Page":
        context = browser.new_context(**{"viewport": DESKTOP, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("console", note)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("dialog", lambda dialog: problems.append(f"dialog: {dialog.message}"))
        page.goto(emulator.base_url.removesuffix("/v1") + path)
        if options.get("java_script_enabled", True):
            expect(page.locator("#connection")).to_have_text("Live")
        return page

    yield open_page
    for context in contexts:
        context.close()
    # The browser also logs rejected forms (422) and rejected requests (403).
    assert [text for text in problems if not re.search(r"a status of (403|422)", text)] == []


@pytest.fixture
def page(open_page: Open) -> "Page":
    """The page in a desktop window."""
    return open_page()
