"""Every response to generated requests is valid, and none is an internal error.

By default, 30 requests to each endpoint are sent in each profile, and 1,000 with
`--hypothesis-profile thorough`.
"""

import asyncio
import json
from base64 import b64decode
from collections.abc import Callable
from datetime import date
from typing import Any, Literal, NamedTuple

import pytest
from contract_requests import REQUESTS, bodies
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openai.types import Completion, CreateEmbeddingResponse, ImagesResponse
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from pydantic import BaseModel, ConfigDict

from ionos_model_hub.emulator import create_app

Check = Callable[[str, Any], None]
EXAMPLES = settings.default.max_examples if settings.default.max_examples > 100 else 30
PROFILES: tuple[Literal["hub", "vllm"], ...] = ("hub", "vllm")
APPS = {name: create_app(profile=name, today=date(2026, 11, 1)) for name in PROFILES}
COMPONENTS = {
    "chat/completions": "SuccessfulChatCompletionResponse",
    "completions": "SuccessfulCompletionResponse",
    "embeddings": "EmbeddingResponse",
    "images/generations": "ImageGenerationResponse",
}
# Faults of the hub that the profile `hub` reproduces.
KNOWN_FAULTS = ("Network error: json: cannot unmarshal", "Network error: EOF")


class RankedDocument(BaseModel):
    model_config = ConfigDict(strict=True)

    index: int
    relevance_score: float


class Ranking(BaseModel):
    results: list[RankedDocument]


class TextChoice(BaseModel):
    model_config = ConfigDict(strict=True)

    index: int
    text: str
    finish_reason: Literal["stop", "length"] | None


class TextChunk(BaseModel):
    """A chunk of a text completion; that of `openai` does not accept null as finish reason."""

    id: str
    object: Literal["text_completion"]
    choices: list[TextChoice]


TYPES: dict[str, type[BaseModel]] = {
    "chat/completions": ChatCompletion,
    "completions": Completion,
    "embeddings": CreateEmbeddingResponse,
    "images/generations": ImagesResponse,
    "rerank": Ranking,
}


class Response(NamedTuple):
    status: int
    is_stream: bool
    body: bytes


def send(app: Any, path: str, body: dict[str, Any]) -> Response:
    """Return the response of the application, without a server; failures propagate."""
    messages: list[dict[str, Any]] = []

    async def call() -> None:
        request = {"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}

        async def receive() -> dict[str, Any]:
            return request

        async def reply(message: dict[str, Any]) -> None:
            messages.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": f"/v1/{path}",
            "query_string": b"",
            "headers": [(b"authorization", b"Bearer k"), (b"content-type", b"application/json")],
        }
        await app(scope, receive, reply)

    asyncio.run(call())
    head = messages[0]
    is_stream = dict(head["headers"])[b"content-type"].startswith(b"text/event-stream")
    content = b"".join(message["body"] for message in messages[1:])
    assert not messages[-1].get("more_body", False)
    return Response(head["status"], is_stream, content)


def check_stream(path: str, body: bytes) -> None:
    """Check the chunks of a stream, and that each choice has one finish reason."""
    *events, done, rest = body.decode().split("\n\n")
    assert (done, rest) == ("data: [DONE]", "")
    kind = ChatCompletionChunk if path == "chat/completions" else TextChunk
    chunks: list[Any] = [kind.model_validate_json(each.removeprefix("data: ")) for each in events]
    choices = [choice for chunk in chunks for choice in chunk.choices]
    finished = [choice.index for choice in choices if choice.finish_reason]
    assert sorted(finished) == sorted({choice.index for choice in choices})


def check_response(path: str, response: Response, check_schema: Check) -> None:
    if response.is_stream:
        assert response.status == 200
        check_stream(path, response.body)
        return
    body = json.loads(response.body)
    if response.status == 200:
        for item in body.get("data", ()):
            if isinstance(item.get("embedding"), str):  # vLLM supports base64
                item["embedding"] = list(b64decode(item["embedding"], validate=True))
        TYPES[path].model_validate(body)
        if path in COMPONENTS:
            check_schema(COMPONENTS[path], body)
        return
    message = body["detail"] if "detail" in body else body["error"]["message"]
    assert isinstance(message, str)
    assert response.status in (400, 404) or message.startswith(KNOWN_FAULTS)


@pytest.mark.parametrize("path", REQUESTS)
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_responses_are_valid(path: str, check_schema: Check, data: st.DataObject) -> None:
    body = data.draw(bodies(path))
    for profile in PROFILES:
        if profile == "hub" or path != "images/generations":  # vLLM has no images
            check_response(path, send(APPS[profile], path, body), check_schema)
