"""Errors are classified by their message, and get a hint that fits."""

import json
from typing import Any

import pytest

from ionos_model_hub import errors
from ionos_model_hub.catalogue import MODELS, Model
from ionos_model_hub.errors import APIError
from ionos_model_hub.wire.error_bodies import error_from_response
from ionos_model_hub.wire.error_hints import HINTS, rate_limit_hint


def error(status: int, body: Any, path: str = "") -> APIError:
    return error_from_response(status, {}, json.dumps(body), path=path)


OVERFLOWS = [
    # OpenAI and others
    "This model's maximum context length is 131072 tokens. However, you requested 140000 tokens",
    "context_length_exceeded",
    "The prompt (total length 9) is longer than the model's context",
    "The prompt is longer than the context of 512",
    "Input exceeds the maximum allowed input length",
    "Request exceeds the model's context length",
    "You passed 9000 input tokens and requested 5 output tokens",
    "Input is too long for requested model.",
    "prompt is too long: 200000 tokens > 131072 maximum",
    # vLLM 0.32
    "This model's maximum context length is 2048 tokens. However, your prompt contains 700061 "
    "characters. Please reduce the length of the input prompt. (parameter=input_text)",
    "The decoder prompt (length 9000) is longer than the maximum model length of 4096.",
    # llama.cpp
    "request (9031 tokens) exceeds the available context size (4096 tokens), try increasing it",
    "input (612 tokens) is too large to process. increase the physical batch size (current: 512)",
    # SGLang
    "The input (61709 tokens) is longer than the model's context length (40960 tokens).",
    "Requested token count exceeds the model's maximum context length of 4096 tokens.",
    "Input length (160062 tokens) exceeds the maximum allowed length (59862 tokens).",
    # Ollama
    "the input length exceeds the context length",
    "input length exceeds maximum context length",
    "prompt too long; exceeded max context length by 512 tokens",
    # TGI and TEI
    "Input validation error: `inputs` must have less than 1024 tokens. Given: 2000",
    "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 2048. Given: 1900",
    "Input validation error: `inputs` must have less than 512 tokens. Given: 600",
    # Mistral
    "Prompt contains 40000 tokens, too large for model with 32768 maximum context length",
]


@pytest.mark.parametrize("message", OVERFLOWS)
@pytest.mark.parametrize("status", [400, 413, 422])
def test_context_overflow(message: str, status: int) -> None:
    error_ = error(status, {"error": {"message": message}})
    assert type(error_) is errors.ContextOverflowError
    assert "longer context" in str(error_.hint)
    assert not error_.retryable


def test_context_overflow_by_its_code() -> None:
    error_ = error(400, {"error": {"message": "No.", "code": "context_length_exceeded"}})
    assert type(error_) is errors.ContextOverflowError


@pytest.mark.parametrize("message", OVERFLOWS)
def test_other_statuses_are_never_context_overflow(message: str) -> None:
    assert type(error(429, {"error": {"message": message}})) is errors.RateLimitError
    assert type(error(500, {"error": {"message": message}})) is errors.ServerError
    assert type(error(401, {"error": {"message": message}})) is errors.AuthenticationError


@pytest.mark.parametrize(
    "message",
    [
        "max_tokens is too large: context",
        "too many input tokens",
        "max_tokens=200000 cannot be greater than max_model_len=2048. Please request fewer output "
        "tokens.",
    ],
)
def test_other_messages_are_not_context_overflow(message: str) -> None:
    assert type(error(400, {"error": {"message": message}})) is errors.BadRequestError


@pytest.mark.parametrize(
    ("status", "message", "hint"),
    [
        (400, "invalid-image-size", "1024x1024"),
        (400, "Harmony does not support reasoning_effort='none'", "reasoning_effort"),
        (401, "Unauthorized", "Token Manager"),
        (404, "The model 'foo' does not exist", "ionos-model-hub models"),
        (400, "The model 'BAAI/bge-m3' does not support this endpoint", "right kind"),
        (400, "An image must have an http, https or data URL", "image_block"),
        (400, "The URL must be either a HTTP, data or file URL.", "image_block"),
        (404, "page not found", "/v1"),
        (429, "Too many requests", "request rate"),
        (529, "Overloaded", "overloaded"),
        (400, "Unexpected role 'user' after role 'tool'", "repair_conversation=True"),
        (400, "System message must be at the beginning.", "repair_conversation=True"),
        (400, "Conversation roles must alternate user/assistant/user", "repair_conversation=True"),
        (400, "Expected last role User or Tool for serving but got assistant", "repair_conv"),
        (400, "System role not supported", "repair_conversation=True"),
        (400, "No user query found in messages.", "Pass a user message"),
        (400, "Reasoning input is not enabled for this model", "replay_reasoning=False"),
        (400, 'Grammar error: Unimplemented keys: ["uniqueItems"]', "Simplify the schema"),
        (400, "Grammar error: Unknown format: path", "Simplify the schema"),
        (400, "m is not a multimodal model", "accepts images"),
        (400, "max_tokens=9 cannot be greater than max_model_len=2", "Lower max_tokens"),
        (404, "Not Found", "supports this kind of request"),
    ],
)
def test_known_mistakes_get_a_hint(status: int, message: str, hint: str) -> None:
    assert hint in str(error(status, {"error": {"message": message}}).hint)


@pytest.mark.parametrize(("status", "message"), [(400, "No."), (403, "No."), (500, "No.")])
def test_other_errors_get_no_hint(status: int, message: str) -> None:
    assert error(status, {"error": {"message": message}}).hint is None


@pytest.mark.parametrize(
    "model", [model for model in MODELS if model.retired_on], ids=lambda model: model.id
)
def test_hint_names_the_successor_of_a_retired_model(model: Model) -> None:
    message = f"The model `{model.id}` does not exist."
    assert error(404, {"error": {"message": message}}).hint == (
        f"{model.id} was retired on {model.retired_on}; use {model.successor}."
    )


def test_available_model_is_not_called_retired() -> None:
    error_ = error(404, {"error": {"message": "The model `openai/gpt-oss-120b` does not exist."}})
    assert "retired on" not in str(error_.hint)


@pytest.mark.parametrize("model", ["openai/GPT-OSS-120B", "gpt-oss-120b", "openai/gpt-oss-20b"])
def test_hint_names_the_model_with_a_similar_id(model: str) -> None:
    error_ = error(404, {"error": {"message": f"The model `{model}` does not exist."}})
    assert str(error_.hint).startswith("Use 'openai/gpt-oss-120b', or run")


@pytest.mark.parametrize(
    "model",
    ["gpt-4o", "openai/gpt-4o", "openai/gpt-oss-120b", "Qwen/Qwen3.5-9B", "x" * 10_000],
)
def test_hint_for_other_models_is_the_list(model: str) -> None:
    error_ = error(404, {"error": {"message": f"The model `{model}` does not exist."}})
    assert str(error_.hint).startswith("Run `ionos-model-hub models`")


@pytest.mark.parametrize("path", ["/embeddings", "/rerank"])
def test_overflow_of_embeddings_and_ranking_has_its_own_hint(path: str) -> None:
    body = {"error": {"message": OVERFLOWS[0]}}
    assert str(error(400, body, path).hint).startswith("Split the text")
    assert str(error(400, body, "/chat/completions").hint).startswith("Shorten the conversation")


def test_unsupported_dimensions() -> None:
    body = {"error": {"message": "Model m does not support matryoshka representation."}}
    assert str(error(400, body, "/embeddings").hint).startswith("Remove dimensions")
    assert error(400, body, "/chat/completions").hint is None


def test_hints_start_with_an_imperative() -> None:
    verbs = {hint.text.split()[0] for hint in HINTS}
    assert verbs <= {
        *("Set", "Pass", "Check", "Simplify", "Remove", "Use", "Split", "Shorten", "Lower", "Run"),
        "Try",
    }


def test_hint_of_a_429_names_the_limit_of_the_client() -> None:
    scope = "; the limit applies to the contract, with all its tokens."
    unlimited = f"Set requests_per_second, for example to 5{scope}"
    assert rate_limit_hint(20, 20) == f"Lower requests_per_second (now 20){scope}"
    assert rate_limit_hint("auto", 5) == f"Set requests_per_second below 5, the default{scope}"
    assert rate_limit_hint(None, None) == unlimited
    assert rate_limit_hint("auto", None) == unlimited
