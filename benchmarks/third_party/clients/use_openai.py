"""openai-python against the emulator."""

from __future__ import annotations

from typing import Any

import checks
from openai import OpenAI, RateLimitError
from pydantic import BaseModel

client = OpenAI(api_key=checks.KEY, base_url=checks.BASE_URL, max_retries=0)
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL: Any = {"type": "function", "function": {"name": "get_forecast", "parameters": PARAMETERS}}


class Booking(BaseModel):
    """A booking."""

    boat: str
    nights: int


def _messages(text: str) -> Any:
    return [{"role": "user", "content": text}]


def chat() -> None:
    """A chat completion with its usage."""
    completion = client.chat.completions.create(
        model=checks.CHAT, messages=_messages(checks.QUESTION)
    )
    checks.equal(completion.choices[0].message.content, checks.TEXT)
    assert completion.usage
    assert completion.usage.completion_tokens > 0


def stream() -> None:
    """A stream with its usage."""
    chunks = list(
        client.chat.completions.create(
            model=checks.CHAT,
            messages=_messages(checks.QUESTION),
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    parts = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    checks.equal("".join(parts), checks.TEXT)
    assert len(parts) > 3
    assert chunks[-1].usage


def tools() -> None:
    """A tool call, streamed, and the response to its result."""
    messages = _messages(checks.WEATHER)
    with client.chat.completions.stream(
        model=checks.CHAT, messages=messages, tools=[TOOL]
    ) as events:
        message = events.get_final_completion().choices[0].message
    (call,) = message.tool_calls or ()
    checks.equal(call.function.arguments, '{"city": "Rostock"}')
    messages += [
        {"role": "assistant", "tool_calls": [call.model_dump(include={"id", "type", "function"})]},
        {"role": "tool", "tool_call_id": call.id, "content": checks.FORECAST},
    ]
    final = client.chat.completions.create(model=checks.CHAT, messages=messages, tools=[TOOL])
    checks.equal(final.choices[0].message.content, checks.SUMMARY)


def structured_output() -> None:
    """A parsed Pydantic object."""
    completion = client.chat.completions.parse(
        model=checks.CHAT,
        messages=_messages(checks.BOOKING_REQUEST),
        response_format=Booking,
    )
    checks.equal(completion.choices[0].message.parsed, Booking(boat="Ada", nights=3))


def embeddings() -> None:
    """Embeddings in order."""
    response = client.embeddings.create(
        model=checks.EMBEDDING, input=["a", "b"], encoding_format="float"
    )
    checks.equal([item.index for item in response.data], [0, 1])
    checks.equal(len(response.data[0].embedding), 1024)


def images() -> None:
    """A generated image."""
    response = client.images.generate(model=checks.IMAGE, prompt="A quay", size="1024x1024")
    assert response.data
    assert response.data[0].b64_json


def models() -> None:
    """The list of models."""
    assert checks.CHAT in {model.id for model in client.models.list()}


def errors() -> None:
    """A typed error for a rate limit."""
    error = checks.raises(
        RateLimitError,
        lambda: client.chat.completions.create(
            model=checks.CHAT, messages=_messages(checks.LIMITED)
        ),
    )
    assert isinstance(error, RateLimitError)
    checks.equal(error.response.headers["retry-after"], "1")


if __name__ == "__main__":
    checks.run_checks(
        chat=chat,
        stream=stream,
        tools=tools,
        structured_output=structured_output,
        embeddings=embeddings,
        images=images,
        models=models,
        errors=errors,
    )
