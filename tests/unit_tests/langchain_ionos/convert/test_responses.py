"""Conversion of non-streamed chat completions to LangChain messages."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.block_translators import PROVIDER_TRANSLATORS

from ionos_model_hub.wire.response_types import ChatCompletion, Choice, Message, ToolCall, Usage
from ionos_model_hub.wire.tool_calls import CUT_OFF, NOT_AN_OBJECT
from langchain_ionos.convert import content_blocks
from langchain_ionos.convert.responses import (
    split_tool_calls,
    sum_token_usage,
    to_chat_result,
    to_usage_metadata,
)

content_blocks.register()

LOGPROBS: dict[str, Any] = {"content": [{"token": "Hi", "logprob": -0.1}]}
COMPLETION = ChatCompletion(
    id="chatcmpl-1",
    model="some/model",
    choices=[
        Choice(
            0,
            Message("Hi", "Hm.", [ToolCall("a", "add", '{"x": 1}'), ToolCall("b", "add", "{")], ""),
            "tool_calls",
            LOGPROBS,
        )
    ],
    usage=Usage(7, 5, 12, 2, 3),
    system_fingerprint="fp_1",
    headers={"x-trace-id": "trace-1", "x-ratelimit-remaining": "4"},
)


def to_message(completion: ChatCompletion) -> AIMessage:
    (generation,) = to_chat_result(completion).generations
    assert isinstance(generation.message, AIMessage)
    return generation.message


def test_message_content_calls_and_usage() -> None:
    message = to_message(COMPLETION)
    assert message.content == "Hi"
    assert message.additional_kwargs == {"reasoning_content": "Hm."}
    assert message.tool_calls == [{"type": "tool_call", "id": "a", "name": "add", "args": {"x": 1}}]
    (invalid,) = message.invalid_tool_calls
    assert (invalid["id"], invalid["args"], invalid["error"]) == ("b", "{", NOT_AN_OBJECT)
    assert message.usage_metadata == {
        "input_tokens": 7,
        "output_tokens": 5,
        "total_tokens": 12,
        "input_token_details": {"cache_read": 2},
        "output_token_details": {"reasoning": 3},
    }
    assert message.id is None


TOKEN_USAGE = {
    "prompt_tokens": 7,
    "completion_tokens": 5,
    "input_tokens": 7,
    "output_tokens": 5,
    "total_tokens": 12,
    "input_token_details": {"cache_read": 2},
    "output_token_details": {"reasoning": 3},
}


def test_response_metadata_and_llm_output() -> None:
    assert to_message(COMPLETION).response_metadata == {
        "model_provider": "ionos",
        "model_name": "some/model",
        "finish_reason": "tool_calls",
        "id": "chatcmpl-1",
        "system_fingerprint": "fp_1",
        "headers": {"x-trace-id": "trace-1", "x-ratelimit-remaining": "4"},
        "logprobs": LOGPROBS,
        "token_usage": TOKEN_USAGE,
    }
    assert to_chat_result(COMPLETION).llm_output == {
        "model_name": "some/model",
        "model_provider": "ionos",
        "token_usage": TOKEN_USAGE,
    }


def test_usage_details_are_included_only_if_reported() -> None:
    assert to_usage_metadata(Usage(1, 2, 3)) == {
        "input_tokens": 1,
        "output_tokens": 2,
        "total_tokens": 3,
    }
    assert to_usage_metadata(None) is None


def test_usage_of_several_choices_counts_once() -> None:
    choices = [Choice(index, Message(str(index)), "stop") for index in range(3)]
    result = to_chat_result(ChatCompletion(choices=choices, usage=Usage(7, 5, 12)))
    usages = [generation.message.usage_metadata for generation in result.generations]  # type: ignore[attr-defined]  # they are AIMessages
    assert [usage is not None for usage in usages] == [True, False, False]
    assert [generation.text for generation in result.generations] == ["0", "1", "2"]


def test_usage_of_several_calls_is_summed() -> None:
    output = to_chat_result(COMPLETION).llm_output
    total = sum_token_usage([output, None, output])
    assert total["token_usage"] == {
        "prompt_tokens": 14,
        "completion_tokens": 10,
        "input_tokens": 14,
        "output_tokens": 10,
        "total_tokens": 24,
        "input_token_details": {"cache_read": 4},
        "output_token_details": {"reasoning": 6},
    }
    assert total["model_name"] == "some/model"
    assert sum_token_usage([None]) == {}


def test_usage_of_calls_with_and_without_details_is_summed() -> None:
    one, other = (
        to_chat_result(
            ChatCompletion(choices=[], usage=Usage(1, 8, 9, reasoning_tokens=tokens))
        ).llm_output
        for tokens in (None, 4)
    )
    usage = sum_token_usage([one, other, one])["token_usage"]
    assert (usage["total_tokens"], usage["output_token_details"]) == (27, {"reasoning": 4})


def test_calls_with_an_error_are_invalid_whatever_their_arguments() -> None:
    valid, invalid = split_tool_calls([ToolCall("a", "f", "{}", CUT_OFF), ToolCall("b", "g", "")])
    assert [call["args"] for call in valid] == [{}]
    assert [(call["id"], call["args"], call["error"]) for call in invalid] == [("a", "{}", CUT_OFF)]


def test_content_blocks_of_a_message() -> None:
    assert [block["type"] for block in to_message(COMPLETION).content_blocks] == [
        "reasoning",
        "text",
        "tool_call",
        "invalid_tool_call",
    ]
    refusing = AIMessage(
        "", additional_kwargs={"refusal": "No."}, response_metadata={"model_provider": "ionos"}
    )
    assert "No." in str(refusing.content_blocks)


def test_content_that_is_already_a_list_is_left_to_langchain() -> None:
    block = {"type": "text", "text": "Hi"}
    for kind in (AIMessage, AIMessageChunk):
        message = kind([block], response_metadata={"model_provider": "ionos"})
        assert message.content_blocks == [block]


def test_content_blocks_are_readable_without_this_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(PROVIDER_TRANSLATORS, "ionos")
    blocks = to_message(COMPLETION).content_blocks
    assert {"reasoning", "text", "tool_call"} <= {block["type"] for block in blocks}
