"""The options of one chat call: the model's own, and what the caller says beside the messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

from ionos_model_hub.wire.request_types import ChatMessage, ChatOptions
from langchain_ionos.convert import tools
from langchain_ionos.errors import IONOSInvalidRequestError
from langchain_ionos.structured_output import response_format

MaxTokensField: TypeAlias = Literal["max_tokens", "max_completion_tokens"]

OPTIONS = (
    "temperature",
    "top_p",
    "n",
    "max_tokens",
    "stop",
    "seed",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
    "logprobs",
    "top_logprobs",
    "user",
    "reasoning_effort",
    "parallel_tool_calls",
    "extra_body",
)

# What LangChain passes along that is no field of the API.
_NOT_SENT = frozenset({"stream", "stream_usage"})


@dataclass(frozen=True, slots=True)
class Call:
    """One call, ready for a client."""

    messages: list[ChatMessage]
    model: str
    options: ChatOptions


def what_is_set(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options among a model's fields that have a value."""
    options = ((name, fields[name]) for name in OPTIONS)
    return {name: value for name, value in options if value not in (None, [], {})}


def build_call(
    messages: list[ChatMessage],
    defaults: Mapping[str, Any],
    given: Mapping[str, Any],
    *,
    stop: Sequence[str] | None = None,
    max_tokens_field: MaxTokensField = "max_tokens",
) -> Call:
    """Return the call that a model makes.

    Args:
        messages: The conversation, as the hub takes it.
        defaults: The model's id and its own options.
        given: The call's; None leaves the default, and everything else outdoes it. Tools, tool
            choices and response formats may have any form that LangChain knows.
        stop: The call's stop sequences.
        max_tokens_field: Under which name the bound on the answer's tokens is sent.

    Raises:
        IONOSInvalidRequestError: A tool choice means nothing.

    Example:
        >>> call = build_call([], {"model": "m", "temperature": 0.5}, {"temperature": 0.0})
        >>> call.model, call.options
        ('m', {'temperature': 0.0})
    """
    said = {
        name: value for name, value in given.items() if value is not None and name not in _NOT_SENT
    }
    options = {**defaults, **said}
    if stop is not None:
        options["stop"] = list(stop)
    if "extra_body" in defaults and "extra_body" in said:
        options["extra_body"] = {**defaults["extra_body"], **said["extra_body"]}
    _name_max_tokens(options, said, max_tokens_field)
    _convert(options)
    model = options.pop("model")
    what_is_left = {name: value for name, value in options.items() if value != []}
    return Call(messages, model, cast("ChatOptions", what_is_left))


def for_stream(call: Call, *, wants_usage: bool) -> Call:
    """Return a call as it is streamed; raises IONOSInvalidRequestError for several answers."""
    if call.options.get("n", 1) > 1:
        raise IONOSInvalidRequestError(
            "n is above 1, and a stream holds one answer.",
            hint="Use invoke with streaming=False, or batch.",
            param="n",
        )
    if not wants_usage:
        call.options.setdefault("stream_options", {"include_usage": False})
    return call


def _name_max_tokens(
    options: dict[str, Any], said: Mapping[str, Any], max_tokens_field: MaxTokensField
) -> None:
    """Keep the bound that outdoes the other, under the name that is asked for."""
    if "max_completion_tokens" in said and "max_tokens" not in said:
        options.pop("max_tokens", None)
    elif max_tokens_field != "max_tokens" and "max_tokens" in options:
        options[max_tokens_field] = options.pop("max_tokens")


def _convert(options: dict[str, Any]) -> None:
    if "tools" in options:
        options["tools"] = tools.to_wire(options["tools"])
    if "tool_choice" in options:
        names = [tool["function"]["name"] for tool in options.get("tools", ())]
        choice = tools.choice_to_wire(options.pop("tool_choice"), names)
        if choice is not None:
            options["tool_choice"] = choice
    if "response_format" in options:
        options["response_format"] = response_format(options["response_format"])
