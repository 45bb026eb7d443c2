"""`POST /completions`."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ionos_model_hub.catalogue import Model
from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.contract import check_body
from ionos_model_hub.emulator.endpoints.chat import response_head
from ionos_model_hub.emulator.endpoints.scripted import generate_choices, scripted_pieces
from ionos_model_hub.emulator.engine.chat_rules import check_stream_options
from ionos_model_hub.emulator.engine.completion_response import CompletionResult
from ionos_model_hub.emulator.engine.prompts import Prompt, read_prompts
from ionos_model_hub.emulator.engine.request_types import CompletionRequest
from ionos_model_hub.emulator.engine.sampling_rules import (
    check_prompt,
    check_sampling,
    completion_limit,
)
from ionos_model_hub.emulator.engine.validation import parse_body
from ionos_model_hub.emulator.errors import ApiError, bad_request, invalid_parameter
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.models import get_model
from ionos_model_hub.emulator.profiles import HubQuirk
from ionos_model_hub.emulator.responder.small_talk import continuation
from ionos_model_hub.emulator.script import Reply
from ionos_model_hub.emulator.text import tokens

DEFAULT_MAX_TOKENS = 16


def create_completion(
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
    request, _, prompts, limit = check_completion_request(body, config)
    result = CompletionResult(
        request,
        tuple(prompts),
        generate_choices(_outputs(prompts, config, reply), request.stops, limit, reply),
        response_head("cmpl", body, request.model, config),
    )
    return result.stream() if request.stream else result.complete()


class CheckedCompletionRequest(NamedTuple):
    """A valid request.

    Attributes:
        request: The request.
        model: The model that it names.
        prompts: The prompt of each choice.
        limit: Largest number of tokens of each completion, or None.
    """

    request: CompletionRequest
    model: Model
    prompts: list[Prompt]
    limit: int | None


def check_completion_request(body: Json, config: ServerConfig) -> CheckedCompletionRequest:
    """Check a request body.

    Raises:
        ApiError: The request is invalid.
    """
    request = _validate(body, config)
    model = get_model(request.model, "chat", config)
    if request.stream and not model.streaming and config.has(HubQuirk.NO_OCR_STREAM):
        raise bad_request(f"{model.id} does not support streaming", "stream")
    check_sampling(request, config, request.logprobs)
    prompts = read_prompts(request.prompt or [])
    limit = _limit(model, request, config, prompts)
    choices = [prompt for prompt in prompts for _ in range(request.n or 1)]
    return CheckedCompletionRequest(request, model, choices, limit)


def _validate(body: Json, config: ServerConfig) -> CompletionRequest:
    if config.has(HubQuirk.CONTRACT):
        check_body("CompletionRequest", body)
    check_stream_options(body)
    if body.get("prompt") in (None, ""):
        message = "Either prompt or prompt_embeds must be provided and non-empty."
        raise invalid_parameter(message, "prompt")
    request = parse_body(CompletionRequest, body)
    if request.logprobs is not None and request.logprobs < -1:
        message = "`logprobs` must be a positive value or -1."
        raise invalid_parameter(message, "logprobs", request.logprobs)
    if request.suffix:
        message = "suffix is only supported for models with FIM completion rendering"
        raise ApiError(400, message, "suffix")
    return request


def _limit(
    model: Model, request: CompletionRequest, config: ServerConfig, prompts: Sequence[Prompt]
) -> int | None:
    """Return the largest number of tokens of each completion."""
    for prompt in prompts:
        check_prompt(model, config, len(prompt.tokens), len(prompt.text))
    requested = DEFAULT_MAX_TOKENS if request.max_tokens is None else request.max_tokens
    if request.echo and requested == 0:  # only the prompt is returned, but a token is generated
        requested = 1
    longest = max(len(prompt.tokens) for prompt in prompts)
    return completion_limit(model, config, "max_tokens", requested, longest)


def _outputs(
    prompts: Sequence[Prompt], config: ServerConfig, reply: Reply | None
) -> Iterator[Sequence[str]]:
    """Yield the tokens of each completion."""
    for index, prompt in enumerate(prompts):
        if reply is None:
            yield tokens(continuation(prompt.text, config.seed, index))
        elif reply.generated is not None:
            yield reply.generated[index % len(reply.generated)]
        else:
            yield scripted_pieces(reply)
