"""Structured output: requests for schemas, and parsed responses."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.exceptions import ModelInvalidRequestError, OutputParserException
from langchain_core.outputs import Generation
from langchain_server import Connect, Json, respond
from pydantic import BaseModel, Field, RootModel
from pydantic.v1 import BaseModel as BaseModelV1
from typing_extensions import TypedDict

from ionos_model_hub.errors import InvalidRequestError
from langchain_ionos import ChatIONOS
from langchain_ionos.output_parsers import CompleteJsonParser


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Cat(BaseModel):
    """A cat."""

    name: str = Field(description="what it answers to")
    colour: Colour
    age: int | None = None


class Dog(BaseModel):
    name: str


class Owner(BaseModel):
    pet: Cat | Dog


class Tree(BaseModel):
    """A tree."""

    value: int
    children: list[Tree] = []


class CatDict(TypedDict):
    """A cat."""

    name: Annotated[str, ..., "what it answers to"]
    age: Annotated[int | None, None, "in years"]


class TreeDict(TypedDict):
    """A tree."""

    value: int
    children: list[TreeDict]


class CatV1(BaseModelV1):
    name: str


TREE = {"value": 1, "children": [{"value": 2, "children": []}]}
CAT_SCHEMA: Json = {
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
}
CASES: list[tuple[Any, Json]] = [
    (Cat, {"name": "Mia", "colour": "red", "age": None}),
    (Owner, {"pet": {"name": "Rex"}}),
    (Tree, TREE),
    (CatDict, {"name": "Mia", "age": 3}),
    (TreeDict, TREE),
    (CatV1, {"name": "Mia"}),
    ({"title": "Cat", **CAT_SCHEMA}, {"name": "Mia"}),
    (CAT_SCHEMA, {"name": "Mia"}),
    ({"name": "Cat", "parameters": CAT_SCHEMA}, {"name": "Mia"}),
    ({"type": "function", "function": {"name": "Cat", "parameters": CAT_SCHEMA}}, {"name": "Mia"}),
    (
        {"type": "json_schema", "json_schema": {"name": "Cat", "schema": CAT_SCHEMA}},
        {"name": "Mia"},
    ),
    ({"$ref": "#/$defs/Cat", "$defs": {"Cat": CAT_SCHEMA}}, {"name": "Mia"}),
]


class ObjectServer:
    """Responds to every request with one object, as text or as a call of the only tool."""

    def __init__(self, value: Json) -> None:
        self.value = json.dumps(value)
        self.finish_reason = "stop"
        self.request: Json = {}

    def __call__(self, request: Json) -> httpx.Response:
        self.request = request
        message: Json = {"content": self.value}
        if "tools" in request:
            name = request["tools"][0]["function"]["name"]
            call = {"id": "a", "index": 0, "function": {"name": name, "arguments": self.value}}
            message = {"content": "", "tool_calls": [call]}
        choice = {"index": 0, "message": message, "finish_reason": self.finish_reason}
        return respond(request, {"choices": [choice]})


def as_dict(value: Any) -> Json:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return value.dict() if isinstance(value, BaseModelV1) else value


@pytest.mark.parametrize("method", ["json_schema", "function_calling", "json_mode"])
@pytest.mark.parametrize(("schema", "value"), CASES)
async def test_every_schema_works_with_every_method(
    connect: Connect, schema: Any, value: Json, method: str
) -> None:
    server = ObjectServer(value)
    chain = ChatIONOS(**connect(server)).with_structured_output(schema, method=method)
    results = [chain.invoke("?"), list(chain.stream("?"))[-1], await chain.ainvoke("?")]
    expected = {"json_schema": "json_schema", "json_mode": "json_object"}.get(method)
    assert server.request.get("response_format", {}).get("type") == expected
    if isinstance(schema, type) and issubclass(schema, BaseModel | BaseModelV1):
        assert all(type(result) is schema for result in results)
    assert [as_dict(result) for result in results] == [value] * 3


def test_json_schema_is_strict_and_keeps_recursion(connect: Connect) -> None:
    server = ObjectServer(TREE)
    ChatIONOS(**connect(server)).with_structured_output(Tree).invoke("?")
    wrapper = server.request["response_format"]["json_schema"]
    assert wrapper.keys() == {"name", "schema", "strict"}
    assert wrapper["name"] == "Tree"
    assert wrapper["strict"] is True
    assert wrapper["schema"]["additionalProperties"] is False
    tree = wrapper["schema"]["$defs"]["Tree"]
    assert tree["properties"]["children"]["items"] == {"$ref": "#/$defs/Tree"}


@pytest.mark.parametrize(("strict", "sent"), [(None, True), (True, True), (False, False)])
def test_strict_with_json_schema(connect: Connect, strict: bool | None, sent: bool) -> None:
    server = ObjectServer({"name": "Mia"})
    ChatIONOS(**connect(server)).with_structured_output(CAT_SCHEMA, strict=strict).invoke("?")
    assert server.request["response_format"]["json_schema"]["strict"] is sent


@pytest.mark.parametrize(("strict", "sent"), [(None, None), (True, True), (False, None)])
def test_strict_with_function_calling(
    connect: Connect, strict: bool | None, sent: bool | None
) -> None:
    server = ObjectServer({"name": "Rex"})
    llm = ChatIONOS(**connect(server))
    llm.with_structured_output(Dog, method="function_calling", strict=strict).invoke("?")
    assert server.request["tools"][0]["function"].get("strict") is sent
    assert server.request["tool_choice"] == "required"
    assert "response_format" not in server.request


def test_json_mode_works_without_a_schema(connect: Connect) -> None:
    server = ObjectServer({"any": "thing"})
    chain = ChatIONOS(**connect(server)).with_structured_output(method="json_mode")
    assert chain.invoke("?") == {"any": "thing"}
    assert server.request["response_format"] == {"type": "json_object"}


def test_further_options_are_sent(connect: Connect) -> None:
    server = ObjectServer({"name": "Rex"})
    ChatIONOS(**connect(server)).with_structured_output(Dog, seed=7).invoke("?")
    assert server.request["seed"] == 7


@pytest.mark.parametrize(
    ("schema", "options"),
    [
        (Dog, {"method": "regex"}),
        (None, {}),
        (Dog, {"method": "json_mode", "strict": True}),
        (RootModel[list[int]], {}),
        ({"type": "array", "items": {}}, {}),
    ],
)
def test_contradictory_arguments_are_rejected_before_the_call(
    connect: Connect, schema: Any, options: Json
) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # several kinds of ValueError
        ChatIONOS(**connect(ObjectServer({}))).with_structured_output(schema, **options)


def test_array_at_the_root_is_rejected_with_a_hint(connect: Connect) -> None:
    with pytest.raises(InvalidRequestError, match="Wrap it") as caught:
        ChatIONOS(**connect(ObjectServer({}))).with_structured_output(RootModel[list[int]])
    assert isinstance(caught.value, ModelInvalidRequestError)


@pytest.mark.parametrize("schema", [Dog, CAT_SCHEMA])
@pytest.mark.parametrize("method", ["json_schema", "json_mode"])
def test_truncated_response_is_not_completed(connect: Connect, schema: Any, method: str) -> None:
    server = ObjectServer({})
    server.value, server.finish_reason = '{"name": "Re', "length"
    chain = ChatIONOS(**connect(server)).with_structured_output(schema, method=method)
    with pytest.raises(OutputParserException, match="max_tokens"):
        chain.invoke("?")


@pytest.mark.parametrize("method", ["json_schema", "function_calling", "json_mode"])
def test_include_raw_returns_message_and_parsing_error(connect: Connect, method: str) -> None:
    server = ObjectServer({"name": "Rex"})
    llm = ChatIONOS(**connect(server))
    chain = llm.with_structured_output(Dog, method=method, include_raw=True)
    good = chain.invoke("?")
    assert (good["parsed"], good["parsing_error"]) == (Dog(name="Rex"), None)
    assert good["raw"].response_metadata["finish_reason"] == "stop"
    server.value = '{"age": 3}'
    bad = chain.invoke("?")
    assert bad["parsed"] is None
    assert isinstance(bad["parsing_error"], Exception)


def test_refusal_is_reported_as_refusal(connect: Connect) -> None:
    message = {"content": None, "refusal": "I would rather not."}
    body = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    llm = ChatIONOS(**connect(lambda _: httpx.Response(200, json=body)))
    with pytest.raises(Exception, match="I would rather not"):
        llm.with_structured_output(Dog).invoke("?")


@pytest.mark.parametrize("method", ["json_schema", "function_calling", "json_mode"])
@pytest.mark.parametrize(("schema", "value"), CASES)
def test_traces_contain_the_schema(connect: Connect, schema: Any, value: Json, method: str) -> None:
    chain = ChatIONOS(**connect(ObjectServer(value))).with_structured_output(schema, method=method)
    bound = chain.first  # type: ignore[attr-defined]  # a sequence
    traced = bound.kwargs["ls_structured_output_format"]
    assert traced["kwargs"]["method"] == method
    assert traced["schema"]


def test_response_format_accepts_a_class(connect: Connect) -> None:
    server = ObjectServer({"name": "Rex"})
    ChatIONOS(**connect(server)).invoke("?", response_format=Dog)
    assert server.request["response_format"]["json_schema"]["name"] == "Dog"


@given(st.dictionaries(st.text(), st.recursive(st.text() | st.integers(), st.lists)), st.data())
def test_partial_text_is_parsed_up_to_its_end(value: dict[str, Any], draw: st.DataObject) -> None:
    text = json.dumps(value, ensure_ascii=draw.draw(st.booleans()))
    cut = draw.draw(st.integers(1, len(text)))
    parsed = CompleteJsonParser().parse_result([Generation(text=text[:cut])], partial=True)
    assert list(parsed) == list(value)[: len(parsed)]
    assert CompleteJsonParser().parse_result([Generation(text=text)], partial=True) == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", None), ("Sure", None), ('```json\n{"a": 1, "b', {"a": 1}), ('{"a": "x', {"a": "x"})],
)
def test_text_around_partial_json_is_ignored(text: str, expected: object) -> None:
    assert CompleteJsonParser().parse_result([Generation(text=text)], partial=True) == expected
