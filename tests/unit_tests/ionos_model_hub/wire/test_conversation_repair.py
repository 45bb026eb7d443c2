"""Conversations that strict chat templates reject are repaired."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.wire import requests
from ionos_model_hub.wire.conversation_repair import (
    AFTER_TOOLS,
    BEFORE_ASSISTANT,
    repair_conversation,
)


def message(role: str, content: Any, **fields: Any) -> Any:
    return {"role": role, "content": content, **fields}


CALL = {"id": "a", "type": "function", "function": {"name": "now", "arguments": "{}"}}
SYSTEM, USER, ASSISTANT = message("system", "s"), message("user", "u"), message("assistant", "a")
CALLING = message("assistant", "", tool_calls=[CALL])
TOOL = message("tool", "t", tool_call_id="a")


@pytest.mark.parametrize(
    ("messages", "repaired"),
    [
        ([], []),
        ([SYSTEM, USER, ASSISTANT, USER], [SYSTEM, USER, ASSISTANT, USER]),
        ([USER, CALLING, TOOL, TOOL], [USER, CALLING, TOOL, TOOL]),
        (
            [USER, CALLING, TOOL, USER],
            [USER, CALLING, TOOL, message("assistant", AFTER_TOOLS), USER],
        ),
        ([USER, SYSTEM], [SYSTEM, USER]),
        ([SYSTEM, USER, message("system", "t")], [message("system", "s\n\nt"), USER]),
        ([USER, message("user", "v")], [message("user", "u\n\nv")]),
        ([USER, message("user", "")], [message("user", "u")]),
        ([USER, SYSTEM, USER], [SYSTEM, message("user", "u\n\nu")]),
        ([USER, ASSISTANT, ASSISTANT], [USER, message("assistant", "a\n\na")]),
        ([USER, ASSISTANT, CALLING], [USER, message("assistant", "a", tool_calls=[CALL])]),
        ([USER, CALLING, ASSISTANT], [USER, CALLING, ASSISTANT]),
        ([ASSISTANT, USER], [message("user", BEFORE_ASSISTANT), ASSISTANT, USER]),
        ([SYSTEM, ASSISTANT], [SYSTEM, message("user", BEFORE_ASSISTANT), ASSISTANT]),
        (
            [message("user", "a", name="x"), message("user", "b", name="y")],
            [message("user", "a", name="x"), message("user", "b", name="y")],
        ),
        (
            [message("user", "a", name="x"), message("user", "b", name="x")],
            [message("user", "a\n\nb", name="x")],
        ),
        (
            [USER, message("user", [{"type": "image_url", "image_url": {"url": "x"}}])],
            [
                message(
                    "user",
                    [
                        {"type": "text", "text": "u"},
                        {"type": "image_url", "image_url": {"url": "x"}},
                    ],
                )
            ],
        ),
        (
            [message("user", [{"type": "text", "text": "a"}]), message("user", None)],
            [message("user", [{"type": "text", "text": "a"}])],
        ),
        ([message("user", None), USER], [USER]),
    ],
)
def test_repaired_conversations(messages: list[Any], repaired: list[Any]) -> None:
    assert repair_conversation(messages) == repaired
    assert repair_conversation(repaired) == repaired


def test_repair_is_an_option_of_the_request() -> None:
    def sent(**options: bool) -> Any:
        return requests.chat("m", [USER, SYSTEM], {}, **options).body["messages"]

    assert sent() == [USER, SYSTEM]
    assert sent(repair_conversation=True) == [SYSTEM, USER]


ANY = st.lists(st.sampled_from([SYSTEM, USER, ASSISTANT, CALLING, TOOL]), max_size=8)


@given(ANY)
def test_any_conversation_keeps_its_texts_and_satisfies_the_rules(messages: list[Any]) -> None:
    before = [dict(item) for item in messages]
    repaired = repair_conversation(messages)
    assert messages == before
    assert repair_conversation(repaired) == repaired
    roles = [item["role"] for item in repaired]
    assert "system" not in roles[1:]
    pairs = list(pairwise(roles))
    assert ("tool", "user") not in pairs
    assert ("user", "user") not in pairs
    for item in messages:
        assert any(item["content"] in str(kept["content"]) for kept in repaired)
    assert sum("tool_calls" in item for item in repaired) == messages.count(CALLING)
