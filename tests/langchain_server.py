"""A chat server as a function, for unit tests of `langchain_ionos`: no sockets."""

import json
from collections.abc import Callable
from typing import Any

import httpx

Json = dict[str, Any]
Respond = Callable[[Json], httpx.Response]
Connect = Callable[[Respond], Json]

TOKEN_USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}


class HelloServer:
    """Records requests and responds with "Hello <n>" for each choice, streamed or not."""

    def __init__(self) -> None:
        self.requests: list[Json] = []

    def __call__(self, request: Json) -> httpx.Response:
        self.requests.append(request)
        choices = [
            {"index": index, "message": {"content": f"Hello {index}"}, "finish_reason": "stop"}
            for index in range(request.get("n", 1))
        ]
        body = {"model": request["model"], "choices": choices, "usage": TOKEN_USAGE}
        return respond(request, body)

    @property
    def last_request(self) -> Json:
        return self.requests[-1]


def respond(request: Json, body: Json) -> httpx.Response:
    """Return a chat completion as JSON, or as a stream of one event if the request wants it."""
    if not request.get("stream"):
        return httpx.Response(200, json=body)
    choices = [
        {**choice, "delta": choice["message"], "message": None} for choice in body["choices"]
    ]
    return stream_response([{**body, "choices": choices}])


def stream_response(events: list[Json], *, done: bool = True) -> httpx.Response:
    """Return server-sent events."""
    lines = [f"data: {json.dumps(event)}\n\n" for event in events]
    content = "".join([*lines, "data: [DONE]\n\n" if done else ""]).encode()
    return httpx.Response(200, content=content, headers={"content-type": "text/event-stream"})
