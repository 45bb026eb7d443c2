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


class ObjectServer:
    """Responds with one JSON value, as text or as a call of the only tool.

    Attributes:
        text: The text, or the arguments of the call.
        finish_reason: Why the model stopped.
        writes_prose: Whether the text is sent as text although there is a tool.
        request: The last request.
    """

    def __init__(self, value: object = None) -> None:
        self.text = json.dumps(value)
        self.finish_reason = "stop"
        self.writes_prose = False
        self.request: Json = {}

    def __call__(self, request: Json) -> httpx.Response:
        self.request = request
        message: Json = {"content": self.text}
        if "tools" in request and not self.writes_prose:
            name = request["tools"][0]["function"]["name"]
            call = {"id": "a", "index": 0, "function": {"name": name, "arguments": self.text}}
            message = {"content": "", "tool_calls": [call]}
        choice = {"index": 0, "message": message, "finish_reason": self.finish_reason}
        return respond(request, {"choices": [choice]})


def respond(request: Json, body: Json) -> httpx.Response:
    """Return a chat completion as JSON, or as a stream of one event if `stream` is set."""
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
