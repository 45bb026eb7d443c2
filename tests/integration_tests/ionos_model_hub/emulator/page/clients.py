"""Applications that call the emulator while its page is open."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from langchain.agents import create_agent
from langchain_core.tools import tool
from openai import OpenAI

from ionos_model_hub.emulator import Emulator
from langchain_ionos import ChatIONOS

MODEL = "meta-llama/Llama-3.3-70B-Instruct"


def openai_client(emulator: Emulator) -> OpenAI:
    """Return a client that does not retry."""
    return OpenAI(api_key="any", base_url=emulator.base_url, max_retries=0)


def ask(emulator: Emulator, content: str, **options: object) -> str:
    """Send a chat request and return the text of the response."""
    with openai_client(emulator) as client:
        messages = [{"role": "user", "content": content}]
        completion = client.chat.completions.create(model=MODEL, messages=messages, **options)
    return completion.choices[0].message.content or ""


@contextmanager
def open_stream(emulator: Emulator, content: str) -> Iterator[None]:
    """Request a stream, and close it at the end without reading it."""
    messages = [{"role": "user", "content": content}]
    with (
        openai_client(emulator) as client,
        client.chat.completions.create(model=MODEL, messages=messages, stream=True),
    ):
        yield


@tool
def get_weather(city: str) -> str:
    """Get the weather of a city."""
    return f"It is 20 degrees in {city}."


def run_agent(emulator: Emulator, question: str) -> str:
    """Let a LangChain agent with a tool respond to a question."""
    model = ChatIONOS(model=MODEL, api_key="any", base_url=emulator.base_url)
    agent = create_agent(model, [get_weather])
    result = agent.invoke({"messages": [{"role": "user", "content": question}]})
    return str(result["messages"][-1].text)


class Background:
    """Runs a function in a thread, because the browser needs the main one.

    Args:
        function: The function; its exceptions are raised at the end of the `with` block.
        arguments: Its arguments.
    """

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(function, *arguments))

    def _run(self, function: Callable[..., object], *arguments: object) -> None:
        try:
            function(*arguments)
        except Exception as error:  # noqa: BLE001
            self._error = error

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *exception: object) -> None:
        self._thread.join(30)
        if self._error is not None:
            raise self._error
