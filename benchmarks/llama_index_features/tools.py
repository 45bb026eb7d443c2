"""Checks of tool calls: optional, forced, streamed in different shapes, replayed."""

from __future__ import annotations

import asyncio
from typing import Any

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ChatMessage, ImageBlock, TextBlock, ToolCallBlock
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.program.function_program import FunctionCallingProgram
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel

from .checks import Bench, aitems, check
from .hub import Json, Reply, respond, stream
from .responses import PNG


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


class Sum(BaseModel):
    """A sum."""

    a: int
    b: int


TOOL = FunctionTool.from_defaults(add)
ONE, TWO = '{"a": 1, "b": 2}', '{"a": 3, "b": 4}'


def call(index: int | None, id_: str | None, arguments: str, name: str | None = "add") -> Json:
    """Return a piece of a tool call; None leaves a field out."""
    function = {"name": name, "arguments": arguments}
    fields = {"index": index, "id": id_, "type": "function"}
    return {**_without_none(fields), "function": _without_none(function)}


def _without_none(fields: Json) -> Json:
    return {key: value for key, value in fields.items() if value is not None}


def calls(*pieces: Json) -> Json:
    """Return a delta with pieces of tool calls."""
    return {"tool_calls": list(pieces)}


BOTH = [call(0, "aaaaaaaaa", ONE), call(1, "bbbbbbbbb", TWO)]
COMPLETE_CALLS = [{key: each[key] for key in ("id", "type", "function")} for each in BOTH]


def selected(
    bench: Bench, reply: Reply, *, method: str = "stream", **options: Any
) -> list[ToolSelection]:
    """Return the tool calls of the last response."""
    bench.hub.script(reply)
    llm = bench.llm()
    if method == "chat":
        last = llm.chat_with_tools([TOOL], "Add.", **options)
    elif method == "stream":
        last = _last(llm, list(llm.stream_chat_with_tools([TOOL], "Add.", **options)))
    else:
        last = _last(llm, aitems(llm.astream_chat_with_tools([TOOL], "Add.", **options)))
    return llm.get_tool_calls_from_response(last, error_on_no_tool_call=False)


def _last(llm: FunctionCallingLLM, responses: list[Any]) -> Any:
    """Read the tool calls of all responses, as agents do, and return the last response."""
    for response in responses[:-1]:
        llm.get_tool_calls_from_response(response, error_on_no_tool_call=False)
    return responses[-1]


def _check_both(selections: list[ToolSelection]) -> None:
    received = [(each.tool_name, each.tool_kwargs) for each in selections]
    assert received == [("add", {"a": 1, "b": 2}), ("add", {"a": 3, "b": 4})], received
    assert len({each.tool_id for each in selections}) == 2


@check("tool calls")
def a_call_is_returned(bench: Bench) -> None:
    selections = selected(bench, respond(tool_calls=COMPLETE_CALLS[:1]), method="chat")
    assert [each.tool_kwargs for each in selections] == [{"a": 1, "b": 2}]


@check("tool calls")
def supported_by_default(bench: Bench) -> None:
    assert bench.llm().metadata.is_function_calling_model


@check("tool calls")
def a_replayed_call_has_an_id_and_a_content(bench: Bench) -> None:
    request = ChatMessage(role="assistant", blocks=[ToolCallBlock(tool_name="add", tool_kwargs={})])
    result = ChatMessage(role="tool", content="3", additional_kwargs={"name": "add"})
    bench.llm().chat([ChatMessage("Add."), request, result])
    messages = bench.hub.requests[0]["messages"]
    assert messages[1]["content"] is not None
    assert messages[1]["tool_calls"][0]["id"] == messages[2]["tool_call_id"] is not None


@check("tool calls")
def long_descriptions_are_sent(bench: Bench) -> None:
    tool = FunctionTool.from_defaults(add, description="Adds. " * 300)
    bench.llm().chat_with_tools([tool], "Add.")
    assert bench.hub.requests[0]["tools"]


@check("broken arguments call no tool")
def truncated_arguments(bench: Bench) -> None:
    _check_not_called(bench, stream(calls(call(0, "aaaaaaaaa", '{"a": 1, "b')), finish="length"))


@check("broken arguments call no tool")
def arguments_that_are_not_json(bench: Bench) -> None:
    _check_not_called(bench, stream(calls(call(0, "aaaaaaaaa", "a=1"))))


def _check_not_called(bench: Bench, reply: Reply) -> None:
    """Assert that the call is an error, or is selected under another name that has the reason."""
    try:
        names = [selection.tool_name for selection in selected(bench, reply)]
    except Exception as error:  # noqa: BLE001  # each package has its own error classes
        names = [str(error)]
    assert "add" in str(names)
    assert "add" not in names


@check("tool choice: any, none or a named tool")
def required(bench: Bench) -> None:
    bench.llm().chat_with_tools([TOOL], "Add.", tool_required=True)
    assert bench.hub.requests[0]["tool_choice"] in ("required", "any")


@check("tool choice: any, none or a named tool")
def none_and_named(bench: Bench) -> None:
    bench.llm().chat_with_tools([TOOL], "Add.", tool_choice="none")
    bench.llm().chat_with_tools([TOOL], "Add.", tool_choice="add")
    none, named = (each["tool_choice"] for each in bench.hub.requests)
    assert none == "none"
    assert named["function"]["name"] == "add"


@check("tool choice: any, none or a named tool")
def required_in_a_program(bench: Bench) -> None:
    bench.hub.script(respond(tool_calls=[call(0, "aaaaaaaaa", ONE, "Sum")]))
    program = FunctionCallingProgram.from_defaults(Sum, prompt_template_str="Add.", llm=bench.llm())
    assert program() == Sum(a=1, b=2)
    assert bench.hub.requests[0]["tool_choice"] in ("required", "any")


@check("parallel tool calls")
def both_are_returned(bench: Bench) -> None:
    reply = respond(tool_calls=COMPLETE_CALLS)
    _check_both(selected(bench, reply, method="chat", allow_parallel_tool_calls=True))


@check("parallel tool calls")
def only_one_on_request(bench: Bench) -> None:
    reply = respond(tool_calls=COMPLETE_CALLS)
    assert len(selected(bench, reply, method="chat", allow_parallel_tool_calls=False)) == 1


def _shape_check(*deltas: Json) -> Any:
    def run(bench: Bench) -> None:
        for method in ("stream", "astream"):
            reply = stream(*deltas, finish="tool_calls")
            _check_both(selected(bench, reply, method=method, allow_parallel_tool_calls=True))

    return run


SHAPES: dict[str, list[Json]] = {
    "consecutive": [
        calls(call(0, "aaaaaaaaa", "")),
        *(calls(call(0, None, piece, None)) for piece in ('{"a": 1', ', "b": 2}')),
        calls(call(1, "bbbbbbbbb", "")),
        *(calls(call(1, None, piece, None)) for piece in ('{"a": 3', ', "b": 4}')),
    ],
    "two_in_one_chunk": [calls(*BOTH)],
    "interleaved": [
        calls(call(0, "aaaaaaaaa", "")),
        calls(call(1, "bbbbbbbbb", "")),
        calls(call(0, None, '{"a": 1', None)),
        calls(call(1, None, '{"a": 3', None)),
        calls(call(0, None, ', "b": 2}', None)),
        calls(call(1, None, ', "b": 4}', None)),
    ],
    "id_and_name_repeated": [
        calls(call(0, "aaaaaaaaa", '{"a": 1')),
        calls(call(0, "aaaaaaaaa", ', "b": 2}')),
        calls(call(1, "bbbbbbbbb", '{"a": 3')),
        calls(call(1, "bbbbbbbbb", ', "b": 4}')),
    ],
    "both_at_index_0": [calls(call(0, "aaaaaaaaa", ONE)), calls(call(0, "bbbbbbbbb", TWO))],
    "without_an_index": [calls(call(None, "aaaaaaaaa", ONE)), calls(call(None, "bbbbbbbbb", TWO))],
    "without_ids": [calls(call(0, None, ONE)), calls(call(1, None, TWO))],
    "after_text": [{"content": "Let me see."}, calls(*BOTH)],
}
for _name, _deltas in SHAPES.items():
    _run = _shape_check(*_deltas)
    _run.__name__ = _name
    check("streamed tool calls")(_run)


@check("streamed tool calls")
def only_one_of_a_stream_on_request(bench: Bench) -> None:
    selections = selected(bench, stream(calls(*BOTH)), allow_parallel_tool_calls=False)
    assert [each.tool_kwargs for each in selections] == [{"a": 1, "b": 2}]


@check("streamed tool calls")
def partial_strings_are_streamed(bench: Bench) -> None:
    bench.hub.script(
        stream(calls(call(0, "aaaaaaaaa", '{"a": "Ber')), calls(call(0, None, 'lin"}', None)))
    )
    llm = bench.llm()
    values = [
        each.tool_kwargs.get("a")
        for response in llm.stream_chat_with_tools([TOOL], "Add.")
        for each in llm.get_tool_calls_from_response(response, error_on_no_tool_call=False)
    ]
    assert "Ber" in values, values


@check("strict tools")
def sent_on_request(bench: Bench) -> None:
    bench.llm(strict=True).chat_with_tools([TOOL], "Add.")
    function = bench.hub.requests[0]["tools"][0]["function"]
    assert function["strict"] is True
    assert function["parameters"]["additionalProperties"] is False


@check("strict tools")
def not_sent_otherwise(bench: Bench) -> None:
    bench.llm().chat_with_tools([TOOL], "Add.")
    assert "strict" not in bench.hub.requests[0]["tools"][0]["function"]


@check("the caller's chat history is not changed")
def user_msg_is_not_appended(bench: Bench) -> None:
    history = [ChatMessage("One.")]
    bench.llm().chat_with_tools([TOOL], "Two.", chat_history=history)
    assert history == [ChatMessage("One.")]


@check("images in tool results")
def images_are_sent(bench: Bench) -> None:
    call_block = ToolCallBlock(tool_call_id="aaaaaaaaa", tool_name="look", tool_kwargs={})
    result = [TextBlock(text="There:"), ImageBlock(image=PNG)]
    result_fields = {"tool_call_id": "aaaaaaaaa", "name": "look"}
    messages = [
        ChatMessage("Look."),
        ChatMessage(role="assistant", blocks=[call_block]),
        ChatMessage(role="tool", blocks=result, additional_kwargs=result_fields),
    ]
    bench.llm().chat(messages)
    assert "data:image/png;base64," in str(bench.hub.requests[0]["messages"])


def _check_agent(bench: Bench, deltas: list[Json]) -> None:
    bench.hub.script(stream(*deltas, finish="tool_calls"), respond("3 and 7."))

    async def run() -> Any:
        return await FunctionAgent(tools=[TOOL], llm=bench.llm()).run("Add.")

    output = asyncio.run(run())
    assert [each.tool_output.content for each in output.tool_calls] == ["3", "7"]
    assert output.response.content == "3 and 7."


@check("agents")
def consecutive_calls(bench: Bench) -> None:
    _check_agent(bench, SHAPES["consecutive"])


@check("agents")
def two_calls_in_one_chunk(bench: Bench) -> None:
    _check_agent(bench, SHAPES["two_in_one_chunk"])
