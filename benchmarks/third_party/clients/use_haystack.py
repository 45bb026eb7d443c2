"""Haystack against the emulator."""

from __future__ import annotations

from typing import Any

import checks
from haystack.components.agents import Agent
from haystack.components.embedders import OpenAIDocumentEmbedder
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.dataclasses import ChatMessage, Document
from haystack.tools import tool
from haystack.utils import Secret
from openai import RateLimitError
from pydantic import BaseModel

CONNECTION: Any = {
    "api_key": Secret.from_token(checks.KEY),
    "api_base_url": checks.BASE_URL,
    "max_retries": 0,
}


class Booking(BaseModel):
    """A booking."""

    boat: str
    nights: int


@tool
def get_forecast(city: str) -> str:
    """Return the forecast."""
    checks.equal(city, checks.CITY)
    return checks.FORECAST


def _generate(text: str, **options: Any) -> ChatMessage:
    generator = OpenAIChatGenerator(model=checks.CHAT, **CONNECTION, **options)
    reply: ChatMessage = generator.run([ChatMessage.from_user(text)])["replies"][0]
    return reply


def chat() -> None:
    """A response with its usage."""
    reply = _generate(checks.QUESTION)
    checks.equal(reply.text, checks.TEXT)
    assert reply.meta["usage"]["completion_tokens"] > 0


def stream() -> None:
    """A streamed response."""
    parts: list[str] = []
    reply = _generate(
        checks.QUESTION, streaming_callback=lambda chunk: parts.append(chunk.content or "")
    )
    checks.equal("".join(parts), checks.TEXT)
    checks.equal(reply.text, checks.TEXT)


def tools() -> None:
    """An agent that calls a tool."""
    generator = OpenAIChatGenerator(model=checks.CHAT, **CONNECTION)
    result = Agent(chat_generator=generator, tools=[get_forecast]).run(
        messages=[ChatMessage.from_user(checks.WEATHER)]
    )
    checks.equal(result["messages"][-1].text, checks.SUMMARY)


def structured_output() -> None:
    """A response in the format of a Pydantic class."""
    reply = _generate(checks.BOOKING_REQUEST, generation_kwargs={"response_format": Booking})
    checks.equal(Booking.model_validate_json(reply.text or ""), Booking(boat="Ada", nights=3))


def embeddings() -> None:
    """Embeddings of documents."""
    embedder = OpenAIDocumentEmbedder(model=checks.EMBEDDING, progress_bar=False, **CONNECTION)
    documents = embedder.run([Document(content="a"), Document(content="b")])["documents"]
    checks.equal([len(document.embedding) for document in documents], [1024, 1024])


def errors() -> None:
    """A typed error for a rate limit."""
    checks.raises(RateLimitError, lambda: _generate(checks.LIMITED))


if __name__ == "__main__":
    checks.run_checks(
        chat=chat,
        stream=stream,
        tools=tools,
        structured_output=structured_output,
        embeddings=embeddings,
        errors=errors,
    )
