"""Take the screenshots of docs/live_view.md, with Debian's chromium.

Run `python docs/tools/screenshots.py` after a change of the page; it needs the extra `dev`.
"""

import shutil
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
from langchain.agents import create_agent
from langchain_core.tools import tool
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from ionos_model_hub.emulator import Call, Emulator, Reply
from ionos_model_hub.settings import SettingsOptions
from langchain_ionos import ChatIONOS, IONOSEmbeddings, IONOSRerank

IMAGES = Path(__file__).parents[1] / "images"
QUESTION = "Will it rain in Rostock tomorrow?"
FORECAST = "No. Tomorrow will be dry in Rostock, with 18 degrees and a light wind from the west."
STORY = "The lighthouse keeper counted the ships that left the harbour before sunrise, and then "


@tool
def get_forecast(city: str, day: str = "today") -> str:
    """Return the weather forecast for a city.

    Args:
        city: Name of the city.
        day: Day of the forecast, such as today or tomorrow.
    """
    return f"{city}, {day}: dry, 18 degrees, light wind from the west"


def send_requests(emulator: Emulator) -> None:
    """Send the requests that the screenshots show."""
    connection: SettingsOptions = {"api_key": "any", "base_url": emulator.base_url}
    emulator.script(
        Reply(tool_calls=[Call("get_forecast", city="Rostock", day="tomorrow")], delay=0.21),
        Reply(text=FORECAST, delay=0.18, chunk_delay=0.03),
    )
    IONOSEmbeddings(**connection).embed_documents(["Lights of the breakwater", "Harbour fees"])
    IONOSRerank(**connection).rerank(["Two cones: a fishing vessel", "Fees"], "cones on the mast")
    agent = create_agent(
        ChatIONOS(streaming=True, **connection),
        [get_forecast],
        system_prompt="You answer questions about the weather.",
    )
    agent.invoke({"messages": [{"role": "user", "content": QUESTION}]})
    emulator.inject(Reply(error="overloaded"))
    ChatIONOS(**connection).invoke("Which flag means that a diver is below?")
    emulator.script(
        Reply(text=STORY, stall_after=14),
        Reply(text="It is sunny.", contains="weather", times=3),
    )
    emulator.inject(Reply(error="rate_limited", retry_after=1, endpoint="embeddings"))


def open_stream(emulator: Emulator) -> AbstractContextManager[httpx.Response]:
    """Request a stream, which stalls until the context ends."""
    body = {
        "model": "openai/gpt-oss-120b",
        "messages": [{"role": "user", "content": "Tell me a story about a harbour."}],
        "stream": True,
    }
    headers = {"Authorization": "Bearer any"}
    return httpx.stream("POST", f"{emulator.base_url}/chat/completions", json=body, headers=headers)


def take(browser: Browser, emulator: Emulator, name: str, width: int, height: int) -> None:
    """Take one screenshot."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(emulator.base_url.removesuffix("/v1"))
    expect(page.locator("#connection")).to_have_text("Live")
    if width > 600:
        open_agent_request(page)
    page.mouse.move(0, 0)
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path)
    context.close()
    Image.open(path).quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


def open_agent_request(page: Page) -> None:
    """Open the second request of the agent."""
    row = page.locator(".exchange").filter(has_text=FORECAST[:20]).first
    row.locator(":scope > details > summary").click()
    expect(row.locator(".timeline")).to_be_visible()
    page.evaluate("scrollTo(0, 0)")


def main() -> None:
    """Take all screenshots."""
    IMAGES.mkdir(exist_ok=True)
    with Emulator(port=8400) as emulator, sync_playwright() as playwright:
        send_requests(emulator)
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        with open_stream(emulator):
            take(browser, emulator, "live_view", 1280, 1000)
            take(browser, emulator, "live_view_phone", 390, 760)
        browser.close()


if __name__ == "__main__":
    main()
