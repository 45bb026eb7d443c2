import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.base.llms.types import (
    AudioBlock,
    ChatMessage,
    ContentBlock,
    DocumentBlock,
    ImageBlock,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    VideoBlock,
)

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire import requests
from llama_index_ionos.convert.messages import to_wire_messages


def tool_result(text: str, **extra: Any) -> ChatMessage:
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
def test_roles_are_mapped_to_the_four_of_the_api(role: str, wire: str) -> None:
    assert to_wire_messages([ChatMessage(role=role, content="a")]) == [
        {"role": wire, "content": "a"}
    ]


@pytest.mark.parametrize("role", ["tool", "function"])
def test_tool_result_has_tool_call_id(role: str) -> None:
    message = ChatMessage(role=role, content="7", additional_kwargs={"tool_call_id": "c1"})
    assert to_wire_messages([message]) == [{"role": "tool", "content": "7", "tool_call_id": "c1"}]


def test_tool_call_has_empty_content_and_json_arguments() -> None:
    block = ToolCallBlock(tool_call_id="c1", tool_name="add", tool_kwargs={"a": 1, "b": "ü"})

    assert to_wire_messages([ChatMessage(role="assistant", blocks=[block])]) == [
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


def test_lone_surrogates_in_tool_results_are_replaced() -> None:
    image = ImageBlock(url="https://example.org/a.png")
    blocks = [TextBlock(text="half \ud83c"), image]
    results = [
        tool_result("half \ud83c", tool_call_id="c1"),
        ChatMessage(role="tool", blocks=blocks, additional_kwargs={"tool_call_id": "c2"}),
    ]

    text, parts = (message["content"] for message in to_wire_messages(results))

    assert text == "half \ufffd"
    assert parts[0] == {"type": "text", "text": "half \ufffd"}  # type: ignore[index]
    assert parts[1]["type"] == "image_url"  # type: ignore[index]


def test_lone_surrogates_of_the_model_are_replaced() -> None:
    thinking = ThinkingBlock(content="\ud83d\ude80")
    messages = [
        ChatMessage(role="assistant", content="half \ud83c"),
        ChatMessage(role="assistant", blocks=[thinking, TextBlock(text="half \ud83c")]),
    ]
    plain, reasoned = to_wire_messages(messages, replay_reasoning=True)
    assert plain["content"] == reasoned["content"] == "half \ufffd"
    assert reasoned["reasoning"] == "🚀"


def test_lone_surrogate_in_user_message_is_located() -> None:
    messages = to_wire_messages([ChatMessage("Hi"), ChatMessage("half \ud83c")])
    with pytest.raises(InvalidRequestError, match="surrogate") as caught:
        requests.chat("m", messages, {}).non_streamed().encode()
    assert caught.value.param == "messages[1].content"


def test_direct_tool_result_is_plain_message() -> None:
    message = ChatMessage(
        role="assistant", content="42", additional_kwargs={"tool_call_id": "c1", "name": "ada"}
    )
    assert to_wire_messages([message]) == [{"role": "assistant", "content": "42", "name": "ada"}]


def test_images_are_sent_in_their_own_message() -> None:
    image = ImageBlock(url="https://example.org/a.png")
    for role in ("system", "user", "assistant"):
        (wire,) = to_wire_messages([ChatMessage(role=role, blocks=[image])])
        assert wire["content"][0]["type"] == "image_url"  # type: ignore[index]
    tool = ChatMessage(role="tool", blocks=[image], additional_kwargs={"tool_call_id": "1"})
    assert to_wire_messages([tool])[0]["content"][0]["type"] == "image_url"  # type: ignore[index]


@pytest.mark.parametrize("role", ["assistant", "tool"])
@pytest.mark.parametrize(
    ("block", "text"),
    [
        (
            DocumentBlock(data=b"%PDF-1.7", title="a.pdf", document_mimetype="application/pdf"),
            "[document that cannot be shown: a.pdf, application/pdf]",
        ),
        (
            VideoBlock(url="https://example.org/a.mp4"),
            "[video that cannot be shown: https://example.org/a.mp4, video/mp4]",
        ),
        (AudioBlock(audio=b"RIFF", format="wav"), "[audio that cannot be shown: wav]"),
        (ImageBlock(image=b"unknown format"), "[image that cannot be shown]"),
    ],
)
def test_unsupported_blocks_of_models_and_tools_are_described(
    role: str, block: ContentBlock, text: str
) -> None:
    blocks = [TextBlock(text="Look:"), block]
    message = ChatMessage(role=role, blocks=blocks, additional_kwargs={"tool_call_id": "c1"})
    assert to_wire_messages([message])[0]["content"] == f"Look:\n{text}"


@pytest.mark.parametrize("role", ["system", "user"])
def test_unsupported_block_of_the_user_is_error(role: str) -> None:
    message = ChatMessage(role=role, blocks=[AudioBlock(audio=b"RIFF", format="wav")])
    with pytest.raises(InvalidRequestError, match="'audio'"):
        to_wire_messages([message])


def test_reasoning_is_sent_only_with_replay_reasoning() -> None:
    blocks = [ThinkingBlock(content="Hm."), TextBlock(text="Yes.")]
    message = ChatMessage(role="assistant", blocks=blocks)

    assert to_wire_messages([message]) == [{"role": "assistant", "content": "Yes."}]
    assert to_wire_messages([message], replay_reasoning=True)[0]["reasoning"] == "Hm."


def test_merge_system_messages() -> None:
    history = [
        ChatMessage(role="user", content="Hi"),
        ChatMessage(role="system", content="one"),
        ChatMessage(role="developer", content="two"),
    ]

    assert to_wire_messages(history, merge_system_messages=True) == [
        {"role": "system", "content": "one\n\ntwo"},
        {"role": "user", "content": "Hi"},
    ]
    assert to_wire_messages(history[:1], merge_system_messages=True) == to_wire_messages(
        history[:1]
    )


def test_merged_system_messages_keep_their_images() -> None:
    image = ImageBlock(url="https://example.org/a.png")
    history = [
        ChatMessage(role="system", content="one"),
        ChatMessage(role="system", blocks=[image]),
    ]

    (wire,) = to_wire_messages(history, merge_system_messages=True)

    assert [part["type"] for part in wire["content"]] == ["text", "image_url"]  # type: ignore[index, union-attr]


texts = st.text(max_size=20)
arguments = st.dictionaries(texts, st.integers() | texts, max_size=3)
blocks = st.lists(
    st.builds(TextBlock, text=texts)
    | st.builds(ThinkingBlock, content=texts)
    | st.builds(ToolCallBlock, tool_name=st.just("add"), tool_kwargs=arguments),
    max_size=4,
)
assistant_messages = st.builds(ChatMessage, role=st.just(MessageRole.ASSISTANT), blocks=blocks)
other_messages = st.builds(
    ChatMessage,
    role=st.sampled_from([MessageRole.SYSTEM, MessageRole.USER, MessageRole.DEVELOPER]),
    blocks=st.lists(st.builds(TextBlock, text=texts), max_size=3),
)


@given(
    st.lists(assistant_messages | other_messages, min_size=1, max_size=6),
    st.booleans(),
    st.booleans(),
)
def test_any_history_is_valid_and_not_modified(
    history: list[ChatMessage], merge: bool, replay: bool
) -> None:
    before = copy.deepcopy(history)

    wire = to_wire_messages(history, merge_system_messages=merge, replay_reasoning=replay)

    assert history == before
    requests.chat("m", wire, {})
    sent = "".join(str(message["content"]) for message in wire)
    assert all(message.content in sent for message in history if message.content)
