"""Requests, responses and streams appear in the page while they happen."""

import re

import pytest

from ionos_model_hub.emulator import Call, Emulator, Reply

pytest.importorskip("playwright.sync_api")
from integration_tests.ionos_model_hub.emulator.page.clients import (
    Background,
    ask,
    open_stream,
    run_agent,
)
from integration_tests.ionos_model_hub.emulator.page.conftest import Open
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.slow

WORDS = [f"word{number} " for number in range(300)]


def shown_numbers(text: Locator, count: int) -> list[int]:
    """Return the last number of the stream each time it has grown, `count` times."""
    numbers: list[int] = []
    for _ in range(600):
        found = re.findall(r"word(\d+)", text.text_content() or "")
        if found and int(found[-1]) not in numbers:
            numbers.append(int(found[-1]))
        if len(numbers) == count:
            return numbers
        text.page.wait_for_timeout(50)
    raise AssertionError(f"only {numbers}")


def test_agent_run_appears_live(page: Page, emulator: Emulator) -> None:
    expect(page.get_by_role("heading", name="No requests yet.")).to_be_visible()
    emulator.script(
        Reply(tool_calls=[Call("get_weather", city="Berlin")], endpoint="chat"),
        Reply(text="Berlin is mild.", endpoint="chat"),
    )
    with Background(run_agent, emulator, "What is the weather in Berlin?"):
        expect(page.locator(".exchange")).to_have_count(2)

    first = page.locator("#request-1")
    expect(first).to_contain_text("What is the weather in Berlin?")
    expect(first).to_contain_text('get_weather({ "city": "Berlin" })')
    expect(first).to_have_attribute("data-state", "ok")
    expect(first.locator(".seconds")).to_have_text(re.compile(r"\d+(\.\d+)? m?s"))
    expect(first.locator(".tokens")).to_contain_text("→")
    last = page.locator(".exchange").first
    expect(last).to_contain_text("It is 20 degrees in Berlin.")
    expect(last).to_contain_text("Berlin is mild.")
    expect(page.locator("#summary")).to_contain_text("2 shown")


def test_tools_and_usage_are_readable(page: Page, emulator: Emulator) -> None:
    run_agent(emulator, "What is the weather in Berlin?")
    page.locator("#request-1 > details > summary").click()
    detail = page.locator("#request-1 .detail")

    detail.get_by_text("get_weather(city)").click()
    row = detail.get_by_role("row", name="city string")
    expect(row).to_be_visible()
    expect(detail.get_by_text("Get the weather of a city.", exact=True)).to_be_visible()
    expect(detail.get_by_text("prompt_tokens", exact=True)).to_be_visible()
    expect(detail.locator(".timeline")).to_be_visible()


def test_stream_grows(page: Page, emulator: Emulator) -> None:
    emulator.script(Reply(text=WORDS, chunk_delay=0.1))
    with open_stream(emulator, "Count."):
        row = page.locator("#request-1")
        expect(row).to_have_attribute("data-state", "streaming")
        expect(row.locator(".chip.live")).to_have_text("streaming")
        in_list = shown_numbers(row.locator(".received"), 4)
        row.locator(":scope > details > summary").click()
        in_details = shown_numbers(row.locator(".detail [data-role=assistant] .text"), 4)
    for numbers in (in_list, in_details):
        assert numbers == sorted(numbers)
    expect(row).to_have_attribute("data-state", "error")  # the client has closed the stream
    expect(row.locator(".chip.live")).to_have_count(0)


def test_opened_parts_stay_open_when_the_stream_grows(page: Page, emulator: Emulator) -> None:
    emulator.script(Reply(text=WORDS, chunk_delay=0.1))
    with open_stream(emulator, "Count."):
        page.locator("#request-1 > details > summary").click()
        detail = page.locator("#request-1 .detail")
        headers = detail.get_by_text("Request headers")
        headers.click()
        headers.focus()
        shown_numbers(detail.locator("[data-role=assistant] .text"), 3)
        expect(detail.get_by_text("application/json").first).to_be_visible()
        expect(headers).to_be_focused()


def test_search_and_filter(page: Page, emulator: Emulator) -> None:
    ask(emulator, "Where is the lighthouse?")
    ask(emulator, "Where is the harbour?")
    emulator.script(Reply(error="overloaded"))
    with pytest.raises(Exception, match="overloaded"):
        ask(emulator, "Where is the quay?")
    expect(page.locator(".exchange")).to_have_count(3)

    page.get_by_role("searchbox").fill("lighthouse")
    expect(page.locator(".exchange")).to_have_count(1)
    ask(emulator, "A second lighthouse and a")
    ask(emulator, "A third harbour")
    expect(page.locator(".exchange")).to_have_count(2)
    assert "q=lighthouse" in page.url

    page.get_by_role("searchbox").fill("")
    page.get_by_label("Show").select_option("Failed")
    expect(page.locator(".exchange")).to_have_count(1)
    expect(page.locator(".exchange")).to_contain_text("Where is the quay?")


def test_cleared_log_and_restarted_emulator(page: Page, emulator: Emulator) -> None:
    ask(emulator, "Hello")
    expect(page.locator(".exchange")).to_have_count(1)
    emulator.reset()
    expect(page.locator(".exchange")).to_have_count(0)

    emulator.stop()
    expect(page.locator("#connection")).to_have_text("Reconnecting")
    emulator.start()
    expect(page.locator("#connection")).to_have_text("Live")
    ask(emulator, "Hello again")
    expect(page.locator(".exchange")).to_contain_text("Hello again")


def test_page_without_javascript(open_page: Open, emulator: Emulator) -> None:
    ask(emulator, "Hello there")
    page = open_page(java_script_enabled=False)
    expect(page.locator(".exchange")).to_contain_text("Hello there")
    page.locator(".exchange > details > summary").click()
    page.get_by_role("link", name="Show request 1").click()
    expect(page.get_by_role("heading", name="Response")).to_be_visible()

    page.get_by_role("link", name="All requests").click()
    page.get_by_label("Content").fill("From the form")
    page.get_by_role("button", name="Add reply").click()
    expect(page.locator("#queue")).to_contain_text("From the form")
    assert ask(emulator, "Hello") == "From the form"
