"""Arguments of similar classes in other packages are accepted or rejected with a replacement.

`arguments_of_other_packages.json` lists their fields, aliases and constructor parameters.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ionos_model_hub.connection_fields import ConnectionMixin
from ionos_model_hub.errors import ConfigurationError
from ionos_model_hub.settings.fields import field_names
from langchain_ionos import IONOSLLM, ChatIONOS, IONOSEmbeddings
from llama_index_ionos import IONOS, IONOSEmbedding

LISTS = json.loads(Path(__file__).with_name("arguments_of_other_packages.json").read_text("utf-8"))
COUNTERPARTS: dict[str, type[ConnectionMixin]] = {
    "ChatOpenAI": ChatIONOS,
    "ChatMistralAI": ChatIONOS,
    "OpenAI": IONOSLLM,
    "OpenAIEmbeddings": IONOSEmbeddings,
    "MistralAIEmbeddings": IONOSEmbeddings,
    "OpenAILike": IONOS,
    "OpenAILikeEmbedding": IONOSEmbedding,
}
KEY = "any-key"


def unknown_arguments() -> Iterator[Any]:
    for other, ours in COUNTERPARTS.items():
        for name in sorted(set(LISTS["arguments"][other]) - set(field_names(ours))):
            yield pytest.param(ours, name, id=f"{other}-{name}")


def hint_for(kind: type[ConnectionMixin], name: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        kind(**{"api_key": KEY, name: None})
    assert caught.value.param == name
    assert caught.value.hint is not None
    return caught.value.hint


def test_lists_contain_all_counterparts() -> None:
    assert set(LISTS["arguments"]) == set(COUNTERPARTS)


@pytest.mark.parametrize(("kind", "name"), list(unknown_arguments()))
def test_rejected_arguments_get_a_replacement(kind: type[ConnectionMixin], name: str) -> None:
    hint = hint_for(kind, name)
    assert "Did you mean" not in hint
    assert "Its arguments are" not in hint
    assert "To send it as a field" not in hint
    if hint.startswith("Pass "):
        replacement = hint.split()[1].partition("=")[0]
        assert replacement in {*field_names(kind), "show_progress", "strict"}


@pytest.mark.parametrize(
    ("kind", "name", "hint"),
    [
        (ChatIONOS, "model_kwargs", "Pass extra_body instead. Pass entries that have an"),
        (ChatIONOS, "openai_api_base", "Pass base_url instead."),
        (ChatIONOS, "openai_api_key", "Pass api_key instead."),
        (ChatIONOS, "openai_proxy", "Pass proxy instead."),
        (ChatIONOS, "max_completion_tokens", "Pass max_tokens instead."),
        (ChatIONOS, "reasoning", "Pass reasoning_effort instead."),
        (ChatIONOS, "include_response_headers", "`response_metadata` always contains"),
        (ChatIONOS, "disabled_params", "only arguments that you set are sent"),
        (ChatIONOS, "store", "pass extra_body={'store': …}"),
        (ChatIONOS, "top_k", "pass extra_body={'top_k': …}"),
        (ChatIONOS, "organization", "the token determines the contract"),
        (ChatIONOS, "tiktoken_model_name", "no tokenizer is used"),
        (ChatIONOS, "reuse_client", "connections are pooled"),
        (ChatIONOS, "is_chat_model", "IONOSLLM"),
        (ChatIONOS, "use_responses_api", "no Responses API"),
        (ChatIONOS, "root_client", "http_client and http_async_client"),
        (ChatIONOS, "response_format", "Pass it to the call, or call with_structured_output."),
        (ChatIONOS, "tools", "Pass it to the call, or to bind_tools."),
        (ChatIONOS, "tool_choice", "Pass it to the call, or to bind_tools."),
        (ChatIONOS, "stream_options", "token usage is always requested"),
        (ChatIONOS, "extra_headers", "Pass default_headers instead."),
        (ChatIONOS, "extra_query", "Pass default_query instead."),
        (ChatIONOS, "system_prompt", "Pass a system message to the call."),
        (IONOS, "system", "Pass system_prompt instead."),
        (IONOSEmbeddings, "check_embedding_ctx_length", "no tokenizer is used"),
        (IONOSEmbeddings, "model_kwargs", "Pass extra_body instead."),
        (IONOSEmbeddings, "max_concurrent_requests", "Pass concurrency instead."),
        (IONOS, "openai_api_key", "Pass api_key instead."),
        (IONOS, "model_kwargs", "Pass additional_kwargs instead."),
        (IONOS, "presence_penalty", "Pass additional_kwargs={'presence_penalty': …} instead."),
        (IONOS, "store", "pass additional_kwargs={\"extra_body\": {'store': …}}"),
        (IONOS, "stream_options", "Pass additional_kwargs={'stream_options': …} instead."),
        (IONOS, "built_in_tools", "no built-in tools"),
        (IONOS, "qqq", "pass additional_kwargs={\"extra_body\": {'qqq': …}}"),
        (ChatIONOS, "qqq", "To send it as a field of the request, pass extra_body={'qqq': …}."),
        (IONOS, "openai_client", "http_client and async_http_client"),
        (IONOS, "api_version", "part of api_base"),
        (IONOSEmbedding, "chunk_size", "Pass embed_batch_size instead."),
        (IONOSEmbedding, "store", "pass additional_kwargs={'store': …}"),
    ],
)
def test_replacements(kind: type[ConnectionMixin], name: str, hint: str) -> None:
    assert hint in hint_for(kind, name)
