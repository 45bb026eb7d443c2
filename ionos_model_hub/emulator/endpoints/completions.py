"""`POST /completions`: continuations of a text."""

from collections.abc import Iterator
from datetime import date

from ionos_model_hub.emulator.contract import Json, check_body
from ionos_model_hub.emulator.endpoints.choice import (
    Choice,
    completion_logprobs,
    token_usage,
    truncate,
)
from ionos_model_hub.emulator.errors import bad_request
from ionos_model_hub.emulator.models import CREATED, check_context, get_model
from ionos_model_hub.emulator.responder.small_talk import continuation
from ionos_model_hub.emulator.responder.text import count_tokens, digest, tokens

DEFAULT_MAX_TOKENS = 16


def create_completion(body: Json, seed: int, today: date) -> Json | Iterator[Json]:
    """Return the response body, or the chunks of its stream.

    Raises:
        ApiError: The request is invalid.
    """
    check_body("CompletionRequest", body)
    model = get_model(body["model"], "chat", today)
    if body.get("stream") and not model.streaming:
        raise bad_request(f"{model.id} does not support streaming", "stream")
    max_tokens = body.get("max_tokens", DEFAULT_MAX_TOKENS)
    prompt_tokens = count_tokens(body["prompt"])
    check_context(model, prompt_tokens, max_tokens, "prompt")
    choices = [
        truncate(
            Choice(continuation(body["prompt"], seed, index)), body.get("stop", ()), max_tokens
        )
        for index in range(body.get("n", 1))
    ]
    identity = digest(seed, {key: body[key] for key in body if not key.startswith("stream")})
    head: Json = {
        "id": f"cmpl-{identity[:32]}",
        "object": "text_completion",
        "created": CREATED + int(identity[-4:], 16),
        "model": body["model"],
    }
    usage = token_usage(prompt_tokens, choices)
    if body.get("stream"):
        return _chunks(body, head, choices, usage)
    completed = [
        _to_json(body, index, choice.content, choice.finish_reason)
        for index, choice in enumerate(choices)
    ]
    return {**head, "choices": completed, "usage": usage}


def _chunks(body: Json, head: Json, choices: list[Choice], usage: Json) -> Iterator[Json]:
    for index, choice in enumerate(choices):
        for piece in tokens(choice.content):
            yield {**head, "choices": [_to_json(body, index, piece, None)]}
        yield {**head, "choices": [_to_json(body, index, "", choice.finish_reason)]}
    if (body.get("stream_options") or {}).get("include_usage"):
        yield {**head, "choices": [], "usage": usage}


def _to_json(body: Json, index: int, text: str, finish_reason: str | None) -> Json:
    top = body.get("logprobs")
    logprobs = completion_logprobs(text, top) if isinstance(top, int) and text else None
    return {"index": index, "text": text, "finish_reason": finish_reason, "logprobs": logprobs}
