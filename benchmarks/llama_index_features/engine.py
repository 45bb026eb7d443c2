"""Checks of behaviour with a real engine: truncated calls, tools without parameters, schemas."""

from __future__ import annotations

from typing import Any

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.tools import FunctionTool, ToolMetadata
from pydantic import BaseModel

from .checks import HELLO, Bench, check, failure_of, items
from .hub import Json, Reply, chunk, respond, stream
from .structured import BERLIN, BERLIN_JSON, FUNCTION, PROMPT, predict, streamed
from .tools import call, calls


def search(query: str = "all") -> str:
    """Search; the query is optional."""
    return query


def now() -> str:
    """Return the time."""
    return "noon"


class Tags(BaseModel):
    """A set, whose schema vLLM's grammar rejects."""

    tags: set[str]


SEARCH, NOW = FunctionTool.from_defaults(search), FunctionTool.from_defaults(now)


def _truncated(arguments: str, name: str) -> Reply:
    def reply(responder: Any) -> None:
        tool_call = call(None, "aaaaaaaaa", arguments, name)
        message = {"role": "assistant", "content": "", "tool_calls": [tool_call]}
        choice = {"index": 0, "message": message, "finish_reason": "length"}
        responder.json({**chunk({}), "object": "chat.completion", "choices": [choice]})

    return reply


def _selected_names(bench: Bench, reply: Reply, tool: FunctionTool, *, streams: bool) -> list[str]:
    bench.hub.script(reply)
    llm = bench.llm()
    if streams:
        last = list(llm.stream_chat_with_tools([tool], "Search."))[-1]
    else:
        last = llm.chat_with_tools([tool], "Search.")
    selections = llm.get_tool_calls_from_response(last, error_on_no_tool_call=False)
    return [selection.tool_name for selection in selections]


@check("truncated calls do not run")
def arguments_closed_by_the_server(bench: Bench) -> None:
    assert "search" not in _selected_names(bench, _truncated("{}", "search"), SEARCH, streams=False)


@check("truncated calls do not run")
def arguments_missing_in_a_stream(bench: Bench) -> None:
    reply = stream(calls(call(0, "aaaaaaaaa", "", "search")), finish="length")
    assert "search" not in _selected_names(bench, reply, SEARCH, streams=True)


@check("tools without parameters")
def null_true_and_false_as_arguments(bench: Bench) -> None:
    for arguments in ("null", "true", "false"):
        reply = respond(tool_calls=[call(0, "aaaaaaaaa", arguments, "now")])
        assert _selected_names(bench, reply, NOW, streams=False) == ["now"]


@check("tools without parameters")
def tool_without_a_description(bench: Bench) -> None:
    tool = FunctionTool(now, metadata=ToolMetadata(description=None, name="now"))  # type: ignore[arg-type]  # optional for MCP tools
    bench.llm().chat_with_tools([tool], "Time?")
    assert bench.hub.requests[0]["tools"][0]["function"]["name"] == "now"


@check("structured output by function calling is strict")
def strict_by_default(bench: Bench) -> None:
    bench.hub.script(respond(tool_calls=[call(0, "aaaaaaaaa", BERLIN_JSON, "City")]))
    assert predict(bench, **FUNCTION) == BERLIN
    assert bench.hub.requests[-1]["tools"][0]["function"].get("strict") is True


@check("truncated structured output is an error")
def response_is_cut_off(bench: Bench) -> None:
    bench.hub.script(_text('{"name": "Ber', "length"))
    assert failure_of(lambda: predict(bench))


@check("truncated structured output is an error")
def stream_is_cut_off(bench: Bench) -> None:
    bench.hub.script(stream({"content": '{"name": "Ber'}, finish="length"))
    assert failure_of(lambda: streamed(bench))


def _text(text: str, finish: str) -> Reply:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    body = {**chunk({}), "object": "chat.completion", "choices": [choice]}
    return lambda responder: responder.json(body)


@check("schemas with sets")
def rejected_keywords_are_not_sent(bench: Bench) -> None:
    bench.hub.script(respond('{"tags": ["a"]}'))
    assert bench.llm().structured_predict(Tags, PROMPT, city="Kiel") == Tags(tags={"a"})
    assert "uniqueItems" not in str(bench.hub.requests[-1]["response_format"])


@check("extra_headers of one call")
def sent_without_streaming(bench: Bench) -> None:
    bench.llm().chat(HELLO, extra_headers={"x-team": "blue"})
    headers: Json = bench.hub.requests[-1]["headers"]
    assert {name.lower(): value for name, value in headers.items()}["x-team"] == "blue"


@check("extra_headers of one call")
def sent_with_streaming(bench: Bench) -> None:
    items(bench.llm(), extra_headers={"x-team": "blue"})
    headers: Json = bench.hub.requests[-1]["headers"]
    assert {name.lower(): value for name, value in headers.items()}["x-team"] == "blue"


@check("lone surrogates in tool results are replaced")
def surrogate_in_a_tool_message(bench: Bench) -> None:
    history = [
        ChatMessage("Hi"),
        ChatMessage(
            role="assistant",
            content="",
            additional_kwargs={"tool_calls": [call(None, "aaaaaaaaa", "{}", "now")]},
        ),
        ChatMessage(
            role="tool", content="x\ud83d", additional_kwargs={"tool_call_id": "aaaaaaaaa"}
        ),
    ]
    assert bench.llm().chat(history).message.content
