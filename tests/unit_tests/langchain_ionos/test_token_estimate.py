"""Token counts without a tokenizer."""

from datetime import date

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from langchain_ionos import ChatIONOS

LOCAL = {"api_key": "any", "base_url": "http://localhost:1/v1"}


def test_tokens_of_a_text_are_estimated_offline() -> None:
    llm = ChatIONOS(**LOCAL)
    text = "The quick brown fox jumps over the lazy dog. " * 20
    assert 180 <= llm.get_num_tokens(text) <= 260
    assert llm.get_token_ids("fox fox") == llm.get_token_ids("fox") + llm.get_token_ids(" fox")
    assert llm.get_num_tokens("") == 0


def test_tokens_of_messages_include_images_calls_and_tools() -> None:
    llm = ChatIONOS(**LOCAL)
    alone = llm.get_num_tokens_from_messages([HumanMessage("Hi")])
    image = {"type": "image", "url": "https://e.org/a.png"}
    with_image = llm.get_num_tokens_from_messages([HumanMessage(["Hi", image])])
    call = {"name": "add", "args": {"a": 1}, "id": "1"}
    with_call = llm.get_num_tokens_from_messages(
        [HumanMessage("Hi"), AIMessage("", tool_calls=[call])]
    )
    with_tool = llm.get_num_tokens_from_messages([HumanMessage("Hi")], tools=[{"name": "add"}])
    assert alone < with_tool
    assert alone < with_call
    assert with_image > alone + 500


def test_tokens_of_tool_results_are_those_of_the_text_that_is_sent() -> None:
    llm = ChatIONOS(**LOCAL)
    rows = {"rows": list(range(1000))}
    file = {"type": "file", "base64": "A" * 10_000, "mime_type": "text/csv"}
    assert llm.get_num_tokens_from_messages([ToolMessage([rows], tool_call_id="1")]) > 1000
    assert llm.get_num_tokens_from_messages([ToolMessage([file], tool_call_id="1")]) < 30


def test_tokens_of_arguments_that_are_not_json_are_counted() -> None:
    call = {"name": "add", "args": {"day": date(2026, 1, 31)}, "id": "1"}
    message = AIMessage("", tool_calls=[call])
    assert ChatIONOS(**LOCAL).get_num_tokens_from_messages([message]) > 20


def test_a_custom_tokenizer_is_used() -> None:
    llm = ChatIONOS(custom_get_token_ids=lambda text: [0] * len(text), **LOCAL)
    assert llm.get_num_tokens("Hallo") == 5
    assert llm.get_num_tokens_from_messages([HumanMessage("Hallo")]) == 9
