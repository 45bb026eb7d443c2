"""`POST /chat/completions`."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ionos_model_hub.catalogue import Model
from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.contract import check_chat_body
from ionos_model_hub.emulator.endpoints.scripted import (
    generate_choices,
    scripted_format,
    scripted_outputs,
)
from ionos_model_hub.emulator.engine.chat_response import ChatResult
from ionos_model_hub.emulator.engine.chat_rules import check_chat_rules
from ionos_model_hub.emulator.engine.grammar import check_grammar
from ionos_model_hub.emulator.engine.output_parser import HARMONY, MISTRAL, OutputFormat
from ionos_model_hub.emulator.engine.request_types import ChatRequest
from ionos_model_hub.emulator.engine.sampling_rules import (
    check_prompt,
    check_sampling,
    completion_limit,
)
from ionos_model_hub.emulator.engine.validation import parse_body
from ionos_model_hub.emulator.errors import ApiError, bad_request, gateway_error
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.models import CREATED, get_model
from ionos_model_hub.emulator.profiles import HubQuirk
from ionos_model_hub.emulator.responder.conversation import image_urls, text_of
from ionos_model_hub.emulator.responder.message import write_message
from ionos_model_hub.emulator.responder.vision import describe_image
from ionos_model_hub.emulator.script import Reply
from ionos_model_hub.emulator.text import count_tokens, digest, tokens

_FAILS_WITHOUT_REASONING = "Qwen/Qwen3.5-397B-A17B"
_TOKENS_PER_MESSAGE = 4
_TOKENS_PER_IMAGE = 256


def create_chat_completion(
    body: Json, config: ServerConfig, reply: Reply | None = None
) -> Json | Iterator[Json]:
    """Return the response body, or the chunks of its stream.

    Args:
        body: Request body.
        config: Configuration of the server.
        reply: Scripted output of the model.

    Raises:
        ApiError: The request is invalid.
    """
    request, model, prompt_tokens, limit = check_chat_request(body, config)
    output_format = _output_format(model, request, config)
    if reply is None:
        outputs = _default_outputs(model, request, body["messages"], config, output_format)
    else:
        if reply.tool_calls and output_format.tool_choice == "none":
            reason = "'tool_choice' is 'none'" if request.tools else "the request has no tools"
            raise bad_request(f"The scripted reply has tool calls, but {reason}.", "tools")
        output_format = scripted_format(output_format, reply)
        outputs = scripted_outputs(output_format, reply, request.n or 1)
    result = ChatResult(
        request,
        output_format,
        generate_choices(outputs, request.stops, limit, reply),
        prompt_tokens,
        response_head("chatcmpl", body, request.model, config),
        is_refusal=reply is not None and reply.refusal is not None,
    )
    return result.stream() if request.stream else result.complete()


class CheckedChatRequest(NamedTuple):
    """A valid request.

    Attributes:
        request: The request.
        model: The model that it names.
        prompt_tokens: Number of tokens of the prompt.
        limit: Largest number of completion tokens, or None.
    """

    request: ChatRequest
    model: Model
    prompt_tokens: int
    limit: int | None


def check_chat_request(body: Json, config: ServerConfig) -> CheckedChatRequest:
    """Check a request body.

    Raises:
        ApiError: The request is invalid.
    """
    if config.has(HubQuirk.CONTRACT):
        check_chat_body(body)
    check_chat_rules(body)
    request = parse_body(ChatRequest, body)
    model = get_model(request.model, "chat", config)
    check_sampling(request, config, request.top_logprobs)
    _check_model(model, request, body["messages"], config)
    prompt_tokens = _check_prompt(model, request, body["messages"], config)
    name = "max_tokens" if request.max_completion_tokens is None else "max_completion_tokens"
    limit = completion_limit(model, config, name, getattr(request, name), prompt_tokens)
    return CheckedChatRequest(request, model, prompt_tokens, limit)


def response_head(prefix: str, body: Json, model_id: str | None, config: ServerConfig) -> Json:
    """Return id, creation time and model of a response, streamed or not."""
    identity = digest(config.seed, {key: body[key] for key in body if not key.startswith("stream")})
    created = CREATED + int(identity[-4:], 16)
    return {"id": f"{prefix}-{identity[:16]}", "created": created, "model": model_id}


def _default_outputs(
    model: Model,
    request: ChatRequest,
    messages: list[Json],
    config: ServerConfig,
    output_format: OutputFormat,
) -> Iterator[Sequence[str]]:
    """Yield the tokens that the emulated model generates for each choice."""
    for index in range(request.n or 1):
        message = write_message(
            model,
            request,
            messages,
            config.seed,
            index,
            allows_calls=_allows_calls(request, output_format.tool_parser),
            any_arguments=output_format.tool_parser in ("hermes", "llama3_json", HARMONY),
            short_reasoning=not config.has(HubQuirk.REASONING_LENGTH),
        )
        text = output_format.render(
            message.reasoning, message.calls, message.text, is_free_text=message.is_free_text
        )
        yield tokens(text)


def _allows_calls(request: ChatRequest, tool_parser: str) -> bool:
    """Return whether the grammar of `response_format` permits tool calls.

    With a free choice, it does so only if a tool is strict, except for Mistral's parser, whose
    grammar always contains both.
    """
    if not request.has_grammar or request.forces_call or tool_parser == MISTRAL:
        return True
    return any(tool.function.strict for tool in request.tools or ())


def _output_format(model: Model, request: ChatRequest, config: ServerConfig) -> OutputFormat:
    choice: Any = request.tool_choice or ("auto" if request.tools else "none")
    template = request.chat_template_kwargs or {}
    has_parser = config.reasoning_parser_of(model) is not None
    thinks = request.reasoning_effort != "none" and template.get("enable_thinking") is not False
    return OutputFormat(
        tool_parser=config.tool_parser_of(model),
        reasons=has_parser and thinks,
        counts_reasoning=has_parser,
        tool_choice=choice if isinstance(choice, str) else "named",
        parameters={
            tool.function.name: tool.function.parameters or {} for tool in request.tools or ()
        },
        single_call=request.parallel_tool_calls is False,
    )


def _check_model(
    model: Model, request: ChatRequest, messages: list[Json], config: ServerConfig
) -> None:
    images = [url for message in messages for url in image_urls(message)]
    if images and not model.vision:
        raise ApiError(400, f"{model.id} is not a multimodal model")
    for url in images:
        describe_image(url)
    if request.stream and not model.streaming and config.has(HubQuirk.NO_OCR_STREAM):
        raise bad_request(f"{model.id} does not support streaming", "stream")
    wrapper = request.response_format.json_schema if request.response_format else None
    if request.reasoning_effort == "none":
        _check_no_reasoning(model, wrapper is not None, config)
    if wrapper is not None and wrapper.definition is not None:
        check_grammar(wrapper.definition)


def _check_no_reasoning(model: Model, has_schema: bool, config: ServerConfig) -> None:
    can_disable = "none" in model.reasoning_efforts
    if model.reasoning and not can_disable and config.has(HubQuirk.HARMONY_EFFORT):
        message = "Harmony does not support reasoning_effort='none'"
        raise bad_request(message, "reasoning_effort")
    if (
        model.id == _FAILS_WITHOUT_REASONING
        and has_schema
        and config.has(HubQuirk.QWEN_WITHOUT_REASONING)
    ):
        raise gateway_error("Network error: EOF")


def _check_prompt(
    model: Model, request: ChatRequest, messages: list[Json], config: ServerConfig
) -> int:
    """Return the number of tokens of the prompt."""
    texts = [text_of(message) for message in messages]
    texts += [json.dumps(m["tool_calls"]) for m in messages if m.get("tool_calls")]
    texts += [tool.model_dump_json() for tool in request.tools or ()]
    images = sum(1 for message in messages for _ in image_urls(message))
    overhead = _TOKENS_PER_MESSAGE * len(messages) + _TOKENS_PER_IMAGE * images
    prompt_tokens = overhead + sum(map(count_tokens, texts))
    check_prompt(model, config, prompt_tokens, sum(map(len, texts)))
    return prompt_tokens
