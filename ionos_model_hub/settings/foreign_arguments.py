"""Arguments of similar classes in other packages, and what to use instead.

Covers every argument of ChatOpenAI, OpenAI and OpenAIEmbeddings (langchain-openai 1.7),
ChatMistralAI and MistralAIEmbeddings (langchain-mistralai 1.1), OpenAILike and OpenAILikeEmbedding
(llama-index-llms-openai-like 0.8, llama-index-embeddings-openai-like 0.4). The tests contain the
lists.
"""

from __future__ import annotations

from collections.abc import Container, Mapping

_OUR_NAMES: Mapping[str, tuple[str, ...]] = {
    "openai_api_key": ("api_key",),
    "mistral_api_key": ("api_key",),
    "openai_api_base": ("base_url",),
    "api_base": ("base_url",),
    "endpoint": ("base_url",),
    "openai_proxy": ("proxy",),
    "headers": ("default_headers",),
    "deployment": ("model", "model_name"),
    "http_socket_options": ("http_client",),
    "async_http_client": ("http_async_client",),
    "max_completion_tokens": ("max_tokens",),
    "random_seed": ("seed",),
    "reasoning": ("reasoning_effort",),
    "stop_sequences": ("stop",),
    "stream_chunk_timeout": ("timeout",),
    "request_timeout": ("timeout",),
    "model_kwargs": ("extra_body", "additional_kwargs"),
    "additional_kwargs": ("extra_body",),
    "chunk_size": ("batch_size", "embed_batch_size"),
    "embed_batch_size": ("batch_size",),
    "batch_size": ("embed_batch_size",),
    "max_concurrent_requests": ("concurrency", "num_workers", "requests_per_second"),
    "system": ("system_prompt",),
    "extra_headers": ("default_headers",),
    "extra_query": ("default_query",),
    "num_workers": ("concurrency",),
    "concurrency": ("num_workers",),
}
"""Arguments with an equivalent; the first of the names that the class has is suggested."""

_REQUEST_FIELDS = frozenset(
    {
        *("n", "presence_penalty", "frequency_penalty", "logit_bias", "user", "stop", "top_p"),
        *("seed", "parallel_tool_calls", "dimensions", "logprobs", "top_logprobs"),
        *("stream_options", "response_format", "tools", "tool_choice", "extra_body"),
    }
)
"""Options of a request for which a class may have no argument."""

_OTHER_REQUEST_FIELDS = frozenset(
    {
        *("store", "service_tier", "verbosity", "safe_mode", "best_of", "modalities"),
        *("audio_config", "prompt_cache_options"),
        *("top_k", "min_p", "repetition_penalty", "min_tokens", "chat_template_kwargs"),  # vLLM
    }
)
"""Fields that the API does not document."""

_TOKENIZER = "Omit it: texts are sent unchanged, and no tokenizer is used."
_RESPONSES_API = "Omit it: the hub has no Responses API."
_OPENAI_CLIENT = (
    "Omit it: no OpenAI client is used. To configure HTTP, pass httpx clients as http_client and "
    "{async_client}."
)
_ORGANIZATION = "Omit it: the token determines the contract."
_VERSION = "Omit it: the version is part of {base_url}."
_BACKOFF = "Omit it: delays between retries are chosen automatically. See max_retries and deadline."
_CATALOGUE = "Omit it: the model's capabilities are known from the catalogue."
_CONNECTIONS = "Omit it: connections are pooled and safe to share between threads and event loops."
_FRAMEWORK = "Omit it: this class does not support it."

_EXPLANATIONS: Mapping[str, str] = {
    **dict.fromkeys(
        (
            *("tiktoken_enabled", "tiktoken_model_name", "allowed_special", "disallowed_special"),
            *("check_embedding_ctx_length", "embedding_ctx_length", "skip_empty", "tokenizer"),
        ),
        _TOKENIZER,
    ),
    **dict.fromkeys(
        (
            *("use_responses_api", "use_previous_response_id", "include", "truncation"),
            "context_management",
        ),
        _RESPONSES_API,
    ),
    **dict.fromkeys(
        (
            *("client", "async_client", "root_client", "root_async_client"),
            *("openai_client", "async_openai_client"),
        ),
        _OPENAI_CLIENT,
    ),
    **dict.fromkeys(("organization", "openai_organization"), _ORGANIZATION),
    **dict.fromkeys(("api_version", "openai_api_version", "openai_api_type"), _VERSION),
    **dict.fromkeys(("retry_min_seconds", "retry_max_seconds", "wait_time"), _BACKOFF),
    **dict.fromkeys(
        ("is_function_calling_model", "context_window", "should_use_structured_outputs"),
        _CATALOGUE,
    ),
    "is_chat_model": "Omit it: use ChatIONOS for the chat endpoint, IONOSLLM for completions.",
    **dict.fromkeys(("tools", "tool_choice"), "Pass it to the call, or to bind_tools."),
    "response_format": "Pass it to the call, or call with_structured_output.",
    "strict": "Pass strict to bind_tools or with_structured_output instead.",
    "built_in_tools": "Omit it: the hub has no built-in tools. Pass your own tools to the methods.",
    "disabled_params": "Omit it: only arguments that you set are sent.",
    "include_response_headers": "Omit it: `response_metadata` always contains the headers.",
    **dict.fromkeys(
        ("stream_options", "stream_usage"), "Omit it: token usage is always requested."
    ),
    "streaming": "Omit it: call the streaming methods.",
    "disable_streaming": "Omit it: call the methods that do not stream.",
    **dict.fromkeys(("system", "system_prompt"), "Pass a system message to the call."),
    "batch_size": "Omit it: each prompt is sent in its own request.",
    "reuse_client": _CONNECTIONS,
    "query_wrapper_prompt": _FRAMEWORK,
    "show_progress_bar": "Pass show_progress to the method instead.",
    "embeddings_cache": "Omit it: wrap the embeddings in LangChain's CacheBackedEmbeddings.",
    "rate_limiter": "Pass requests_per_second and burst instead.",
}

_LANGCHAIN_NAMES = {"base_url": "base_url", "async_client": "http_async_client"}
_LLAMA_INDEX_NAMES = {"base_url": "api_base", "async_client": "async_http_client"}


def replacement_for(name: str, names: Container[str]) -> str | None:
    """Return a hint for an argument of another package, or None if the name is not known.

    Args:
        name: The argument.
        names: Arguments of the class that it was passed to.

    Example:
        >>> replacement_for("openai_api_base", {"base_url", "model"})
        'Pass base_url instead.'
    """
    if ours := next((each for each in _OUR_NAMES.get(name, ()) if each in names), None):
        note = " Pass entries that have an argument of their own as arguments."
        return f"Pass {ours} instead.{note if ours == 'extra_body' else ''}"
    if name in _REQUEST_FIELDS and "additional_kwargs" in names:
        return f"Pass additional_kwargs={{{name!r}: …}} instead."
    if name in _OTHER_REQUEST_FIELDS:
        argument = argument_for_field(name, names)
        alternative = f", or pass {argument} to send it anyway" if argument else ""
        return f"The API does not document a field {name!r}. Omit the argument{alternative}."
    explanation = _EXPLANATIONS.get(name)
    terms = _LLAMA_INDEX_NAMES if "api_base" in names else _LANGCHAIN_NAMES
    return explanation.format(**terms) if explanation else None


def argument_for_field(name: str, names: Container[str]) -> str | None:
    """Return the argument that sends any field of the request, or None if there is none.

    Example:
        >>> argument_for_field("store", {"extra_body", "model"})
        "extra_body={'store': …}"
    """
    field = f"{{{name!r}: …}}"
    if "extra_body" in names:
        return f"extra_body={field}"
    if "is_chat_model" in names:  # the LLM of LlamaIndex
        return f'additional_kwargs={{"extra_body": {field}}}'
    return f"additional_kwargs={field}" if "additional_kwargs" in names else None
