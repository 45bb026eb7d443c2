"""Build requests, and return their bodies or errors."""

import json
from typing import Any

import pytest

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire import requests
from ionos_model_hub.wire.requests import Request, StreamableRequest

USER = {"role": "user", "content": "Hallo"}


def tool(name: str, **more: object) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, **more}}


def choice_of(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


def sent(call: StreamableRequest[Any] | Request[Any]) -> dict[str, Any]:
    """Return the body of a request."""
    content = (call.non_streamed() if isinstance(call, StreamableRequest) else call).encode()
    assert content is not None
    body: dict[str, Any] = json.loads(content)
    return body


def chat(**options: Any) -> dict[str, Any]:
    """Return the body of a chat request."""
    return sent(requests.chat("m", [USER], options))


def rejected(param: str | None, build: Any, *arguments: Any) -> InvalidRequestError:
    """Return the error of a request that must be rejected for `param`."""
    with pytest.raises(InvalidRequestError) as caught:
        sent(build(*arguments))
    assert caught.value.param == param
    assert caught.value.__context__ is None
    return caught.value
