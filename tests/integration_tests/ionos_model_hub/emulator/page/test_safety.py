"""Hostile content stays text, other sites have no access, and the page is accessible."""

from collections.abc import Iterator

import httpx
import pytest

from ionos_model_hub.emulator import Call, Emulator, Reply

pytest.importorskip("playwright.sync_api")
from integration_tests.ionos_model_hub.emulator.page.clients import MODEL, ask, run_agent
from integration_tests.ionos_model_hub.emulator.page.conftest import PHONE, Open
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.slow

HOSTILE = (
    '</code></pre><script>alert(1)</script><img src=x onerror="alert(2)"><svg onload=alert(3)>'
)


def send_hostile_request(emulator: Emulator) -> None:
    function = {
        "name": "f",
        "description": HOSTILE,
        "parameters": {
            "type": "object",
            "properties": {HOSTILE: {"type": "string", "description": HOSTILE}},
        },
    }
    body = {
        "model": MODEL,
        "messages": [{"role": "user", "content": HOSTILE}],
        "tools": [{"type": "function", "function": function}],
        "user": HOSTILE,
    }
    headers = {"Authorization": "Bearer any", "X-Hostile": HOSTILE}
    httpx.post(f"{emulator.base_url}/chat/completions", json=body, headers=headers)


def test_hostile_content_stays_text(page: Page, emulator: Emulator) -> None:
    emulator.script(
        Reply(tool_calls=[Call(HOSTILE, city=HOSTILE)], reasoning=None),
        Reply(json={"error": {"message": HOSTILE}}, status=400, headers={"x-hostile": "<b>"}),
        Reply(text=HOSTILE, contains=HOSTILE),
    )
    expect(page.locator("#queue")).to_contain_text("<script>alert(1)</script>")
    for number in range(1, 4):
        send_hostile_request(emulator)
        row = page.locator(f"#request-{number}")
        expect(row).to_contain_text("<script>alert(1)</script>")
        row.locator(":scope > details > summary").click()
        expect(row.get_by_role("heading", name="Response")).to_be_visible()
        for summary in row.locator(".detail summary").all():
            summary.click()
        expect(row.get_by_text("x-hostile").first).to_be_visible()
        assert row.locator("script, img, svg:not(.timeline)").count() == 0

    page.get_by_role("searchbox").fill(HOSTILE)
    page.wait_for_url("**/?q=*")
    expect(page.locator(".exchange")).to_have_count(3)
    page.reload()
    expect(page.get_by_role("searchbox")).to_have_value(HOSTILE)
    # The fixture fails if a script has run, or if the browser has blocked one.


def test_generated_and_sent_images_are_shown(page: Page, emulator: Emulator) -> None:
    url = f"{emulator.base_url}/images/generations"
    body = {"model": "black-forest-labs/FLUX.1-schnell", "prompt": "A quay", "size": "1024*1024"}
    httpx.post(url, json=body, headers={"Authorization": "Bearer any"}).raise_for_status()
    page.locator("#request-1 > details > summary").click()
    image = page.get_by_alt_text("Generated image 1")
    expect(image).to_be_visible()
    assert image.evaluate("image => image.naturalWidth") == 1024


def test_other_sites_have_no_access(open_page: Open, emulator: Emulator) -> None:
    address = emulator.base_url.removesuffix("/v1")
    fault = f"{address}/_emulator/page/faults"
    form = {"fault": "reset", "times": ""}
    assert httpx.post(fault, data=form, headers={"Origin": "https://a.test"}).status_code == 403
    assert httpx.post(fault, data=form, headers={"Host": "a.test"}).status_code == 403
    for path in ("/", "/_emulator/page/events", "/_emulator/page/requests/1"):
        assert httpx.get(address + path, headers={"Host": "a.test"}).status_code == 403

    with Emulator() as other:  # another origin: the port differs
        page = open_page(bypass_csp=True)
        page.goto(other.base_url.removesuffix("/v1"))
        page.evaluate(
            "address => fetch(address, {method: 'POST', body: 'fault=reset', mode: 'no-cors'})",
            fault,
        )
    assert ask(emulator, "Hello")


@pytest.fixture
def guarded() -> Iterator[Emulator]:
    with Emulator(control_token="secret-token") as emulator:
        yield emulator


def test_token_moves_from_the_address_to_a_cookie(browser: Browser, guarded: Emulator) -> None:
    address = guarded.base_url.removesuffix("/v1")
    assert httpx.get(f"{address}/").status_code == 401
    assert httpx.get(f"{address}/?token=wrong").status_code == 401

    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{address}/?token=secret-token")
        expect(page.locator("#connection")).to_have_text("Live")
        assert page.url == f"{address}/"
        (cookie,) = context.cookies()
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
        page.get_by_role("button", name="500").click()
        expect(page.locator("#queue")).to_contain_text("server_error")
        assert "secret-token" not in page.content()

        context.clear_cookies()
        guarded.stop()
        guarded.start()
        expect(page.locator("#connection")).to_have_text("Not live, reload")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_page_has_no_accessibility_violations(
    open_page: Open, emulator: Emulator, scheme: str, width: int
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    run_agent(emulator, "What is the weather in Berlin?")
    emulator.script(Reply(error="overloaded"), Reply(text="left"))
    with pytest.raises(Exception, match="overloaded"):
        ask(emulator, "Hello")
    page = open_page(color_scheme=scheme, viewport={"width": width, "height": 800})
    if width < 900:
        page.get_by_text("Control responses").click()
    for row in page.locator(".exchange > details > summary").all():
        row.click()
    expect(page.locator(".detail h2")).to_have_count(6)

    found = axe.run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", [320, PHONE["width"], 768, 1280])
def test_page_does_not_scroll_sideways(open_page: Open, emulator: Emulator, width: int) -> None:
    send_hostile_request(emulator)
    ask(emulator, "Donaudampfschiff" * 40)
    page = open_page(viewport={"width": width, "height": 700})
    for row in page.locator(".exchange > details > summary").all():
        row.click()
    expect(page.locator(".detail h2")).to_have_count(4)
    for summary in page.locator(".detail summary").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
