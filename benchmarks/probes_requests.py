"""The requests that are sent."""

from __future__ import annotations

from typing import Any

import hub_responses as hub
from hub_responses import completion, say_hallo
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolCall,
    ToolMessage,
)
from peers import Peer
from probes_streams import Person, add_one
from pydantic import BaseModel
from scripted_server import Json, ScriptedServer
from verdicts import Probe, require

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="  # noqa: E501  # one image
PICTURE = [
    {"type": "text", "text": "Look", "id": "lc_1", "index": 0},
    {"type": "image", "base64": PIXEL, "mime_type": "image/png"},
]
CALL = ToolCall(name="add_one", args={"a": 1}, id="call_1")


class Tree(BaseModel):
    """A node with children of the same type."""

    value: int
    children: list[Tree] = []


def _sent(peer: Peer, messages: Any, response: Any = say_hallo, **options: Any) -> Json:
    with ScriptedServer(response) as server:
        peer.chat(server.url, **options).invoke(messages)
        return server.body


def only_what_is_set(peer: Peer) -> str | None:
    extra = {
        name: value
        for name, value in _sent(peer, "Hi").items()
        if name not in ("model", "messages") and (name, value) != ("stream", False)
    }
    require(not extra, f"also sends {extra}")
    return None


def any_is_required(peer: Peer) -> str | None:
    with ScriptedServer(completion({"content": "", "tool_calls": [hub.tool_call()]})) as server:
        peer.chat(server.url).bind_tools([add_one], tool_choice="any").invoke("Hi")
        choice = server.body["tool_choice"]
    named = {"type": "function", "function": {"name": "add_one"}}
    require(choice in ("required", named), f"tool_choice is {choice!r}")
    return None


def _image_in(*messages: BaseMessage) -> Probe:
    def probe(peer: Peer) -> str | None:
        role = {"human": "user", "system": "system", "tool": "tool"}[messages[-1].type]
        sent = _sent(peer, [*messages, *([] if role == "tool" else [HumanMessage("And?")])])
        content = next(each["content"] for each in sent["messages"][::-1] if each["role"] == role)
        if role == "user":
            content = sent["messages"][0]["content"]
        parts = [part for part in content if isinstance(part, dict) and "image_url" in part]
        require(parts, f"the content is {str(content)[:90]}")
        return None

    return probe


def blocks_are_clean(peer: Peer) -> str | None:
    part = _sent(peer, [HumanMessage(PICTURE)])["messages"][0]["content"][0]
    require(part == {"type": "text", "text": "Look"}, f"a text part is {part}")
    return None


def text_next_to_tool_calls(peer: Peer) -> str | None:
    history = [
        HumanMessage("Hi"),
        AIMessage("I will look.", tool_calls=[CALL]),
        ToolMessage("2", tool_call_id="call_1"),
    ]
    message = _sent(peer, history)["messages"][1]
    require(message.get("tool_calls"), f"the message is {message}")
    require("I will look." in str(message["content"]), f"content is {message['content']!r}")
    return None


def content_is_never_null(peer: Peer) -> str | None:
    history = [
        HumanMessage("Hi"),
        AIMessage("", tool_calls=[CALL]),
        ToolMessage("2", tool_call_id="call_1"),
    ]
    message = _sent(peer, history)["messages"][1]
    require(message.get("content") is not None, f"content is {message.get('content', 'missing')!r}")
    return None


def names_of_messages(peer: Peer) -> str | None:
    message = _sent(peer, [HumanMessage("Hi", name="ada")])["messages"][0]
    require(message.get("name") == "ada", f"the message is {message}")
    return None


def _format_sent(peer: Peer, schema: type[BaseModel], **options: Any) -> Json:
    response = completion({"content": '{"name": "Ada", "age": 36, "value": 1, "children": []}'})
    with ScriptedServer(response) as server:
        peer.chat(server.url).with_structured_output(schema, **options).invoke("Who?")
        sent: Json = server.body.get("response_format") or {}
        return sent


def schema_first(peer: Peer) -> str | None:
    kind = _format_sent(peer, Person).get("type")
    require(kind == "json_schema", f"response_format is {kind}")
    return None


def strict_schema(peer: Peer) -> str | None:
    sent = _format_sent(peer, Person, method="json_schema", strict=True)
    inside = sent.get("json_schema", {})
    require(inside.get("strict") is True, f"response_format is {str(sent)[:90]}")
    closed = inside["schema"].get("additionalProperties") is False
    return None if closed else "without additionalProperties: false"


def recursive_schema(peer: Peer) -> str | None:
    sent = _format_sent(peer, Tree, method="json_schema")
    require("$ref" in str(sent), f"the recursion is lost: {str(sent)[:90]}")
    return None


def extra_body(peer: Peer) -> str | None:
    sent = _sent(peer, "Hi", extra_body={"top_k": 5})
    require(sent.get("top_k") == 5, f"sends {[name for name in sent if name != 'messages']}")
    return None


def responding_model(peer: Peer) -> str | None:
    with ScriptedServer(say_hallo) as server:
        message = peer.chat(server.url).invoke("Hi", model="another/model")
        sent = server.body["model"]
    require(sent == "another/model", f"{sent!r} was requested")
    result = message.response_metadata.get("model_name")
    require(
        result == "served/model",
        f"model_name is {result!r}, but the response is from 'served/model'",
    )
    return None


def one_name_for_the_provider(peer: Peer) -> str | None:
    with ScriptedServer(say_hallo) as server:
        model = peer.chat(server.url)
        result = model.invoke("Hi").response_metadata.get("model_provider")
    traced = model._get_ls_params().get("ls_provider")
    require(result == traced, f"model_provider {result!r}, ls_provider {traced!r}")
    return None


def usage_counted_once(peer: Peer) -> str | None:
    response = completion({"content": "a"}, {"content": "b"}, {"content": "c"})
    with ScriptedServer(response) as server:
        (generations,) = peer.chat(server.url).generate([[HumanMessage("Hi")]], n=3).generations
    require(len(generations) == 3, f"{len(generations)} generations")
    usages = [getattr(each, "message", each).usage_metadata for each in generations]
    total = sum(usage["total_tokens"] for usage in usages if usage)
    require(total == 8, f"{total} tokens counted, 8 used")
    return None


PROBES = {
    "sends only what is set": only_what_is_set,
    'tool choice "any" is sent as "required"': any_is_required,
    "image in a human message": _image_in(HumanMessage(PICTURE)),
    "image in a system message": _image_in(SystemMessage(PICTURE)),
    "image in a tool message": _image_in(
        HumanMessage("Hi"),
        AIMessage("", tool_calls=[CALL]),
        ToolMessage(PICTURE, tool_call_id="call_1"),
    ),
    "LangChain's keys are removed from content parts": blocks_are_clean,
    "text next to tool calls is replayed": text_next_to_tool_calls,
    "content is never null": content_is_never_null,
    "message names": names_of_messages,
    "structured output is native by default": schema_first,
    "strict JSON schema": strict_schema,
    "recursive schema": recursive_schema,
    "extra_body": extra_body,
    "the responding model is in each message": responding_model,
    "same provider name in messages and traces": one_name_for_the_provider,
    "tokens of n generations are counted once": usage_counted_once,
}
