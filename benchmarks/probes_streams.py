"""Streams: what arrives, in which shape, and what happens to broken ones."""

from __future__ import annotations

from typing import Any

from answers_of_a_hub import (
    TEXT_CHUNKS,
    chunk,
    completion,
    hallo,
    tool_call,
    tool_chunks,
    usage_chunk,
)
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.tools import tool
from peers import Peer
from pydantic import BaseModel
from scripted_server import Answer, Json, ScriptedServer
from verdicts import require, typed_or_partly


@tool
def add_one(a: int) -> int:
    """Add one to a number."""
    return a + 1


class Person(BaseModel):
    """Someone."""

    name: str
    age: int


def _gathered(model: Any, question: str = "Hi") -> AIMessageChunk:
    whole: AIMessageChunk | None = None
    for piece in model.stream(question):
        whole = piece if whole is None else whole + piece
    assert whole is not None
    return whole


def usage_by_default(peer: Peer) -> str | None:
    with ScriptedServer(hallo) as server:
        if _gathered(peer.chat(server.url)).usage_metadata:
            return None
        option = "stream_usage"
        known = option in type(peer.chat(server.url)).model_fields
        require(known, "no token counts, and no option for them")
        usage = _gathered(peer.chat(server.url, stream_usage=True)).usage_metadata
        require(usage, f"no token counts, even with {option}=True")
        return f"only with {option}=True when base_url is set"


def usage_in_a_chunk_without_choices(peer: Peer) -> str | None:
    with ScriptedServer(Answer(events=[*TEXT_CHUNKS, usage_chunk()])) as server:
        usage = _gathered(peer.chat(server.url)).usage_metadata
    require(usage and usage["total_tokens"] == 8, f"usage is {usage}")
    return None


def _with_tool(peer: Peer, url: str) -> Any:
    return peer.chat(url).bind_tools([add_one])


def streamed_tool_call(peer: Peer) -> str | None:
    return _check_call(peer, tool_chunks())


def streamed_tool_call_without_index(peer: Peer) -> str | None:
    return _check_call(peer, tool_chunks(with_index=False))


def _check_call(peer: Peer, events: list[Json]) -> str | None:
    with ScriptedServer(Answer(events=events)) as server:
        calls = _gathered(_with_tool(peer, server.url)).tool_calls
    told = [(call["name"], call["args"]) for call in calls]
    require(told == [("add_one", {"a": 1})], f"tool calls are {told}")
    return None


def event_stream_tool_call(peer: Peer) -> str | None:
    with ScriptedServer(Answer(events=tool_chunks())) as server:
        message = _event_stream(_with_tool(peer, server.url))
    told = [(call["name"], call["args"]) for call in message.tool_calls]
    require(told == [("add_one", {"a": 1})], f"tool calls are {told}")
    return None


def event_stream_text_and_usage(peer: Peer) -> str | None:
    with ScriptedServer(Answer(events=[*TEXT_CHUNKS, usage_chunk()])) as server:
        message = _event_stream(peer.chat(server.url))
    require(message.text == "Hallo", f"text is {message.text!r}")
    return None if message.usage_metadata else "no token counts"


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


def _reasoning_in(field: str) -> Any:
    whole = completion({"content": "4", field: "2+2"})
    first = chunk(role="assistant", **{field: "2+2"})
    streamed = Answer(events=[first, chunk(content="4"), chunk("stop")])

    def probe(peer: Peer) -> str | None:
        with ScriptedServer(whole, streamed) as server:
            model = peer.chat(server.url)
            found = [_reasoning_of(model.invoke("Hi")), _reasoning_of(_gathered(model))]
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
    streamed = Answer(events=[chunk(role="assistant", content=""), *parts, chunk("stop")])
    whole = completion({"content": text})
    with ScriptedServer(lambda body: streamed if body.get("stream") else whole) as server:
        schema = Person.model_json_schema()
        model = peer.chat(server.url).with_structured_output(schema, method="json_schema")
        seen = list(model.stream("Who?"))
    require(seen and seen[-1] == {"name": "Ada", "age": 36}, f"the result is {seen[-1:]}")
    require(len(seen) > 1, "the object comes in one piece")
    return None


def _broken(answer: Answer) -> Any:
    def probe(peer: Peer) -> str | None:
        with ScriptedServer(answer) as server:
            model: BaseChatModel = peer.chat(server.url)
            return typed_or_partly(lambda: _gathered(model).text)

    return probe


error_event = _broken(
    Answer(events=[*TEXT_CHUNKS[:2], {"error": {"message": "overloaded", "code": 500}}])
)
end_without_finish = _broken(Answer(events=TEXT_CHUNKS[:2], done=False))
cut_in_the_middle = _broken(Answer(events=TEXT_CHUNKS[:2], done=False, cut=True))


def retried_before_the_first_event(peer: Peer) -> str | None:
    cut = Answer(events=[], done=False, cut=True)
    with ScriptedServer(cut, Answer(events=TEXT_CHUNKS)) as server:
        require(_gathered(peer.chat(server.url, max_retries=2)).text == "Hallo", "wrong text")
    return None


PROBES = {
    "token counts in streams, by default": usage_by_default,
    "token counts in a chunk without choices": usage_in_a_chunk_without_choices,
    "streamed tool call": streamed_tool_call,
    "streamed tool call without `index`": streamed_tool_call_without_index,
    "tool call arguments in `stream_events(v3)`": event_stream_tool_call,
    "text and token counts in `stream_events(v3)`": event_stream_text_and_usage,
    "empty tool call id replaced": empty_tool_call_id,
    "reasoning read from `reasoning`": _reasoning_in("reasoning"),
    "reasoning read from `reasoning_content`": _reasoning_in("reasoning_content"),
    "structured output streamed in pieces": streamed_structured_output,
    "error event inside a stream is a ModelError": error_event,
    "stream that ends without finish is a ModelError": end_without_finish,
    "stream cut in the middle is a ModelError": cut_in_the_middle,
    "stream retried while nothing has arrived": retried_before_the_first_event,
}
