"""Response types: properties of the first choice, plain dicts, equality."""

import json
import pickle

import pytest

from ionos_model_hub.wire.response_types import (
    ChatCompletion,
    Choice,
    Completion,
    Delta,
    Embeddings,
    Message,
    TextChoice,
    ToolCall,
    ToolCallDelta,
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


def test_properties_of_the_first_choice() -> None:
    assert CHAT.message is CHAT.choices[0].message
    assert (CHAT.text, CHAT.finish_reason) == ("Hallo", "tool_calls")
    assert (TEXT.text, TEXT.finish_reason) == ("Hallo", "length")


@pytest.mark.parametrize("response", [CHAT, TEXT])
def test_to_dict_is_complete_plain_json(response: ChatCompletion | Completion) -> None:
    plain = response.to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert [choice["finish_reason"] for choice in plain["choices"]] == [
        choice.finish_reason for choice in response.choices
    ]
    assert plain["usage"]["total_tokens"] == 3
    assert plain["id"] == response.id


def test_to_dict_includes_tool_calls() -> None:
    message = CHAT.to_dict()["choices"][0]["message"]
    call = {"id": "a", "name": "add", "arguments": "{}", "error": None}
    assert message["tool_calls"] == [call]
    assert message["reasoning"] == "Hm."


@pytest.mark.parametrize(
    "response", [CHAT, TEXT, Embeddings([[0.5]], "m", Usage(1), headers={"a": "b"})]
)
def test_responses_can_be_pickled(response: object) -> None:
    assert pickle.loads(pickle.dumps(response)) == response


def test_defaults_are_not_shared() -> None:
    Message().tool_calls.append(ToolCall("a", "b", "c"))
    ChatCompletion().choices.append(Choice(0, Message()))
    Completion().headers["a"] = "b"
    assert Message().tool_calls == []
    assert ChatCompletion().choices == []
    assert Completion().headers == {}


def test_deltas_are_empty_by_default() -> None:
    assert Delta() == Delta(0, "", "", (), "", None, None)
    assert ToolCallDelta(3) == ToolCallDelta(3, "", "", "")


def test_deltas_compare_by_value() -> None:
    call = ToolCallDelta(0, "a", "add", "{}")
    assert Delta(text="a", tool_calls=(call,)) == Delta(text="a", tool_calls=(call,))
    assert Delta(text="a") != Delta(text="b")
    assert Delta(text="a") != Delta(reasoning="a")
