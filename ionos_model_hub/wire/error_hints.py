"""Hints for API errors, as a table."""

import difflib
import re
from typing import Literal, NamedTuple

from ionos_model_hub import catalogue, errors
from ionos_model_hub.errors import APIError

# Patterns are strings, so that none is compiled before an error occurs; `re` caches them.
_GATEWAY_DECODING = r"cannot unmarshal"
_CONTEXT_OVERFLOW = (
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
    r"|input (is|was) too long|prompt (is )?too long"
)

_CHAT_TEMPLATE = (
    r"unexpected role|system message must be (at|the)|must alternate|after role"
    r"|expected last role|roles? (is|are)? ?(not )?supported|conversation must start with"
)
_SCHEMA = r"grammar error|unimplemented keys|unknown format|regex parse error|unsatisfiable schema"
_UNKNOWN_MODEL = r"model [`'\"]([^`'\"]{1,200})[`'\"] does not exist"
_TOO_MANY_OUTPUT_TOKENS = r"request fewer output tokens|cannot be greater than max_model_len"


class Hint(NamedTuple):
    """A hint for errors of one kind.

    Attributes:
        kind: The class of the error.
        text: The hint.
        pattern: Regular expression for the message of the errors it applies to; case is ignored.
        endpoints: Paths of the requests it applies to; none means all.
    """

    kind: type[APIError]
    text: str
    pattern: str = ""
    endpoints: tuple[str, ...] = ()


HINTS: tuple[Hint, ...] = (
    Hint(
        errors.ServerError,
        "Set encoding_format='float': the hub's gateway cannot decode some responses of its "
        "backends, such as base64 embeddings.",
        _GATEWAY_DECODING,
    ),
    Hint(
        errors.BadRequestError,
        "Set size='1024x1024', which all image models support.",
        "invalid-image-size",
    ),
    Hint(
        errors.BadRequestError,
        "Check the values of reasoning_effort that this model accepts in the catalogue.",
        "reasoning_effort",
    ),
    Hint(
        errors.BadRequestError,
        "Set repair_conversation=True, which reorders and merges messages for strict chat "
        "templates, or change the conversation.",
        _CHAT_TEMPLATE,
    ),
    Hint(
        errors.BadRequestError,
        "Pass a user message: the chat template of this model requires one.",
        "no user query found",  # Qwen3.5
    ),
    Hint(
        errors.BadRequestError,
        "Set replay_reasoning=False: this model rejects earlier reasoning.",
        "reasoning input is not enabled",  # Mistral
    ),
    Hint(
        errors.BadRequestError,
        "Simplify the schema: the engine cannot compile it. Function calling accepts more "
        "features than json_schema.",
        _SCHEMA,
    ),
    Hint(
        errors.BadRequestError,
        "Remove dimensions, or use a model that supports it.",
        "matryoshka|dimensions",
        ("/embeddings",),
    ),
    Hint(
        errors.BadRequestError,
        "Pass document_format='object', or rank texts only: servers differ in how they rank "
        "images.",
        "ScoreMultiModalParam|should be a valid (string|dictionary)",
        ("/rerank",),
    ),
    Hint(
        errors.BadRequestError,
        "Use a model that accepts images; `ionos-model-hub models` lists them.",
        "not a multimodal model|does not support (image|multimodal)",
    ),
    Hint(
        errors.BadRequestError,
        "Pass files with image_block or image_part, which read them.",
        "image must have an http|url must be either a http",
    ),
    Hint(
        errors.BadRequestError,
        "Use a model of the right kind; `ionos-model-hub models` lists them.",
        "does not support this endpoint",
    ),
    Hint(
        errors.ContextOverflowError,
        "Split the text into shorter pieces, or use a model with a longer context.",
        "",
        ("/embeddings", "/rerank"),
    ),
    Hint(
        errors.ContextOverflowError,
        "Shorten the conversation, lower max_tokens, or use a model with a longer context.",
    ),
    Hint(errors.BadRequestError, "Lower max_tokens.", _TOO_MANY_OUTPUT_TOKENS),
    Hint(
        errors.AuthenticationError,
        "Check the token: it starts with 'eyJ', may have expired, and is created in the DCD "
        "under Management > Token Manager. Set it as IONOS_API_KEY.",
    ),
    Hint(
        errors.NotFoundError,
        "Run `ionos-model-hub models` to list the available models; models are retired over time.",
        r"\bmodel\b",
    ),
    Hint(
        errors.NotFoundError,
        "Check that base_url ends in /v1, and that the model supports this kind of request.",
    ),
    Hint(
        errors.RateLimitError,
        "Lower the request rate; the limit applies to the contract, with all its tokens.",
    ),
    Hint(errors.ServerError, "Try again later: the hub is overloaded.", "overload"),
)


def is_context_overflow(text: str) -> bool:
    """Return whether a message says that the prompt is too long.

    Example:
        >>> is_context_overflow("request (9031 tokens) exceeds the available context size")
        True
    """
    return _matches(_CONTEXT_OVERFLOW, text)


def is_caused_by_request(text: str) -> bool:
    """Return whether a message of a 500 says that repeating the request does not help."""
    return _matches(_GATEWAY_DECODING, text)


def rate_limit_hint(configured: float | Literal["auto"] | None, effective: float | None) -> str:
    """Return the hint for a 429.

    Args:
        configured: The setting `requests_per_second`.
        effective: The client's limit in requests per second, or None if it has none.

    Example:
        >>> rate_limit_hint(20, 20).partition(";")[0]
        'Lower requests_per_second (now 20)'
    """
    scope = "the limit applies to the contract, with all its tokens."
    if effective is None:
        return f"Set requests_per_second, for example to 5; {scope}"
    if configured == "auto":
        return f"Set requests_per_second below {effective:g}, the default; {scope}"
    return f"Lower requests_per_second (now {effective:g}); {scope}"


def find_hint(error: APIError, path: str = "") -> str | None:
    """Return the hint for an error of a request to `path`, or None if there is none."""
    if isinstance(error, errors.NotFoundError) and (hint := _model_hint(error.message)):
        return hint
    fitting = (
        hint.text
        for hint in HINTS
        if isinstance(error, hint.kind)
        and (not hint.endpoints or path in hint.endpoints)
        and _matches(hint.pattern, error.message)
    )
    return next(fitting, None)


def _model_hint(message: str) -> str | None:
    """Return the successor of a retired model, or the model with the most similar id."""
    for model in catalogue.MODELS:
        if model.retired_on and model.id in message:
            return f"{model.id} was retired on {model.retired_on}; use {model.successor}."
    if unknown := re.search(_UNKNOWN_MODEL, message):
        ids = [model.id for model in catalogue.MODELS if not model.retired_on]
        served = {name.lower(): id_ for id_ in ids for name in (id_, id_.rpartition("/")[2])}
        for close in difflib.get_close_matches(unknown[1].lower(), served, 1, 0.8):
            if served[close] != unknown[1]:
                return f"Use '{served[close]}', or run `ionos-model-hub models` to list the models."
    return None


def _matches(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE | re.DOTALL) is not None
