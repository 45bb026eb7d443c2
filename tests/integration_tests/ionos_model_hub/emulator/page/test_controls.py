"""Replies and faults are scripted with a click, or with the keyboard only."""

import re

import openai
import pytest

from ionos_model_hub.emulator import Emulator

pytest.importorskip("playwright.sync_api")
from integration_tests.ionos_model_hub.emulator.page.clients import MODEL, ask, openai_client
from integration_tests.ionos_model_hub.emulator.page.conftest import Open
from openai.types.chat import ChatCompletionToolParam
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow

TOOL: ChatCompletionToolParam = {"type": "function", "function": {"name": "get_weather"}}


def click_fault(page: Page, title: str) -> None:
    page.get_by_role("button", name=title).click()
    expect(page.locator("#outcome")).to_have_text("The fault is waiting for its request.")
    expect(page.locator("#queue")).to_contain_text("fault")


@pytest.mark.parametrize(
    ("title", "error", "status"),
    [
        ("429", openai.RateLimitError, "429"),
        ("500", openai.InternalServerError, "500"),
        ("Reset", openai.APIConnectionError, "reset"),
    ],
)
def test_fault(
    page: Page, emulator: Emulator, title: str, error: type[Exception], status: str
) -> None:
    click_fault(page, title)
    with pytest.raises(error):
        ask(emulator, "Hello")
    row = page.locator("#request-1")
    expect(row.locator(".status").first).to_contain_text(status)
    expect(row).to_have_attribute("data-state", "error")
    expect(row.locator(".chip")).to_have_text("fault")
    expect(page.locator("#queue")).to_contain_text("Nothing.")
    assert ask(emulator, "Hello")


def test_fault_of_a_stream(page: Page, emulator: Emulator) -> None:
    click_fault(page, "Cut")
    messages = [{"role": "user", "content": "Hello"}]
    with openai_client(emulator) as client, pytest.raises(openai.APIConnectionError):
        list(client.chat.completions.create(model=MODEL, messages=messages, stream=True))
    expect(page.locator("#request-1")).to_have_attribute("data-state", "error")


def test_stalled_and_slow_responses(page: Page, emulator: Emulator) -> None:
    click_fault(page, "Stall")
    messages = [{"role": "user", "content": "Hello"}]
    with openai_client(emulator) as client:
        stream = client.chat.completions.create(model=MODEL, messages=messages, stream=True)
        next(iter(stream))
        expect(page.locator("#request-1")).to_have_attribute("data-state", "streaming")
        stream.close()
    expect(page.locator("#request-1")).to_have_attribute("data-state", "error")

    click_fault(page, "Slow")
    assert ask(emulator, "Hello")
    expect(page.locator("#request-2 .seconds")).to_have_text(re.compile(r"([2-9]|\d\d)\.\d\d s"))


def test_fault_for_all_requests_of_an_endpoint(page: Page, emulator: Emulator) -> None:
    page.get_by_label("Endpoint").select_option("embeddings")
    page.get_by_role("combobox", name="Requests", exact=True).select_option("all")
    click_fault(page, "500")
    assert ask(emulator, "Hello")
    with openai_client(emulator) as client:
        for _ in range(4):
            with pytest.raises(openai.InternalServerError):
                client.embeddings.create(model="BAAI/bge-m3", input="a", encoding_format="float")
    page.get_by_role("button", name="Remove all").click()
    expect(page.locator("#queue")).to_contain_text("Nothing.")
    with openai_client(emulator) as client:
        assert client.embeddings.create(
            model="BAAI/bge-m3", input="a", encoding_format="float"
        ).data


def test_scripted_text(page: Page, emulator: Emulator) -> None:
    page.get_by_label("Content").fill("Fair winds.")
    page.get_by_label("Only for requests that contain").fill("weather")
    page.get_by_role("button", name="Add reply").click()
    expect(page.locator("#outcome")).to_have_text("The reply was added.")
    expect(page.locator("#queue")).to_contain_text("text Fair winds., contains weather")
    expect(page.get_by_label("Content")).to_have_value("")

    assert ask(emulator, "Hello") != "Fair winds."
    assert ask(emulator, "What is the weather?") == "Fair winds."
    expect(page.locator("#request-2 .chip")).to_have_text("scripted")


def test_scripted_tool_call(page: Page, emulator: Emulator) -> None:
    expect(page.get_by_label("Tool name")).not_to_be_visible()
    page.get_by_label("Tool call").check()
    page.get_by_label("Tool name").fill("get_weather")
    page.get_by_label("Content").fill('{"city": "Berlin"')
    page.get_by_role("button", name="Add reply").click()
    expect(page.locator("#outcome")).to_contain_text("Enter the arguments as valid JSON")

    page.get_by_label("Content").fill('{"city": "Berlin"}')
    page.get_by_role("button", name="Add reply").click()
    expect(page.locator("#outcome")).to_have_text("The reply was added.")
    with openai_client(emulator) as client:
        completion = client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "Weather?"}], tools=[TOOL]
        )
    calls = completion.choices[0].message.tool_calls
    assert calls
    assert calls[0].function.name == "get_weather"
    assert calls[0].function.arguments == '{"city": "Berlin"}'


def test_scripted_json_and_yaml(page: Page, emulator: Emulator) -> None:
    page.get_by_label("JSON").check()
    page.get_by_label("Content").fill('{"boat": "Ada"}')
    page.get_by_role("button", name="Add reply").click()
    expect(page.locator("#queue li")).to_have_count(1)
    page.get_by_label("YAML").check()
    page.get_by_label("Content").fill("- text: One\n- text: Two")
    page.get_by_role("button", name="Add reply").click()
    expect(page.locator("#outcome")).to_have_text("2 replies added.")
    assert [ask(emulator, "Hello") for _ in range(3)] == ['{"boat": "Ada"}', "One", "Two"]


def test_keyboard_only(page: Page, emulator: Emulator) -> None:
    for word in ("harbour", "lighthouse", "quay"):
        ask(emulator, f"Where is the {word}?")
    expect(page.locator(".exchange")).to_have_count(3)

    def press(*keys: str) -> None:
        for key in keys:
            page.keyboard.press(key)

    press("Tab")
    expect(page.get_by_role("link", name="Skip to the requests")).to_be_focused()
    press("Enter", "Tab", "Enter")
    expect(page.locator("#request-3 .detail")).to_contain_text("Where is the quay?")
    press("Enter")
    expect(page.locator("#request-3 .detail")).not_to_be_visible()

    press("Tab", "Tab")
    expect(page.locator("#request-1 > details > summary")).to_be_focused()
    press("Tab", "Tab")  # past the heading of the controls
    expect(page.get_by_label("Endpoint")).to_be_focused()
    press("Tab", "Tab", "Tab", "Space")
    expect(page.locator("#queue")).to_contain_text("error server_error")
    with pytest.raises(openai.InternalServerError):
        ask(emulator, "Hello")

    page.get_by_role("searchbox").focus()
    page.keyboard.type("lighthouse")
    expect(page.locator(".exchange")).to_have_count(1)


def test_every_control_has_a_visible_focus(page: Page, emulator: Emulator) -> None:
    ask(emulator, "Hello")
    expect(page.locator(".exchange")).to_have_count(1)
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "() => { const e = document.activeElement; return [e.tagName, e.name ?? e.value ?? '',"
            " getComputedStyle(e).outlineStyle, e.textContent.trim().slice(0, 40)]; }"
        )
        if focused[0] == "BODY":
            break
        assert focused[2] != "none", focused
        seen.add(focused[0])
    assert seen >= {"A", "INPUT", "SELECT", "SUMMARY", "BUTTON", "TEXTAREA"}


def test_controls_on_a_phone(open_page: Open, emulator: Emulator) -> None:
    page = open_page(viewport={"width": 360, "height": 640})
    expect(page.get_by_label("Content")).not_to_be_visible()
    page.get_by_text("Control responses").click()
    click_fault(page, "429")
    with pytest.raises(openai.RateLimitError):
        ask(emulator, "Hello")
