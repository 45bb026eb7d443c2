from collections.abc import Callable
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.tools import FunctionTool

from ionos_model_hub.errors import InvalidRequestError, ResponseError
from llama_index_ionos import IONOS

Json = dict[str, Any]


def add(a: int, b: int) -> int:
    """Add numbers."""
    return a + b


TOOL = FunctionTool.from_defaults(add)
CALLS = [
    {
        "index": index,
        "id": f"c{index}",
        "function": {"name": "add", "arguments": '{"a": 1, "b": 2}'},
    }
    for index in range(2)
]


def test_tools_are_sent_and_history_is_not_modified(
    make_llm: Callable[..., IONOS], requests: list[Json], chunk: Callable[..., Json]
) -> None:
    llm = make_llm(chunk(tool_calls=CALLS[:1], finish="tool_calls"))
    history = [ChatMessage("What is 1 + 1?")]

    llm.chat_with_tools([TOOL], "Please.", chat_history=history, tool_required=True)
    llm.chat_with_tools([TOOL], "Please.", tool_required=True, tool_choice=None)
    llm.chat_with_tools([TOOL], "Please.", tool_choice="add")
    llm.chat_with_tools([TOOL], "Please.", tool_choice="none")
    llm.chat_with_tools([TOOL], "Please.")
    llm.chat_with_tools([], "Please.", tool_choice="none")

    assert history == [ChatMessage("What is 1 + 1?")]
    assert [each["content"] for each in requests[0]["messages"]] == ["What is 1 + 1?", "Please."]
    named = {"type": "function", "function": {"name": "add"}}
    choices = [each.get("tool_choice") for each in requests]
    assert choices == ["required", "required", named, "none", None, None]
    assert ["tools" in each for each in requests] == [True] * 5 + [False]
    assert not any("parallel_tool_calls" in each for each in requests)


def test_required_tool_call_without_tools_is_error(make_llm: Callable[..., IONOS]) -> None:
    with pytest.raises(InvalidRequestError, match="no tools"):
        make_llm().chat_with_tools([], "Please.", tool_required=True)


async def test_single_tool_call_sync_async_and_streamed(
    make_llm: Callable[..., IONOS], chunk: Callable[..., Json]
) -> None:
    llm = make_llm(chunk(tool_calls=CALLS, finish="tool_calls"))

    for parallel, expected in ((False, 1), (True, 2)):
        options = {"allow_parallel_tool_calls": parallel}
        astream = await llm.astream_chat_with_tools([TOOL], "Add.", **options)
        responses = [
            llm.chat_with_tools([TOOL], "Add.", **options),
            await llm.achat_with_tools([TOOL], "Add.", **options),
            *llm.stream_chat_with_tools([TOOL], "Add.", **options),
            *[item async for item in astream],
        ]
        for response in responses:
            assert len(llm.get_tool_calls_from_response(response)) == expected
            assert len(response.message.additional_kwargs["tool_calls"]) == expected


def test_parallel_tool_calls_is_sent_only_if_set(
    make_llm: Callable[..., IONOS], requests: list[Json], chunk: Callable[..., Json]
) -> None:
    llm = make_llm(chunk(tool_calls=CALLS, finish="tool_calls"))
    response = llm.chat_with_tools(
        [TOOL], "Add.", allow_parallel_tool_calls=True, parallel_tool_calls=False
    )
    assert requests[0]["parallel_tool_calls"] is False
    assert len(llm.get_tool_calls_from_response(response)) == 1


def test_error_on_no_tool_call(make_llm: Callable[..., IONOS], chunk: Callable[..., Json]) -> None:
    llm = make_llm(chunk(content="No.", finish="stop"))
    response = llm.chat_with_tools([TOOL], "Add.")
    assert llm.get_tool_calls_from_response(response, error_on_no_tool_call=False) == []
    with pytest.raises(ResponseError, match=r"responded with the text 'No\.'") as caught:
        llm.get_tool_calls_from_response(response)
    assert isinstance(caught.value, ValueError)  # as LlamaIndex documents
    assert str(caught.value.hint).startswith("Pass tool_required=True")


def test_response_cut_off_before_a_tool_call_is_error(
    make_llm: Callable[..., IONOS], chunk: Callable[..., Json]
) -> None:
    llm = make_llm(chunk(content="I will", finish="length"))
    with pytest.raises(ResponseError, match="cut off before a tool call") as caught:
        llm.predict_and_call([TOOL], "Add.")
    assert "max_tokens" in str(caught.value.hint)


def test_truncated_tool_call_is_error(
    make_llm: Callable[..., IONOS], chunk: Callable[..., Json]
) -> None:
    call = {"index": 0, "id": "c", "function": {"name": "add", "arguments": '{"a": 1, "b'}}
    llm = make_llm(chunk(tool_calls=[call]), chunk(finish="length"))

    *partial, last = llm.stream_chat_with_tools([TOOL], "Add.")

    assert llm.get_tool_calls_from_response(partial[0])[0].tool_kwargs == {"a": 1}
    with pytest.raises(ResponseError, match="max_tokens"):
        llm.get_tool_calls_from_response(last)
    with pytest.raises(ResponseError, match="max_tokens"):
        llm.predict_and_call([TOOL], "Add.")


@pytest.mark.parametrize(
    "tool",
    [
        {"type": "web_search_preview"},
        {"type": "web_search_20250305", "name": "web_search"},
        {"type": "code_interpreter", "container": {"type": "auto"}},
    ],
)
def test_built_in_tools_of_other_providers_are_rejected(
    make_llm: Callable[..., IONOS], requests: list[Json], tool: Json
) -> None:
    llm = make_llm()
    with pytest.raises(InvalidRequestError, match=f"'{tool['type']}' is a built-in tool"):
        llm.chat_with_tools([tool], "Search.")  # type: ignore[list-item]  # intentionally wrong
    with pytest.raises(InvalidRequestError, match=f"'{tool['type']}' is a built-in tool"):
        llm.chat([ChatMessage("Search.")], tools=[tool])
    assert requests == []


def test_forced_calls_are_strict_by_default(
    make_llm: Callable[..., IONOS], requests: list[Json], chunk: Callable[..., Json]
) -> None:
    llm = make_llm(chunk(tool_calls=CALLS[:1], finish="tool_calls"))

    for choice in ("required", "any", "add", "auto", "none", None):
        llm.chat_with_tools([TOOL], "Add.", tool_choice=choice)

    functions = [request["tools"][0]["function"] for request in requests]
    assert [function.get("strict", False) for function in functions] == [True] * 3 + [False] * 3


def test_tools_with_a_response_format_are_strict_by_default(
    make_llm: Callable[..., IONOS], requests: list[Json], chunk: Callable[..., Json]
) -> None:
    json_object = {"type": "json_object"}
    answer = chunk(tool_calls=CALLS[:1], finish="tool_calls")

    make_llm(answer).chat_with_tools([TOOL], "Add.", response_format=json_object)
    formatted = make_llm(answer, additional_kwargs={"response_format": json_object})
    formatted.chat_with_tools([TOOL], "Add.")
    formatted.chat_with_tools([TOOL], "Add.", tool_choice="none")

    functions = [request["tools"][0]["function"] for request in requests]
    assert [function.get("strict", False) for function in functions] == [True, True, False]


async def test_tool_without_parameters_called_with_null(
    make_llm: Callable[..., IONOS], chunk: Callable[..., Json]
) -> None:
    now = FunctionTool.from_defaults(lambda: "12:00", name="now", description="The time.")
    for arguments in ("null", "true", "false"):
        call = {"index": 0, "id": "c", "function": {"name": "now", "arguments": arguments}}
        llm = make_llm(chunk(tool_calls=[call], finish="tool_calls"))

        assert str(llm.predict_and_call([now], "When?")) == "12:00"
        assert str(await llm.apredict_and_call([now], "When?")) == "12:00"
        *_, last = llm.stream_chat_with_tools([now], "When?")
        assert llm.get_tool_calls_from_response(last)[0].tool_kwargs == {}
