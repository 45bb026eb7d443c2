import copy
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.base.llms.types import (
    ChatMessage,
    ImageBlock,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire import requests
from llama_index_ionos.convert.messages import arguments_text, to_wire


def asked(*calls: tuple[str | None, str], **extra: Any) -> ChatMessage:
    blocks = [
        ToolCallBlock(tool_call_id=id_, tool_name=name, tool_kwargs={}) for id_, name in calls
    ]
    return ChatMessage(role="assistant", blocks=blocks, additional_kwargs=extra)


def answered(text: str, **extra: Any) -> ChatMessage:
    return ChatMessage(role="tool", content=text, additional_kwargs=extra)


@pytest.mark.parametrize(
    ("role", "wire"),
    [
        ("system", "system"),
        ("developer", "system"),
        ("user", "user"),
        ("assistant", "assistant"),
        ("chatbot", "assistant"),
        ("model", "assistant"),
    ],
)
def test_eight_roles_become_four(role: str, wire: str) -> None:
    assert to_wire([ChatMessage(role=role, content="a")]) == [{"role": wire, "content": "a"}]


@pytest.mark.parametrize("role", ["tool", "function"])
def test_a_tools_answer_names_its_call(role: str) -> None:
    message = ChatMessage(role=role, content="7", additional_kwargs={"tool_call_id": "c1"})
    assert to_wire([message]) == [{"role": "tool", "content": "7", "tool_call_id": "c1"}]


def test_tool_calls_come_with_an_empty_content_and_json_arguments() -> None:
    block = ToolCallBlock(tool_call_id="c1", tool_name="add", tool_kwargs={"a": 1, "b": "ü"})

    assert to_wire([ChatMessage(role="assistant", blocks=[block])]) == [
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [
                {
                    "id": "c1",
                    "type": "function",
                    "function": {"name": "add", "arguments": '{"a":1,"b":"ü"}'},
                }
            ],
        }
    ]


def test_calls_kept_beside_the_blocks_are_not_sent_twice() -> None:
    kept = [{"id": "c1", "type": "function", "function": {"name": "add", "arguments": "{}"}}]

    both = to_wire([asked(("c1", "add"), tool_calls=kept)])
    beside = to_wire([asked(tool_calls=kept)])
    sdk = SimpleNamespace(model_dump=lambda: kept[0])

    assert both == beside == to_wire([asked(tool_calls=[sdk])])
    assert len(both[0]["tool_calls"]) == 1


def test_calls_kept_in_another_providers_shape() -> None:
    (wire,) = to_wire([asked(tool_calls=[{"id": "t1", "name": "add", "input": {"a": 1}}])])
    assert wire["tool_calls"][0]["function"] == {"name": "add", "arguments": '{"a":1}'}

    with pytest.raises(InvalidRequestError, match="without a name"):
        to_wire([asked(tool_calls=[{"id": "t1"}])])


def test_missing_ids_are_made_and_answered_in_order() -> None:
    wire = to_wire([asked((None, "add"), (None, "sub")), answered("3"), answered("4")])

    ids = [call["id"] for call in wire[0]["tool_calls"]]
    assert [message["tool_call_id"] for message in wire[1:]] == ids
    assert all(len(id_) == 9 and id_.isalnum() for id_ in ids)
    assert len(set(ids)) == 2


def test_an_answer_without_an_id_takes_the_oldest_call_still_open() -> None:
    wire = to_wire([asked(("a", "f"), ("b", "g")), answered("1", tool_call_id="a"), answered("2")])
    assert wire[2]["tool_call_id"] == "b"


def test_the_answer_of_a_tool_that_nobody_called_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="nobody called") as caught:
        to_wire([ChatMessage("Hi"), answered("3")])
    assert caught.value.param == "messages[1]"


def test_only_the_assistant_calls_tools() -> None:
    message = ChatMessage(role="user", blocks=[ToolCallBlock(tool_name="add")])
    with pytest.raises(InvalidRequestError, match="Only the assistant"):
        to_wire([message])


@pytest.mark.parametrize("text", ['{"a": 1', "[1]", "3", "no JSON"])
def test_arguments_that_are_no_object_are_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="no JSON object"):
        arguments_text(text, "messages[0]")


@pytest.mark.parametrize("arguments", [{"a": "\ud83c"}, {"a": object()}, '{"a\ud83c', "\udf0d"])
def test_arguments_that_cannot_be_sent_are_refused(arguments: dict[str, Any] | str) -> None:
    with pytest.raises(InvalidRequestError, match="no JSON object") as caught:
        arguments_text(arguments, "messages[0]")
    assert caught.value.param == "messages[0]"


@pytest.mark.parametrize("text", ["", "  "])
def test_no_arguments_are_an_empty_object(text: str) -> None:
    assert arguments_text(text, "messages[0]") == "{}"


def test_a_direct_answer_of_a_tool_is_a_plain_message() -> None:
    message = ChatMessage(
        role="assistant", content="42", additional_kwargs={"tool_call_id": "c1", "name": "ada"}
    )
    assert to_wire([message]) == [{"role": "assistant", "content": "42", "name": "ada"}]


def test_images_stay_in_the_message_they_came_in() -> None:
    image = ImageBlock(url="https://example.org/a.png")
    for role in ("system", "user", "assistant"):
        (wire,) = to_wire([ChatMessage(role=role, blocks=[image])])
        assert wire["content"][0]["type"] == "image_url"  # type: ignore[index]
    tool = ChatMessage(role="tool", blocks=[image], additional_kwargs={"tool_call_id": "1"})
    assert to_wire([tool])[0]["content"][0]["type"] == "image_url"  # type: ignore[index]


def test_reasoning_is_sent_back_only_on_request() -> None:
    blocks = [ThinkingBlock(content="Hm."), TextBlock(text="Yes.")]
    message = ChatMessage(role="assistant", blocks=blocks)

    assert to_wire([message]) == [{"role": "assistant", "content": "Yes."}]
    assert to_wire([message], replay_reasoning=True)[0]["reasoning"] == "Hm."


def test_system_messages_are_merged_on_request() -> None:
    history = [
        ChatMessage(role="user", content="Hi"),
        ChatMessage(role="system", content="one"),
        ChatMessage(role="developer", content="two"),
    ]

    assert to_wire(history, merge_system_messages=True) == [
        {"role": "system", "content": "one\n\ntwo"},
        {"role": "user", "content": "Hi"},
    ]
    assert to_wire(history[:1], merge_system_messages=True) == to_wire(history[:1])


def test_merged_system_messages_keep_their_images() -> None:
    image = ImageBlock(url="https://example.org/a.png")
    history = [
        ChatMessage(role="system", content="one"),
        ChatMessage(role="system", blocks=[image]),
    ]

    (wire,) = to_wire(history, merge_system_messages=True)

    assert [part["type"] for part in wire["content"]] == ["text", "image_url"]  # type: ignore[index]


texts = st.text(max_size=20)
arguments = st.dictionaries(texts, st.integers() | texts, max_size=3)
blocks = st.lists(
    st.builds(TextBlock, text=texts)
    | st.builds(ThinkingBlock, content=texts)
    | st.builds(ToolCallBlock, tool_name=st.just("add"), tool_kwargs=arguments),
    max_size=4,
)
answers = st.builds(ChatMessage, role=st.just(MessageRole.ASSISTANT), blocks=blocks)
others = st.builds(
    ChatMessage,
    role=st.sampled_from([MessageRole.SYSTEM, MessageRole.USER, MessageRole.DEVELOPER]),
    blocks=st.lists(st.builds(TextBlock, text=texts), max_size=3),
)


@given(st.lists(answers | others, min_size=1, max_size=6), st.booleans(), st.booleans())
def test_any_history_fits_the_contract_and_stays_as_it_was(
    history: list[ChatMessage], merge: bool, replay: bool
) -> None:
    before = copy.deepcopy(history)

    wire = to_wire(history, merge_system_messages=merge, replay_reasoning=replay)

    assert history == before
    requests.chat("m", wire, {})
    said = "".join(str(message["content"]) for message in wire)
    assert all(message.content in said for message in history if message.content)
