"""Answers: shortcuts to the first choice, and plain dicts for everyone else."""

import json
import pickle

import pytest

from ionos_model_hub.wire.response_types import (
    ChatCompletion,
    Choice,
    Completion,
    Embeddings,
    Message,
    TextChoice,
    ToolCall,
    Usage,
)

CHAT = ChatCompletion(
    id="chat-1",
    model="m",
    created=7,
    choices=[
        Choice(0, Message("Hallo", "Hm.", [ToolCall("a", "add", "{}")], ""), "tool_calls"),
        Choice(1, Message("Servus"), "stop", {"content": [{"token": "Servus"}]}),
    ],
    usage=Usage(1, 2, 3, 0, 1),
    system_fingerprint="fp",
    headers={"x-trace-id": "t"},
)
TEXT = Completion(
    id="cmpl-1",
    choices=[TextChoice(0, "Hallo", "length"), TextChoice(1, "Servus", "stop")],
    usage=Usage(1, 2, 3),
)


def test_shortcuts_lead_to_the_first_choice() -> None:
    assert CHAT.message is CHAT.choices[0].message
    assert (CHAT.text, CHAT.finish_reason) == ("Hallo", "tool_calls")
    assert (TEXT.text, TEXT.finish_reason) == ("Hallo", "length")


@pytest.mark.parametrize("answer", [CHAT, TEXT])
def test_to_dict_is_plain_json_with_everything_in_it(answer: ChatCompletion | Completion) -> None:
    plain = answer.to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert [choice["finish_reason"] for choice in plain["choices"]] == [
        choice.finish_reason for choice in answer.choices
    ]
    assert plain["usage"]["total_tokens"] == 3
    assert plain["id"] == answer.id


def test_to_dict_reaches_the_tool_calls() -> None:
    message = CHAT.to_dict()["choices"][0]["message"]
    assert message["tool_calls"] == [{"id": "a", "name": "add", "arguments": "{}"}]
    assert message["reasoning"] == "Hm."


@pytest.mark.parametrize("answer", [CHAT, TEXT, Embeddings([[0.5]], "m", Usage(1), headers={"a": "b"})])
def test_answers_pickle(answer: object) -> None:
    assert pickle.loads(pickle.dumps(answer)) == answer


def test_answers_share_no_lists() -> None:
    Message().tool_calls.append(ToolCall("a", "b", "c"))
    ChatCompletion().choices.append(Choice(0, Message()))
    Completion().headers["a"] = "b"
    assert Message().tool_calls == []
    assert ChatCompletion().choices == []
    assert Completion().headers == {}
