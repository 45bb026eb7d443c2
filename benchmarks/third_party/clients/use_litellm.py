"""LiteLLM against the emulator."""

from __future__ import annotations

from typing import Any

import checks
import litellm
from pydantic import BaseModel

litellm.suppress_debug_info = True
CONNECTION: Any = {"api_base": checks.BASE_URL, "api_key": checks.KEY, "num_retries": 0}
MODEL = f"openai/{checks.CHAT}"
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL = {"type": "function", "function": {"name": "get_forecast", "parameters": PARAMETERS}}


class Booking(BaseModel):
    """A booking."""

    boat: str
    nights: int


def _complete(messages: list[Any] | str, **options: Any) -> Any:
    if isinstance(messages, str):
        messages = [{"role": "user", "content": messages}]
    return litellm.completion(model=MODEL, messages=messages, **CONNECTION, **options)


def chat() -> None:
    """A chat completion with its usage."""
    completion = _complete(checks.QUESTION)
    checks.equal(completion.choices[0].message.content, checks.TEXT)
    assert completion.usage.completion_tokens > 0


def stream() -> None:
    """A stream."""
    chunks = list(_complete(checks.QUESTION, stream=True))
    parts = [chunk.choices[0].delta.content or "" for chunk in chunks]
    checks.equal("".join(parts), checks.TEXT)
    assert len(parts) > 3


def tools() -> None:
    """A tool call, streamed, and the response to its result."""
    messages: list[Any] = [{"role": "user", "content": checks.WEATHER}]
    chunks = list(_complete(messages, tools=[TOOL], stream=True))
    built: Any = litellm.stream_chunk_builder(chunks)
    (call,) = built.choices[0].message.tool_calls
    checks.equal(call.function.arguments, '{"city": "Rostock"}')
    messages += [
        built.choices[0].message.model_dump(include={"role", "content", "tool_calls"}),
        {"role": "tool", "tool_call_id": call.id, "content": checks.FORECAST},
    ]
    final = _complete(messages, tools=[TOOL])
    checks.equal(final.choices[0].message.content, checks.SUMMARY)


def structured_output() -> None:
    """A response in the format of a Pydantic class."""
    completion = _complete(checks.BOOKING_REQUEST, response_format=Booking)
    content = completion.choices[0].message.content
    checks.equal(Booking.model_validate_json(content), Booking(boat="Ada", nights=3))


def embeddings() -> None:
    """Embeddings in order."""
    response = litellm.embedding(
        model=f"openai/{checks.EMBEDDING}",
        input=["a", "b"],
        encoding_format="float",
        **CONNECTION,
    )
    checks.equal([item["index"] for item in response.data], [0, 1])


def rerank() -> None:
    """Scores of documents."""
    response = litellm.rerank(
        model=f"hosted_vllm/{checks.RERANK}",
        query="cones on the mast",
        documents=["Two cones on the mast", "Fees"],
        api_base=checks.BASE_URL,
        api_key=checks.KEY,
    )
    results: Any = response.results
    checks.equal(max(results, key=lambda item: item["relevance_score"])["index"], 0)


def images() -> None:
    """A generated image."""
    response = litellm.image_generation(
        prompt="A quay", model=f"openai/{checks.IMAGE}", size="1024x1024", **CONNECTION
    )
    assert response.data[0].b64_json


def errors() -> None:
    """A typed error for a rate limit."""
    checks.raises(litellm.RateLimitError, lambda: _complete(checks.LIMITED))


if __name__ == "__main__":
    checks.run_checks(
        chat=chat,
        stream=stream,
        tools=tools,
        structured_output=structured_output,
        embeddings=embeddings,
        rerank=rerank,
        images=images,
        errors=errors,
    )
