"""Checks of tool calls: asked for, forced, streamed in every shape, replayed."""

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
from .hub import Json, Reply, stream, talk
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
    actual = {"index": index, "id": id_, "type": "function"}
    kept = {key: value for key, value in actual.items() if value is not None}
    return {
        **kept,
        "function": {key: value for key, value in function.items() if value is not None},
    }


def calls(*pieces: Json) -> Json:
    """Return a delta with pieces of tool calls."""
    return {"tool_calls": list(pieces)}


BOTH = [call(0, "aaaaaaaaa", ONE), call(1, "bbbbbbbbb", TWO)]
whole_calls = [{key: each[key] for key in ("id", "type", "function")} for each in BOTH]


def selected(
    bench: Bench, reply: Reply, *, way: str = "stream", **options: Any
) -> list[ToolSelection]:
    """Return the tool calls at the end of an answer."""
    bench.hub.script(reply)
    llm = bench.llm()
    if way == "chat":
        last = llm.chat_with_tools([TOOL], "Add.", **options)
    elif way == "stream":
        last = _last(llm, list(llm.stream_chat_with_tools([TOOL], "Add.", **options)))
    else:
        last = _last(llm, aitems(llm.astream_chat_with_tools([TOOL], "Add.", **options)))
    return llm.get_tool_calls_from_response(last, error_on_no_tool_call=False)


def _last(llm: FunctionCallingLLM, found: list[Any]) -> Any:
    for item in found[:-1]:
        llm.get_tool_calls_from_response(item, error_on_no_tool_call=False)
    return found[-1]


def _are_both(found: list[ToolSelection]) -> None:
    actual = [(each.tool_name, each.tool_kwargs) for each in found]
    assert actual == [("add", {"a": 1, "b": 2}), ("add", {"a": 3, "b": 4})], actual
    assert len({each.tool_id for each in found}) == 2


@check("tool calling")
def a_call_is_read(bench: Bench) -> None:
    found = selected(bench, talk(tool_calls=whole_calls[:1]), way="chat")
    assert [each.tool_kwargs for each in found] == [{"a": 1, "b": 2}]


@check("tool calling")
def by_default(bench: Bench) -> None:
    assert bench.llm().metadata.is_function_calling_model


@check("tool calling")
def a_replayed_call_has_an_id_and_a_content(bench: Bench) -> None:
    asked = ChatMessage(role="assistant", blocks=[ToolCallBlock(tool_name="add", tool_kwargs={})])
    answered = ChatMessage(role="tool", content="3", additional_kwargs={"name": "add"})
    bench.llm().chat([ChatMessage("Add."), asked, answered])
    messages = bench.hub.requests[0]["messages"]
    assert messages[1]["content"] is not None
    assert messages[1]["tool_calls"][0]["id"] == messages[2]["tool_call_id"] is not None


@check("tool calling")
def long_descriptions_are_sent(bench: Bench) -> None:
    tool = FunctionTool.from_defaults(add, description="Adds. " * 300)
    bench.llm().chat_with_tools([tool], "Add.")
    assert bench.hub.requests[0]["tools"]


@check("broken arguments call no tool")
def cut_off(bench: Bench) -> None:
    _calls_nothing(bench, stream(calls(call(0, "aaaaaaaaa", '{"a": 1, "b')), finish="length"))


@check("broken arguments call no tool")
def no_json(bench: Bench) -> None:
    _calls_nothing(bench, stream(calls(call(0, "aaaaaaaaa", "a=1"))))


def _calls_nothing(bench: Bench, reply: Reply) -> None:
    """Check that a call is an error, or is selected only under another name with a reason."""
    try:
        names = [selection.tool_name for selection in selected(bench, reply)]
    except Exception as error:  # noqa: BLE001  # each package has errors of its own
        names = [str(error)]
    assert "add" in str(names)
    assert "add" not in names


@check("tool_choice forced/none/named")
def required(bench: Bench) -> None:
    bench.llm().chat_with_tools([TOOL], "Add.", tool_required=True)
    assert bench.hub.requests[0]["tool_choice"] in ("required", "any")


@check("tool_choice forced/none/named")
def none_and_named(bench: Bench) -> None:
    bench.llm().chat_with_tools([TOOL], "Add.", tool_choice="none")
    bench.llm().chat_with_tools([TOOL], "Add.", tool_choice="add")
    none, named = (each["tool_choice"] for each in bench.hub.requests)
    assert none == "none"
    assert named["function"]["name"] == "add"


@check("tool_choice forced/none/named")
def required_by_a_program(bench: Bench) -> None:
    bench.hub.script(talk(tool_calls=[call(0, "aaaaaaaaa", ONE, "Sum")]))
    program = FunctionCallingProgram.from_defaults(Sum, prompt_template_str="Add.", llm=bench.llm())
    assert program() == Sum(a=1, b=2)
    assert bench.hub.requests[0]["tool_choice"] in ("required", "any")


@check("parallel tool calls, non-stream")
def both_are_read(bench: Bench) -> None:
    reply = talk(tool_calls=whole_calls)
    _are_both(selected(bench, reply, way="chat", allow_parallel_tool_calls=True))


@check("parallel tool calls, non-stream")
def only_one_on_request(bench: Bench) -> None:
    reply = talk(tool_calls=whole_calls)
    assert len(selected(bench, reply, way="chat", allow_parallel_tool_calls=False)) == 1


def _shape(*deltas: Json) -> Any:
    def run(bench: Bench) -> None:
        for way in ("stream", "astream"):
            reply = stream(*deltas, finish="tool_calls")
            _are_both(selected(bench, reply, way=way, allow_parallel_tool_calls=True))

    return run


SHAPES: dict[str, list[Json]] = {
    "one_after_the_other": [
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
    "text_before": [{"content": "Let me see."}, calls(*BOTH)],
}
for _name, _deltas in SHAPES.items():
    _run = _shape(*_deltas)
    _run.__name__ = _name
    check("streamed tool calls")(_run)


@check("streamed tool calls")
def only_one_of_a_stream_on_request(bench: Bench) -> None:
    found = selected(bench, stream(calls(*BOTH)), allow_parallel_tool_calls=False)
    assert [each.tool_kwargs for each in found] == [{"a": 1, "b": 2}]


@check("streamed tool calls")
def partial_strings_are_told(bench: Bench) -> None:
    bench.hub.script(
        stream(calls(call(0, "aaaaaaaaa", '{"a": "Ber')), calls(call(0, None, 'lin"}', None)))
    )
    llm = bench.llm()
    found = [
        each.tool_kwargs.get("a")
        for item in llm.stream_chat_with_tools([TOOL], "Add.")
        for each in llm.get_tool_calls_from_response(item, error_on_no_tool_call=False)
    ]
    assert "Ber" in found, found


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


@check("caller's chat_history untouched")
def by_a_user_message(bench: Bench) -> None:
    history = [ChatMessage("One.")]
    bench.llm().chat_with_tools([TOOL], "Two.", chat_history=history)
    assert history == [ChatMessage("One.")]


@check("images in tool results")
def are_sent(bench: Bench) -> None:
    asked = ToolCallBlock(tool_call_id="aaaaaaaaa", tool_name="look", tool_kwargs={})
    seen = [TextBlock(text="There:"), ImageBlock(image=PNG)]
    kept = {"tool_call_id": "aaaaaaaaa", "name": "look"}
    messages = [
        ChatMessage("Look."),
        ChatMessage(role="assistant", blocks=[asked]),
        ChatMessage(role="tool", blocks=seen, additional_kwargs=kept),
    ]
    bench.llm().chat(messages)
    assert "data:image/png;base64," in str(bench.hub.requests[0]["messages"])


def _agent_runs(bench: Bench, deltas: list[Json]) -> None:
    bench.hub.script(stream(*deltas, finish="tool_calls"), talk("3 and 7."))

    async def run() -> Any:
        return await FunctionAgent(tools=[TOOL], llm=bench.llm()).run("Add.")

    output = asyncio.run(run())
    assert [each.tool_output.content for each in output.tool_calls] == ["3", "7"]
    assert output.response.content == "3 and 7."


@check("agents")
def calls_one_after_the_other(bench: Bench) -> None:
    _agent_runs(bench, SHAPES["one_after_the_other"])


@check("agents")
def two_calls_in_one_chunk(bench: Bench) -> None:
    _agent_runs(bench, SHAPES["two_in_one_chunk"])
