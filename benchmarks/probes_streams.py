"""Streams: content, shape and errors."""

from __future__ import annotations

from typing import Any

from hub_responses import (
    TEXT_CHUNKS,
    chunk,
    completion,
    say_hallo,
    tool_call,
    tool_chunks,
    usage_chunk,
)
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.tools import tool
from peers import Peer
from pydantic import BaseModel
from scripted_server import Json, Response, ScriptedServer
from verdicts import Probe, require, typed_or_partly


@tool
def add_one(a: int) -> int:
    """Add one to a number."""
    return a + 1


class Person(BaseModel):
    """A person."""

    name: str
    age: int


def _joined(model: Any, question: str = "Hi") -> AIMessageChunk:
    complete: AIMessageChunk | None = None
    for part in model.stream(question):
        complete = part if complete is None else complete + part
    assert complete is not None
    return complete


def usage_by_default(peer: Peer) -> str | None:
    with ScriptedServer(say_hallo) as server:
        if _joined(peer.chat(server.url)).usage_metadata:
            return None
        option = "stream_usage"
        known = option in type(peer.chat(server.url)).model_fields
        require(known, "no token usage, and no option for it")
        usage = _joined(peer.chat(server.url, stream_usage=True)).usage_metadata
        require(usage, f"no token usage, even with {option}=True")
        return f"only with {option}=True when base_url is set"


def usage_in_a_chunk_without_choices(peer: Peer) -> str | None:
    with ScriptedServer(Response(events=[*TEXT_CHUNKS, usage_chunk()])) as server:
        usage = _joined(peer.chat(server.url)).usage_metadata
    require(usage and usage["total_tokens"] == 8, f"usage is {usage}")
    return None


def _with_tool(peer: Peer, url: str) -> Any:
    return peer.chat(url).bind_tools([add_one])


def streamed_tool_call(peer: Peer) -> str | None:
    return _check_call(peer, tool_chunks())


def streamed_tool_call_without_index(peer: Peer) -> str | None:
    return _check_call(peer, tool_chunks(with_index=False))


def _check_call(peer: Peer, events: list[Json]) -> str | None:
    with ScriptedServer(Response(events=events)) as server:
        calls = _joined(_with_tool(peer, server.url)).tool_calls
    result = [(call["name"], call["args"]) for call in calls]
    require(result == [("add_one", {"a": 1})], f"tool calls are {result}")
    return None


def event_stream_tool_call(peer: Peer) -> str | None:
    with ScriptedServer(Response(events=tool_chunks())) as server:
        message = _event_stream(_with_tool(peer, server.url))
    result = [(call["name"], call["args"]) for call in message.tool_calls]
    require(result == [("add_one", {"a": 1})], f"tool calls are {result}")
    return None


def event_stream_text_and_usage(peer: Peer) -> str | None:
    with ScriptedServer(Response(events=[*TEXT_CHUNKS, usage_chunk()])) as server:
        message = _event_stream(peer.chat(server.url))
    require(message.text == "Hallo", f"text is {message.text!r}")
    return None if message.usage_metadata else "no token usage"


def _event_stream(model: Any) -> AIMessage:
    stream = model.stream_events("Hi", version="v3")
    for _ in stream:
        pass
    message: AIMessage = stream.output
    return message


def empty_tool_call_id(peer: Peer) -> str | None:
    with ScriptedServer(
        completion({"content": "", "tool_calls": [tool_call(id="")]}, finish="tool_calls")
    ) as server:
        calls = _with_tool(peer, server.url).invoke("Hi").tool_calls
    require(calls and calls[0]["id"], f"tool calls are {calls}")
    return None


def _reasoning_in(field: str) -> Probe:
    complete = completion({"content": "4", field: "2+2"})
    first = chunk(role="assistant", **{field: "2+2"})
    streamed = Response(events=[first, chunk(content="4"), chunk("stop")])

    def probe(peer: Peer) -> str | None:
        with ScriptedServer(complete, streamed) as server:
            model = peer.chat(server.url)
            found = [_reasoning_of(model.invoke("Hi")), _reasoning_of(_joined(model))]
        require(any(found), "reasoning is dropped")
        return None if all(found) else f"invoke: {found[0]}, stream: {found[1]}"

    return probe


def _reasoning_of(message: AIMessage) -> bool:
    return any(
        block["type"] == "reasoning" and "2+2" in str(block) for block in message.content_blocks
    )


def streamed_structured_output(peer: Peer) -> str | None:
    text = '{"name": "Ada", "age": 36}'
    parts = [chunk(content=part) for part in (text[:8], text[8:15], text[15:])]
    streamed = Response(events=[chunk(role="assistant", content=""), *parts, chunk("stop")])
    complete = completion({"content": text})
    with ScriptedServer(lambda body: streamed if body.get("stream") else complete) as server:
        schema = Person.model_json_schema()
        model = peer.chat(server.url).with_structured_output(schema, method="json_schema")
        seen = list(model.stream("Who?"))
    require(seen and seen[-1] == {"name": "Ada", "age": 36}, f"the result is {seen[-1:]}")
    require(len(seen) > 1, "the object arrives in one piece")
    return None


def _broken(response: Response) -> Probe:
    def probe(peer: Peer) -> str | None:
        with ScriptedServer(response) as server:
            model: BaseChatModel = peer.chat(server.url)
            return typed_or_partly(lambda: _joined(model).text)

    return probe


error_event = _broken(
    Response(events=[*TEXT_CHUNKS[:2], {"error": {"message": "overloaded", "code": 500}}])
)
end_without_finish = _broken(Response(events=TEXT_CHUNKS[:2], done=False))
cut_in_the_middle = _broken(Response(events=TEXT_CHUNKS[:2], done=False, cut=True))


def retried_before_the_first_event(peer: Peer) -> str | None:
    cut = Response(events=[], done=False, cut=True)
    with ScriptedServer(cut, Response(events=TEXT_CHUNKS)) as server:
        require(_joined(peer.chat(server.url, max_retries=2)).text == "Hallo", "wrong text")
    return None


PROBES = {
    "token usage in streams by default": usage_by_default,
    "token usage in a chunk without choices": usage_in_a_chunk_without_choices,
    "streamed tool call": streamed_tool_call,
    "streamed tool call without `index`": streamed_tool_call_without_index,
    "tool call arguments in `stream_events(v3)`": event_stream_tool_call,
    "text and token usage in `stream_events(v3)`": event_stream_text_and_usage,
    "an empty tool call id is replaced": empty_tool_call_id,
    "reasoning is read from `reasoning`": _reasoning_in("reasoning"),
    "reasoning is read from `reasoning_content`": _reasoning_in("reasoning_content"),
    "structured output is streamed incrementally": streamed_structured_output,
    "error event inside a stream is a ModelError": error_event,
    "a stream without a finish reason is a ModelError": end_without_finish,
    "a stream cut in the middle is a ModelError": cut_in_the_middle,
    "streams are retried before the first event": retried_before_the_first_event,
}
