"""`POST /completions`: how a text goes on."""

from collections.abc import Iterator
from datetime import date

from ionos_model_hub.emulator.contract import Json, check
from ionos_model_hub.emulator.endpoints.choice import Answer, completion_logprobs, cut, usage
from ionos_model_hub.emulator.errors import bad_request
from ionos_model_hub.emulator.models import CREATED, check_context, pick
from ionos_model_hub.emulator.responder.small_talk import continuation
from ionos_model_hub.emulator.responder.text import count_tokens, digest, tokens

DEFAULT_MAX_TOKENS = 16


def answer_completion(body: Json, seed: int, today: date) -> Json | Iterator[Json]:
    """Return the response body, or the chunks of its stream.

    Raises:
        RefusalError: The hub would refuse the request.
    """
    check("CompletionRequest", body)
    model = pick(body["model"], "chat", today)
    if body.get("stream") and not model.streaming:
        raise bad_request(f"{model.id} does not support streaming", "stream")
    budget = body.get("max_tokens", DEFAULT_MAX_TOKENS)
    prompt_tokens = count_tokens(body["prompt"])
    check_context(model, prompt_tokens, budget, "prompt")
    answers = []
    for index in range(body.get("n", 1)):
        whole = Answer(continuation(body["prompt"], seed, index))
        answers.append(cut(whole, body.get("stop", ()), budget))
    identity = digest(seed, {key: body[key] for key in body if not key.startswith("stream")})
    head: Json = {
        "id": f"cmpl-{identity[:32]}",
        "object": "text_completion",
        "created": CREATED + int(identity[-4:], 16),
        "model": body["model"],
    }
    counts = usage(prompt_tokens, answers)
    if body.get("stream"):
        return _chunks(body, head, answers, counts)
    choices = [
        _choice(body, index, answer.content, answer.finish) for index, answer in enumerate(answers)
    ]
    return {**head, "choices": choices, "usage": counts}


def _chunks(body: Json, head: Json, answers: list[Answer], counts: Json) -> Iterator[Json]:
    for index, answer in enumerate(answers):
        for piece in tokens(answer.content):
            yield {**head, "choices": [_choice(body, index, piece, None)]}
        yield {**head, "choices": [_choice(body, index, "", answer.finish)]}
    if (body.get("stream_options") or {}).get("include_usage"):
        yield {**head, "choices": [], "usage": counts}


def _choice(body: Json, index: int, text: str, finish: str | None) -> Json:
    top = body.get("logprobs")
    logprobs = completion_logprobs(text, top) if isinstance(top, int) and text else None
    return {"index": index, "text": text, "finish_reason": finish, "logprobs": logprobs}
