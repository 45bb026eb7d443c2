"""`POST /chat/completions`."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import Any

from ionos_model_hub.catalogue import Model
from ionos_model_hub.emulator.contract import Json, check_chat_body
from ionos_model_hub.emulator.endpoints.choice import (
    Choice,
    ToolCall,
    chat_logprobs,
    token_usage,
    truncate,
)
from ionos_model_hub.emulator.errors import bad_request, gateway_error
from ionos_model_hub.emulator.json_instances.instances import UnsatisfiableError
from ionos_model_hub.emulator.models import CREATED, check_context, get_model
from ionos_model_hub.emulator.responder.code_act import code_act_response
from ionos_model_hub.emulator.responder.conversation import (
    Conversation,
    FunctionCall,
    image_urls,
    read_conversation,
    text_of,
)
from ionos_model_hub.emulator.responder.react import react_response
from ionos_model_hub.emulator.responder.small_talk import reply_text
from ionos_model_hub.emulator.responder.structured import structured_response
from ionos_model_hub.emulator.responder.text import count_tokens, digest, tokens, topic
from ionos_model_hub.emulator.responder.tool_selection import choose_calls
from ionos_model_hub.emulator.responder.tools import read_tools
from ionos_model_hub.emulator.responder.vision import describe_image

# Measured numbers of reasoning tokens for each effort; None means that it is not set.
_REASONING_TOKENS = {"low": 28, None: 56, "medium": 56, "high": 179}
_OCR_MODEL = "lightonai/LightOnOCR-2-1B"
_FAILS_WITHOUT_REASONING = "Qwen/Qwen3.5-397B-A17B"
_TOKENS_PER_MESSAGE = 4
_TOKENS_PER_IMAGE = 256


@dataclass(frozen=True, slots=True)
class _Completion:
    """A request and its complete response, to be returned at once or streamed."""

    body: Json
    choices: tuple[Choice, ...]
    usage: Json
    head: Json


def create_chat_completion(body: Json, seed: int, today: date) -> Json | Iterator[Json]:
    """Return the response body, or the chunks of its stream.

    Raises:
        ApiError: The request is invalid.
    """
    check_chat_body(body)
    model = get_model(body["model"], "chat", today)
    _check_model(model, body)
    prompt_tokens = _prompt_tokens(body)
    max_tokens = body.get("max_completion_tokens", body.get("max_tokens"))
    check_context(model, prompt_tokens, max_tokens or 0, "messages")
    choices = tuple(
        truncate(
            _make_choice(model, body, seed, index),
            body.get("stop", ()),
            max_tokens or model.max_output_tokens,
        )
        for index in range(body.get("n", 1))
    )
    identity = digest(seed, {key: body[key] for key in body if not key.startswith("stream")})
    head = {
        "id": f"chatcmpl-{identity[:32]}",
        "created": CREATED + int(identity[-4:], 16),
        "model": body["model"],
        "system_fingerprint": f"fp_{digest(model.id)[:10]}",
    }
    completion = _Completion(body, choices, token_usage(prompt_tokens, choices), head)
    return _chunks(completion) if body.get("stream") else _complete_response(completion)


def _check_model(model: Model, body: Json) -> None:
    images = [url for message in body["messages"] for url in image_urls(message)]
    if images and not model.vision:
        raise bad_request(f"{model.id} is not a multimodal model", "messages")
    for url in images:
        describe_image(url)
    if body.get("stream") and not model.streaming:
        raise bad_request(f"{model.id} does not support streaming", "stream")
    if body.get("top_logprobs") and not body.get("logprobs"):
        raise bad_request("'top_logprobs' requires 'logprobs' to be true", "top_logprobs")
    if body.get("reasoning_effort") != "none":
        return
    if model.reasoning and "none" not in model.reasoning_efforts:
        raise bad_request("Harmony does not support reasoning_effort='none'", "reasoning_effort")
    if model.id == _FAILS_WITHOUT_REASONING and "json_schema" in body.get("response_format", {}):
        raise gateway_error("Network error: EOF")


def _prompt_tokens(body: Json) -> int:
    texts = [text_of(message) for message in body["messages"]]
    texts += [
        json.dumps(message["tool_calls"])
        for message in body["messages"]
        if message.get("tool_calls")
    ]
    texts += [json.dumps(body["tools"])] if body.get("tools") else []
    images = sum(1 for message in body["messages"] for _ in image_urls(message))
    overhead = _TOKENS_PER_MESSAGE * len(body["messages"]) + _TOKENS_PER_IMAGE * images
    return overhead + sum(map(count_tokens, texts))


def _make_choice(model: Model, body: Json, seed: int, index: int) -> Choice:
    conversation = read_conversation(body["messages"])
    if model.id == _OCR_MODEL:
        return Choice(_transcript(conversation))
    reasoning = _reasoning(model, body.get("reasoning_effort"), conversation)
    try:
        calls = _calls(model, body, conversation)
        if calls:
            identity = digest(seed, body["messages"], index)
            return Choice("", reasoning, tuple(_tool_calls(calls, identity)), "tool_calls")
        text = reply_text(conversation, seed, index)
        step = react_response(body["messages"], text) or code_act_response(body["messages"], text)
    except UnsatisfiableError as problem:
        raise bad_request(
            f"No arguments satisfy the parameters of the tool: {problem}", "tools"
        ) from None
    formatted = structured_response(conversation, body.get("response_format", {}), text)
    return Choice(formatted or step or text, reasoning)


def _calls(model: Model, body: Json, conversation: Conversation) -> list[FunctionCall]:
    choice: Any = body.get("tool_choice", "auto")
    if not body.get("tools") or choice == "none" or model.tools is False:
        return []
    tools = read_tools(body["tools"])
    if isinstance(choice, dict):
        tools = [tool for tool in tools if tool.name == choice["function"]["name"]]
    calls = choose_calls(tools, conversation.question, conversation.called, forced=choice != "auto")
    return calls[:1] if body.get("parallel_tool_calls") is False else calls


def _tool_calls(calls: list[FunctionCall], identity: str) -> Iterator[ToolCall]:
    for number, call in enumerate(calls):
        arguments = json.dumps(call.arguments, ensure_ascii=False)
        yield ToolCall(f"call_{digest(identity, number)[:24]}", call.name, arguments)


def _reasoning(model: Model, effort: str | None, conversation: Conversation) -> str:
    if not model.reasoning or effort == "none":
        return ""
    length = _REASONING_TOKENS.get(effort, 56) if model.reasoning_efforts != ("none",) else 120
    subject = topic(conversation.question) or "something"
    sentence = f"The user asks about {subject}. I weigh what is known. "
    return "".join(tokens(sentence * ceil(length / count_tokens(sentence)))[:length]).rstrip()


def _transcript(conversation: Conversation) -> str:
    return "\n\n".join(["# Page 1", *map(describe_image, conversation.images)])


def _complete_response(completion: _Completion) -> Json:
    choices = []
    for index, choice in enumerate(completion.choices):
        message: Json = {"role": "assistant", "content": choice.content}
        if choice.reasoning:
            message["reasoning"] = choice.reasoning
        if choice.calls:
            message["tool_calls"] = [call.to_json() for call in choice.calls]
        item = {"index": index, "message": message, "finish_reason": choice.finish_reason}
        if completion.body.get("logprobs"):
            top = completion.body.get("top_logprobs") or 0
            item["logprobs"] = chat_logprobs(choice.content, top)
        choices.append(item)
    return {
        **completion.head,
        "object": "chat.completion",
        "choices": choices,
        "usage": completion.usage,
    }


def _chunks(completion: _Completion) -> Iterator[Json]:
    head = {**completion.head, "object": "chat.completion.chunk"}
    streams = [_choice_chunks(completion, index) for index in range(len(completion.choices))]
    while streams:
        for stream in list(streams):
            choice = next(stream, None)
            if choice is None:
                streams.remove(stream)
            else:
                yield {**head, "choices": [choice]}
    if (completion.body.get("stream_options") or {}).get("include_usage"):
        yield {**head, "choices": [], "usage": completion.usage}


def _choice_chunks(completion: _Completion, index: int) -> Iterator[Json]:
    choice = completion.choices[index]
    for delta in _deltas(choice):
        item: Json = {"index": index, "delta": delta, "finish_reason": None}
        if completion.body.get("logprobs") and delta.get("content"):
            top = completion.body.get("top_logprobs") or 0
            item["logprobs"] = chat_logprobs(delta["content"], top)
        yield item
    yield {"index": index, "delta": {}, "finish_reason": choice.finish_reason}


def _deltas(choice: Choice) -> Iterator[Json]:
    yield {"role": "assistant", "content": ""}
    yield from ({"reasoning": piece} for piece in tokens(choice.reasoning))
    yield from ({"content": piece} for piece in tokens(choice.content))
    for index, call in enumerate(choice.calls):
        yield {
            "tool_calls": [
                {"index": index, **call.to_json(), "function": {"name": call.name, "arguments": ""}}
            ]
        }
        for piece in tokens(call.arguments):
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}
