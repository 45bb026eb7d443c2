"""Behaviour with a real engine: truncated calls, structured output, schemas, foreign arguments."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NotRequired, Union

import httpx
from hub_responses import chunk, completion, say_hallo, tool_call
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool
from peers import Peer
from probes_streams import Person, _joined
from pydantic import BaseModel
from scripted_server import Json, Response, ScriptedServer
from typing_extensions import TypedDict
from verdicts import Probe, ShortfallError, require

PERSON = '{"name": "Ada", "age": 36}'
REJECTED_KEYWORDS = ("uniqueItems", '"format": "path"', '"format": "password"')


class Tags(BaseModel):
    """Types whose schema uses features that vLLM's grammar rejects."""

    tags: set[str]
    path: Path


class Place(TypedDict):
    """A place with an optional note."""

    name: str
    note: NotRequired[str]


@tool
def search(query: str = "all") -> str:
    """Search; the query is optional."""
    return query


def _rejecting_grammar(body: Json) -> Response:
    """Reject schemas as vLLM does."""
    if any(keyword in str(body).replace("'", '"') for keyword in REJECTED_KEYWORDS):
        error = {"message": "Grammar error: Unimplemented keys", "type": "BadRequestError"}
        return Response({"error": {**error, "code": 400}}, status=400)
    return completion({"content": '{"tags": ["a"], "path": "/x"}'})


def broken_call_in_history(peer: Peer) -> str | None:
    call = {"type": "invalid_tool_call", "id": "a", "name": "f", "args": '{"city": "Ber'}
    history = [
        HumanMessage("Hi"),
        AIMessage("", invalid_tool_calls=[{**call, "error": None}]),
        HumanMessage("Go on"),
    ]
    with ScriptedServer(say_hallo) as server:
        peer.chat(server.url).invoke(history)
        sent = server.body["messages"][1].get("tool_calls") or []
    arguments = [each["function"]["arguments"] for each in sent]
    require(all(each.endswith("}") for each in arguments), f"sends {arguments}")
    return None


def _truncated(stream: bool) -> Probe:
    def probe(peer: Peer) -> str | None:
        call = {"id": "c", "type": "function", "function": {"name": "search", "arguments": ""}}
        events = [chunk(tool_calls=[{"index": 0, **call}]), chunk("length")]
        reply = (
            Response(events=events)
            if stream
            else completion(
                {
                    "content": "",
                    "tool_calls": [{**call, "function": {**call["function"], "arguments": "{}"}}],
                },
                finish="length",
            )
        )
        with ScriptedServer(reply) as server:
            model = peer.chat(server.url).bind_tools([search])
            message = _joined(model) if stream else model.invoke("Hi")
        require(not message.tool_calls, f"calls {message.tool_calls}")
        return None

    return probe


def _invalid_output(content: Json, method: str, finish: str = "stop") -> Probe:
    def probe(peer: Peer) -> str | None:
        with ScriptedServer(completion(content, finish=finish)) as server:
            model = peer.chat(server.url).with_structured_output(Person, method=method)
            try:
                result = model.invoke("Who?")
            except Exception:  # noqa: BLE001  # any error reports the failure
                return None
        raise ShortfallError(f"returns {result!r}")

    return probe


def truncated_structured_stream(peer: Peer) -> str | None:
    events = [chunk(content=PERSON[:9]), chunk("length")]
    with ScriptedServer(Response(events=events)) as server:
        model = peer.chat(server.url).with_structured_output(Person, method="json_schema")
        try:
            result = list(model.stream("Who?"))
        except Exception:  # noqa: BLE001  # any error reports the failure
            return None
    raise ShortfallError(f"yields {result}")


def rejected_keywords(peer: Peer) -> str | None:
    with ScriptedServer(_rejecting_grammar) as server:
        model = peer.chat(server.url).with_structured_output(Tags, method="json_schema")
        require(model.invoke("Hi") == Tags(tags={"a"}, path=Path("/x")), "wrong value")
    return None


def optional_keys(peer: Peer) -> str | None:
    with ScriptedServer(completion({"content": '{"name": "Kiel"}'})) as server:
        model = peer.chat(server.url).with_structured_output(Place, method="json_schema")
        result = model.invoke("Hi")
        schema = server.body["response_format"]["json_schema"]["schema"]
    require(result == {"name": "Kiel"}, f"the result is {result}")
    require("note" not in schema.get("required", []), "requires the optional key")
    return None


def _root(schema: Any, value: Any) -> Probe:
    def probe(peer: Peer) -> str | None:
        def respond(body: Json) -> Response:
            root = body["response_format"]["json_schema"]["schema"]
            require(root.get("type") == "object", "the root is not an object")
            (name,) = root["properties"]
            return completion({"content": f'{{"{name}": {value}}}'})

        with ScriptedServer(respond) as server:
            model = peer.chat(server.url).with_structured_output(schema, method="json_schema")
            result = model.invoke("Hi")
        require(result == value, f"the result is {result!r}")
        return None

    return probe


def wrapper_form(peer: Peer) -> str | None:
    wrapper = {"name": "person", "strict": True, "schema": Person.model_json_schema()}
    with ScriptedServer(completion({"content": PERSON})) as server:
        result = (
            peer.chat(server.url).with_structured_output(wrapper, method="json_schema").invoke("Hi")
        )
        schema = server.body["response_format"]["json_schema"]["schema"]
    require("name" in schema.get("properties", {}), f"the schema is {str(schema)[:60]}")
    require(result == {"name": "Ada", "age": 36}, f"the result is {result}")
    return None


def built_in_tools(peer: Peer) -> str | None:
    with ScriptedServer(say_hallo) as server:
        try:
            peer.chat(server.url).bind_tools(
                [{"type": "web_search_20250305", "name": "search_tool"}]
            ).invoke("Hi")
        except Exception as error:  # noqa: BLE001  # any error is a result here
            require(
                "web_search_20250305" in str(error), f"{type(error).__name__}: {str(error)[:60]}"
            )
            return None
    raise ShortfallError("sent to the server")


def timeouts(peer: Peer) -> str | None:
    for timeout in (httpx.Timeout(30, connect=5), (5, 30)):
        try:
            with ScriptedServer(say_hallo) as server:
                peer.chat(server.url, timeout=timeout).invoke("Hi")
        except Exception as error:  # noqa: BLE001  # any error is a result here
            return (
                f"not as {type(timeout).__name__}" if isinstance(timeout, tuple) else _fail(error)
            )
    return None


def _fail(error: Exception) -> str:
    raise ShortfallError(f"{type(error).__name__}: {str(error)[:60]}")


def extra_headers_per_call(peer: Peer) -> str | None:
    with ScriptedServer(say_hallo) as server:
        peer.chat(server.url).invoke("Hi", extra_headers={"x-team": "blue"})
        require(server.received[0].headers.get("x-team") == "blue", "not sent as a header")
    return None


def usage_in_both_schemes(peer: Peer) -> str | None:
    with ScriptedServer(say_hallo) as server:
        message = peer.chat(server.url).invoke("Hi")
    usage = message.response_metadata.get("token_usage") or {}
    require(message.usage_metadata, "no usage_metadata")
    require(usage.get("prompt_tokens") == 5, f"token_usage is {usage}")
    return None


_CALL = {"name": "Person", "arguments": '{"name": "A'}
_BROKEN_CALL = {"content": "", "tool_calls": [tool_call() | {"function": _CALL}]}

PROBES = {
    "a broken call in the history is sent as a JSON object": broken_call_in_history,
    "a truncated call does not run": _truncated(stream=False),
    "a truncated streamed call does not run": _truncated(stream=True),
    "truncated json_schema output is an error": _invalid_output(
        {"content": PERSON[:9]}, "json_schema", "length"
    ),
    "broken function_calling output is an error": _invalid_output(
        _BROKEN_CALL, "function_calling", "length"
    ),
    "prose instead of a call is an error": _invalid_output({"content": "Ada"}, "function_calling"),
    "a truncated structured stream is an error": truncated_structured_stream,
    "schemas with sets and paths": rejected_keywords,
    "TypedDict with optional keys": optional_keys,
    "list as root": _root(list[int], [1, 2]),
    "union as root": _root(Union[int, str], 7),  # noqa: UP007  # passed as a value
    "schema in OpenAI's wrapper form": wrapper_form,
    "tools of other providers are rejected by name": built_in_tools,
    "timeout as httpx.Timeout and as a tuple": timeouts,
    "extra_headers of one call": extra_headers_per_call,
    "token usage under both naming schemes": usage_in_both_schemes,
}
