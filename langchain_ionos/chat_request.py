"""Combine the options of a model and of one call into a chat request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from ionos_model_hub.wire.request_types import ChatMessage, ChatOptions
from langchain_ionos.chat_fields import OPTIONS, MaxTokensField
from langchain_ionos.convert.tools import tool_choice_to_wire, tools_to_wire
from langchain_ionos.errors import IONOSInvalidRequestError
from langchain_ionos.structured_output import build_response_format

# LangChain passes these to every call, but they are not fields of the API.
_NOT_SENT = frozenset({"stream", "stream_usage"})


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """The arguments of one call to a client."""

    messages: list[ChatMessage]
    model: str
    options: ChatOptions


def own_options(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a model that are set."""
    options = ((name, fields[name]) for name in OPTIONS)
    return {name: value for name, value in options if value not in (None, [], {})}


def build_chat_request(
    messages: list[ChatMessage],
    defaults: Mapping[str, Any],
    overrides: Mapping[str, Any],
    *,
    stop: Sequence[str] | str | None = None,
    max_tokens_field: MaxTokensField = "max_tokens",
) -> ChatRequest:
    """Return the request for one call of a model.

    Args:
        messages: The conversation, in the API's form.
        defaults: The model's id and options.
        overrides: The options of the call. They take precedence over the defaults, unless they
            are None. Tools, tool choices and response formats may have any form that LangChain
            accepts.
        stop: The stop sequences of the call.
        max_tokens_field: The name under which `max_tokens` is sent.

    Raises:
        IONOSInvalidRequestError: The tool choice is neither a tool's name nor a known choice.

    Example:
        >>> request = build_chat_request(
        ...     [], {"model": "m", "temperature": 0.5}, {"temperature": 0.0}
        ... )
        >>> request.model, request.options
        ('m', {'temperature': 0.0})
    """
    given = {
        name: value
        for name, value in overrides.items()
        if value is not None and name not in _NOT_SENT
    }
    options = {**defaults, **given}
    if stop is not None:
        options["stop"] = stop if isinstance(stop, str) else list(stop)
    if "extra_body" in defaults and "extra_body" in given:
        options["extra_body"] = {**defaults["extra_body"], **given["extra_body"]}
    _unify_max_tokens(options, given, max_tokens_field)
    _convert_to_wire(options)
    model = options.pop("model")
    sent = {name: value for name, value in options.items() if value != []}
    return ChatRequest(messages, model, cast("ChatOptions", sent))


def prepare_stream(request: ChatRequest, *, include_usage: bool) -> ChatRequest:
    """Return a request for streaming; raises IONOSInvalidRequestError if `n` is above 1."""
    if request.options.get("n", 1) > 1:
        raise IONOSInvalidRequestError(
            "n is above 1, but a stream contains one message.",
            hint="Use invoke with streaming=False, or batch.",
            param="n",
        )
    if not include_usage:
        request.options.setdefault("stream_options", {"include_usage": False})
    return request


def _unify_max_tokens(
    options: dict[str, Any], given: Mapping[str, Any], max_tokens_field: MaxTokensField
) -> None:
    """Keep only the limit that takes precedence, under the requested name."""
    if "max_completion_tokens" in given and "max_tokens" not in given:
        options.pop("max_tokens", None)
    elif max_tokens_field != "max_tokens" and "max_tokens" in options:
        options[max_tokens_field] = options.pop("max_tokens")


def _convert_to_wire(options: dict[str, Any]) -> None:
    """Replace tools, tool choice and response format by the API's form."""
    if "tools" in options:
        options["tools"] = tools_to_wire(options["tools"])
    if "tool_choice" in options:
        names = [tool["function"]["name"] for tool in options.get("tools", ())]
        choice = tool_choice_to_wire(options.pop("tool_choice"), names)
        if choice is not None:
            options["tool_choice"] = choice
    if "response_format" in options:
        options["response_format"] = build_response_format(options["response_format"])
