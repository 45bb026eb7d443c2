"""Hints for API errors, as a table."""

import re
from dataclasses import dataclass

from ionos_model_hub import catalogue, errors
from ionos_model_hub.errors import APIError

GATEWAY_DECODING = re.compile(r"cannot unmarshal", re.IGNORECASE)
"""A 500 that the request causes: base64 embeddings, for instance. Repeating it does not help."""

CONTEXT_OVERFLOW = re.compile(
    # OpenAI, vLLM, Mistral, SGLang
    r"maximum context length|context_length_exceeded|reduce the length of the (input|messages)"
    r"|longer than the ((model's )?context|maximum model length)|you passed \d+ input tokens"
    r"|exceeds the (maximum allowed (input )?|model's (maximum )?context )length"
    # llama.cpp
    r"|exceeds the available context size|exceed_context_size"
    r"|is too large to process.{0,20}increase the physical batch size"
    # Ollama
    r"|input length exceeds the (maximum )?context length|exceeded max context length"
    # TGI and TEI
    r"|`?inputs`? must have less than \d+ tokens|`?inputs`? tokens \+ `?max_new_tokens`?"
    # others
    r"|input (is|was) too long|prompt (is )?too long",
    re.IGNORECASE | re.DOTALL,
)
"""The wording of a prompt that is too long, by server."""

_CHAT_TEMPLATE = (
    r"unexpected role|system message must be (at|the)|must alternate|after role"
    r"|expected last role|roles? (is|are)? ?(not )?supported|conversation must start with"
)
_SCHEMA = r"grammar error|unimplemented keys|unknown format|regex parse error|unsatisfiable schema"
_TOO_MANY_OUTPUT_TOKENS = r"request fewer output tokens|cannot be greater than max_model_len"


@dataclass(frozen=True, slots=True)
class Hint:
    """A hint for errors of one kind.

    Attributes:
        kind: The class of the error.
        text: The hint.
        pattern: Matches the message of the errors it applies to.
        endpoints: Paths it applies to; none are all.
    """

    kind: type[APIError]
    text: str
    pattern: re.Pattern[str] = re.compile("")
    endpoints: tuple[str, ...] = ()


def _hint(kind: type[APIError], text: str, pattern: str = "", *endpoints: str) -> Hint:
    return Hint(kind, text, re.compile(pattern, re.IGNORECASE), endpoints)


HINTS: tuple[Hint, ...] = (
    _hint(
        errors.ServerError,
        "Set encoding_format='float': the hub's gateway cannot decode some responses of its "
        "backends, such as base64 embeddings.",
        GATEWAY_DECODING.pattern,
    ),
    _hint(
        errors.BadRequestError,
        "Set size='1024x1024', the only size of FLUX.1-schnell.",
        "invalid-image-size",
    ),
    _hint(
        errors.BadRequestError,
        "Check the values of reasoning_effort that this model accepts in the catalogue.",
        "reasoning_effort",
    ),
    _hint(
        errors.BadRequestError,
        "Set repair_conversation=True, which reorders and merges messages for strict chat "
        "templates, or change the conversation.",
        _CHAT_TEMPLATE,
    ),
    _hint(
        errors.BadRequestError,
        "Simplify the schema: the engine cannot compile it. Function calling accepts more "
        "features than json_schema.",
        _SCHEMA,
    ),
    _hint(
        errors.BadRequestError,
        "Remove dimensions, or use a model that supports it.",
        "matryoshka|dimensions",
        "/embeddings",
    ),
    _hint(
        errors.BadRequestError,
        "Use a model that accepts images; `ionos-model-hub models` lists them.",
        "not a multimodal model|does not support (image|multimodal)",
    ),
    _hint(
        errors.ContextOverflowError,
        "Split the text into shorter pieces, or use a model with a longer context.",
        "",
        "/embeddings",
        "/rerank",
    ),
    _hint(
        errors.ContextOverflowError,
        "Shorten the conversation, lower max_tokens, or use a model with a longer context.",
    ),
    _hint(errors.BadRequestError, "Lower max_tokens.", _TOO_MANY_OUTPUT_TOKENS),
    _hint(
        errors.AuthenticationError,
        "Check the token: it starts with 'eyJ', may have expired, and is created in the DCD "
        "under Management > Token Manager. Set it as IONOS_API_KEY.",
    ),
    _hint(
        errors.NotFoundError,
        "Run `ionos-model-hub models` to list the available models; models are retired over time.",
        r"\bmodel\b",
    ),
    _hint(
        errors.NotFoundError,
        "Check that base_url ends in /v1, and that the model supports this kind of request.",
    ),
    _hint(
        errors.RateLimitError,
        "Lower requests_per_second; the limit applies to the contract, with all its tokens.",
    ),
    _hint(errors.ServerError, "Try again later: the hub is overloaded.", "overload"),
)


def find_hint(error: APIError, path: str = "") -> str | None:
    """Return the hint for an error of a request to `path`, or None if there is none."""
    if isinstance(error, errors.NotFoundError):
        for model in catalogue.MODELS:
            if model.retired_on and model.id in error.message:
                return f"{model.id} was retired on {model.retired_on}; use {model.successor}."
    fitting = (
        hint.text
        for hint in HINTS
        if isinstance(error, hint.kind)
        and (not hint.endpoints or path in hint.endpoints)
        and hint.pattern.search(error.message)
    )
    return next(fitting, None)
