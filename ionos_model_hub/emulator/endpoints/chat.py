"""`POST /chat/completions`: what the model answers to a valid request."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import Any

from ionos_model_hub.catalogue import Model
from ionos_model_hub.emulator.contract import Json, check_chat
from ionos_model_hub.emulator.endpoints.choice import Answer, ToolCall, chat_logprobs, cut, usage
from ionos_model_hub.emulator.errors import bad_request, gateway_failure
from ionos_model_hub.emulator.json_instances.instances import UnsatisfiableError
from ionos_model_hub.emulator.models import CREATED, check_context, pick
from ionos_model_hub.emulator.responder import code_act, react, structured
from ionos_model_hub.emulator.responder import small_talk as dialogue
from ionos_model_hub.emulator.responder.conversation import (
    Call,
    Conversation,
    image_urls,
    read,
    text_of,
)
from ionos_model_hub.emulator.responder.text import count_tokens, digest, tokens, topic
from ionos_model_hub.emulator.responder.tools import choose_calls, read_tools
from ionos_model_hub.emulator.responder.vision import describe

# Tokens of thought that were measured for each effort; None stands for no effort given.
_THOUGHTS = {"low": 28, None: 56, "medium": 56, "high": 179}
_OCR = "lightonai/LightOnOCR-2-1B"
_BROKEN_WITHOUT_THINKING = "Qwen/Qwen3.5-397B-A17B"
_TOKENS_PER_MESSAGE = 4
_TOKENS_PER_IMAGE = 256


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answers, ready to be told whole or piece by piece."""

    body: Json
    answers: tuple[Answer, ...]
    usage: Json
    head: Json


def answer_chat(body: Json, seed: int, today: date) -> Json | Iterator[Json]:
    """Return the response body, or the chunks of its stream.

    Raises:
        RefusalError: The hub would refuse the request.
    """
    check_chat(body)
    model = pick(body["model"], "chat", today)
    _check_model(model, body)
    prompt_tokens = _prompt_tokens(body)
    budget = body.get("max_completion_tokens", body.get("max_tokens"))
    check_context(model, prompt_tokens, budget or 0, "messages")
    answers = tuple(
        cut(
            _compose(model, body, seed, index),
            body.get("stop", ()),
            budget or model.max_output_tokens,
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
    exchange = Exchange(body, answers, usage(prompt_tokens, answers), head)
    return _chunks(exchange) if body.get("stream") else _whole(exchange)


def _check_model(model: Model, body: Json) -> None:
    images = [url for message in body["messages"] for url in image_urls(message)]
    if images and not model.vision:
        raise bad_request(f"{model.id} is not a multimodal model", "messages")
    for url in images:
        describe(url)
    if body.get("stream") and not model.streaming:
        raise bad_request(f"{model.id} does not support streaming", "stream")
    if body.get("top_logprobs") and not body.get("logprobs"):
        raise bad_request("'top_logprobs' needs 'logprobs' to be true", "top_logprobs")
    if body.get("reasoning_effort") != "none":
        return
    if model.reasoning and "none" not in model.reasoning_efforts:
        raise bad_request("Harmony does not support reasoning_effort='none'", "reasoning_effort")
    if model.id == _BROKEN_WITHOUT_THINKING and "json_schema" in body.get("response_format", {}):
        raise gateway_failure("Network error: EOF")


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


def _compose(model: Model, body: Json, seed: int, index: int) -> Answer:
    conversation = read(body["messages"])
    if model.id == _OCR:
        return Answer(_transcript(conversation))
    reasoning = _think(model, body.get("reasoning_effort"), conversation)
    try:
        calls = _calls(model, body, conversation)
        if calls:
            identity = digest(seed, body["messages"], index)
            return Answer("", reasoning, tuple(_wired(calls, identity)), "tool_calls")
        said = dialogue.reply(conversation, seed, index)
        step = react.reply(body["messages"], said) or code_act.reply(body["messages"], said)
    except UnsatisfiableError as problem:
        raise bad_request(f"No arguments satisfy the tool: {problem}", "tools") from None
    formatted = structured.reply(conversation, body.get("response_format", {}), said)
    return Answer(formatted or step or said, reasoning)


def _calls(model: Model, body: Json, conversation: Conversation) -> list[Call]:
    choice: Any = body.get("tool_choice", "auto")
    if not body.get("tools") or choice == "none" or model.tools is False:
        return []
    tools = read_tools(body["tools"])
    if isinstance(choice, dict):
        tools = [tool for tool in tools if tool.name == choice["function"]["name"]]
    calls = choose_calls(tools, conversation.question, conversation.called, forced=choice != "auto")
    return calls[:1] if body.get("parallel_tool_calls") is False else calls


def _wired(calls: list[Call], identity: str) -> Iterator[ToolCall]:
    for number, call in enumerate(calls):
        arguments = json.dumps(call.arguments, ensure_ascii=False)
        yield ToolCall(f"call_{digest(identity, number)[:24]}", call.name, arguments)


def _think(model: Model, effort: str | None, conversation: Conversation) -> str:
    if not model.reasoning or effort == "none":
        return ""
    wanted = _THOUGHTS.get(effort, 56) if model.reasoning_efforts != ("none",) else 120
    subject = topic(conversation.question) or "something"
    thought = f"The user asks about {subject}. I weigh what is known. "
    return "".join(tokens(thought * ceil(wanted / count_tokens(thought)))[:wanted]).rstrip()


def _transcript(conversation: Conversation) -> str:
    return "\n\n".join(["# Page 1", *map(describe, conversation.images)])


def _whole(exchange: Exchange) -> Json:
    choices = []
    for index, answer in enumerate(exchange.answers):
        message: Json = {"role": "assistant", "content": answer.content}
        if answer.reasoning:
            message["reasoning"] = answer.reasoning
        if answer.calls:
            message["tool_calls"] = [call.wire() for call in answer.calls]
        choice = {"index": index, "message": message, "finish_reason": answer.finish}
        if exchange.body.get("logprobs"):
            choice["logprobs"] = chat_logprobs(
                answer.content, exchange.body.get("top_logprobs") or 0
            )
        choices.append(choice)
    return {
        **exchange.head,
        "object": "chat.completion",
        "choices": choices,
        "usage": exchange.usage,
    }


def _chunks(exchange: Exchange) -> Iterator[Json]:
    head = {**exchange.head, "object": "chat.completion.chunk"}
    streams = [_choice_chunks(exchange, index) for index in range(len(exchange.answers))]
    while streams:
        for stream in list(streams):
            choice = next(stream, None)
            if choice is None:
                streams.remove(stream)
            else:
                yield {**head, "choices": [choice]}
    if (exchange.body.get("stream_options") or {}).get("include_usage"):
        yield {**head, "choices": [], "usage": exchange.usage}


def _choice_chunks(exchange: Exchange, index: int) -> Iterator[Json]:
    answer = exchange.answers[index]
    for delta in _deltas(answer):
        choice: Json = {"index": index, "delta": delta, "finish_reason": None}
        if exchange.body.get("logprobs") and delta.get("content"):
            top = exchange.body.get("top_logprobs") or 0
            choice["logprobs"] = chat_logprobs(delta["content"], top)
        yield choice
    yield {"index": index, "delta": {}, "finish_reason": answer.finish}


def _deltas(answer: Answer) -> Iterator[Json]:
    yield {"role": "assistant", "content": ""}
    yield from ({"reasoning": piece} for piece in tokens(answer.reasoning))
    yield from ({"content": piece} for piece in tokens(answer.content))
    for index, call in enumerate(answer.calls):
        yield {
            "tool_calls": [
                {"index": index, **call.wire(), "function": {"name": call.name, "arguments": ""}}
            ]
        }
        for piece in tokens(call.arguments):
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}
