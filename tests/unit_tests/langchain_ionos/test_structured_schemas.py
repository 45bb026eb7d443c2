"""Structured output: every kind of schema, with every method, streamed or not."""

from __future__ import annotations

import dataclasses
import typing
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired, Required
from uuid import UUID

import pytest
from langchain_core.runnables import RunnableBinding
from langchain_server import Connect, Json, ObjectServer
from pydantic import BaseModel, Field, RootModel, SecretStr, TypeAdapter
from pydantic.v1 import BaseModel as BaseModelV1
from typing_extensions import TypedDict

from langchain_ionos import ChatIONOS

METHODS: list[Any] = ["json_schema", "function_calling", "json_mode"]


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Cat(BaseModel):
    """A cat."""

    name: str = Field(description="its call name")
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
    """A cat.

    Args:
        nickname: another name
    """

    name: Annotated[str, ..., "its call name"]
    age: Annotated[int | None, None, "in years"]
    nickname: NotRequired[str]


class TreeDict(typing.TypedDict):
    """A tree, with the TypedDict that pydantic rejects before Python 3.12."""

    value: int
    children: list[TreeDict]


class PartialDict(TypedDict, total=False):
    name: Required[str]
    born: datetime
    tree: TreeDict


class CatV1(BaseModelV1):
    name: str


@dataclasses.dataclass
class Point:
    x: int
    y: int = 0


class Special(BaseModel):
    """Types whose JSON Schema engines reject."""

    tags: set[str]
    path: Path
    secret: SecretStr
    data: bytes
    network: IPv4Network
    price: Decimal
    id: UUID
    day: date


TREE = {"value": 1, "children": [{"value": 2, "children": []}]}
MIA = {"name": "Mia"}
CAT_SCHEMA: Json = {
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
}
SPECIAL = {
    "tags": ["a"],
    "path": "/tmp/a",  # noqa: S108  # not opened
    "secret": "s",
    "data": "b",
    "network": "10.0.0.0/8",
    "price": "1.50",
    "id": "00000000-0000-0000-0000-000000000001",
    "day": "2026-01-31",
}

# Schema, JSON of the response, result.
CASES: list[tuple[Any, Any, Any]] = [
    (Cat, {**MIA, "colour": "red", "age": None}, Cat(name="Mia", colour=Colour.RED)),
    (Owner, {"pet": {"name": "Rex"}}, Owner(pet=Dog(name="Rex"))),
    (Tree, TREE, Tree(value=1, children=[Tree(value=2)])),
    (Special, SPECIAL, Special.model_validate(SPECIAL)),
    (CatDict, {**MIA, "age": 3, "nickname": "M"}, {**MIA, "age": 3, "nickname": "M"}),
    (CatDict, MIA, MIA),
    (TreeDict, TREE, TREE),
    (PartialDict, {**MIA, "born": "2026-01-31T00:00:00Z"}, {**MIA, "born": "2026-01-31T00:00:00Z"}),
    (CatV1, MIA, CatV1(name="Mia")),
    (Point, {"x": 1}, Point(1)),
    ({"title": "Cat", **CAT_SCHEMA}, MIA, MIA),
    (CAT_SCHEMA, MIA, MIA),
    ({"name": "Cat", "parameters": CAT_SCHEMA}, MIA, MIA),
    ({"name": "Cat", "input_schema": CAT_SCHEMA}, MIA, MIA),
    ({"type": "function", "function": {"name": "Cat", "parameters": CAT_SCHEMA}}, MIA, MIA),
    ({"name": "Cat", "schema": CAT_SCHEMA, "strict": True}, MIA, MIA),
    ({"type": "json_schema", "json_schema": {"name": "Cat", "schema": CAT_SCHEMA}}, MIA, MIA),
    ({"$ref": "#/$defs/Cat", "$defs": {"Cat": CAT_SCHEMA}}, MIA, MIA),
]
# Roots that are not objects: the response is wrapped.
WRAPPED: list[tuple[Any, Any, Any]] = [
    (Cat | Dog, {"name": "Rex"}, Dog(name="Rex")),
    (Dog | None, None, None),
    (list[Dog], [{"name": "Rex"}], [Dog(name="Rex")]),
    (list[int], [1, 2], [1, 2]),
    (list[TreeDict], [TREE], [TREE]),
    (set[str], ["a"], {"a"}),
    (Colour, "red", Colour.RED),
    (Literal["a", "b"], "a", "a"),
    (int, 3, 3),
    (str, "x", "x"),
    (bool, False, False),
    (date, "2026-01-31", date(2026, 1, 31)),
    (dict[str, int], {"a": 1}, {"a": 1}),
    (RootModel[list[int]], [1], RootModel[list[int]]([1])),
    ({"type": "array", "items": {"type": "integer"}}, [1], [1]),
    ({"anyOf": [{"type": "string"}, CAT_SCHEMA]}, MIA, MIA),
]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("schema", "value", "expected"), [*CASES, *((a, {"value": b}, c) for a, b, c in WRAPPED)]
)
async def test_every_schema_works_with_every_method(
    connect: Connect, schema: Any, value: Any, expected: Any, method: Any
) -> None:
    server = ObjectServer(value)
    chain = ChatIONOS(**connect(server)).with_structured_output(schema, method=method)
    results = [
        chain.invoke("?"),
        list(chain.stream("?"))[-1],
        await chain.ainvoke("?"),
        [result async for result in chain.astream("?")][-1],
    ]
    assert results == [expected] * 4
    assert all(type(result) is type(expected) for result in results)
    response_format = {"json_schema": "json_schema", "json_mode": "json_object"}.get(method)
    assert server.request.get("response_format", {}).get("type") == response_format


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("key", ["copy", "schema", "json", "class", "_id", "a b", "model_config"])
def test_typed_dicts_may_have_any_key(connect: Connect, key: str, method: Any) -> None:
    inner = TypedDict("Inner", {key: int})  # type: ignore[misc]  # the keys are not literals
    for schema, value in (
        (inner, {key: 1}),
        (TypedDict("Outer", {"inner": inner}), {"inner": {key: 1}}),  # type: ignore[valid-type]
    ):
        chain = ChatIONOS(**connect(ObjectServer(value))).with_structured_output(
            schema, method=method
        )
        assert chain.invoke("?") == value
        bound: RunnableBinding[Any, Any] = chain.first  # type: ignore[attr-defined]  # a sequence
        assert repr(key) in repr(bound.kwargs["ls_structured_output_format"]["schema"])


@pytest.mark.parametrize(
    "schema",
    [
        {"name": "Cat", "parameters": CAT_SCHEMA},
        {"name": "Cat", "input_schema": CAT_SCHEMA},
        {"name": "Cat", "title": None, "description": None, "inputSchema": CAT_SCHEMA},
        {"toolSpec": {"name": "Cat", "inputSchema": {"json": CAT_SCHEMA}}},
        {"type": "function", "name": "Cat", "parameters": CAT_SCHEMA},
        {
            "type": "function",
            "function": {"name": "Cat", "description": None, "parameters": CAT_SCHEMA},
        },
    ],
)
def test_schemas_in_the_form_of_a_tool_are_sent(connect: Connect, schema: Any) -> None:
    server = ObjectServer(MIA)
    assert ChatIONOS(**connect(server)).with_structured_output(schema).invoke("?") == MIA
    sent = server.request["response_format"]["json_schema"]
    assert sent["name"] == "Cat"
    assert sent["schema"] == {"title": "Cat", **CAT_SCHEMA, "additionalProperties": False}


@pytest.mark.parametrize("include_raw", [False, True])
@pytest.mark.parametrize(("schema", "value", "expected"), WRAPPED)
def test_result_without_the_wrapper_is_accepted(
    connect: Connect, schema: Any, value: Any, expected: Any, include_raw: bool
) -> None:
    llm = ChatIONOS(**connect(ObjectServer(value)))
    result = llm.with_structured_output(schema, include_raw=include_raw).invoke("?")
    assert (result["parsed"] if include_raw else result) == expected


def sent_schema(connect: Connect, schema: Any, method: Any = "json_schema") -> Json:
    """Return the request's name and schema."""
    server = ObjectServer({})
    chain = ChatIONOS(**connect(server)).with_structured_output(
        schema, method=method, include_raw=True
    )
    chain.invoke("?")
    if method == "function_calling":
        function: Json = server.request["tools"][0]["function"]
        return {**function, "schema": function["parameters"]}
    return dict(server.request["response_format"]["json_schema"])


@pytest.mark.parametrize("method", METHODS[:2])
def test_recursive_schemas_keep_their_references(connect: Connect, method: Any) -> None:
    for schema in (Tree, TreeDict):
        sent = sent_schema(connect, schema, method)
        definition = sent["schema"]["$defs"][schema.__name__]
        assert sent["name"] == schema.__name__
        assert definition["properties"]["children"]["items"] == {
            "$ref": f"#/$defs/{schema.__name__}"
        }


@pytest.mark.parametrize("method", METHODS[:2])
def test_optional_keys_stay_optional(connect: Connect, method: Any) -> None:
    assert sent_schema(connect, CatDict, method)["schema"]["required"] == ["name"]
    assert sent_schema(connect, PartialDict, method)["schema"]["required"] == ["name"]


def test_typed_dict_descriptions_are_sent(connect: Connect) -> None:
    schema = sent_schema(connect, CatDict)["schema"]
    assert schema["description"] == "A cat."
    descriptions = {key: of["description"] for key, of in schema["properties"].items()}
    assert descriptions == {
        "name": "its call name",
        "age": "in years",
        "nickname": "another name",
    }


def test_features_that_the_engine_rejects_are_removed_from_response_formats(
    connect: Connect,
) -> None:
    original = TypeAdapter(Special).json_schema()
    sent = sent_schema(connect, Special)["schema"]
    assert "uniqueItems" in str(original)
    assert "uniqueItems" not in str(sent)
    assert {"path", "password", "binary", "ipv4network"} & _formats(original)
    assert _formats(sent) == {"uuid", "date"}
    in_tool = sent_schema(connect, Special, "function_calling")["schema"]
    assert "uniqueItems" in str(in_tool)


def _formats(schema: Json) -> set[str]:
    return {str(of.get("format")) for of in schema["properties"].values() if "format" in of}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("schema", [Cat, CatDict, list[int]])
def test_output_schema_of_the_chain_describes_the_result(
    connect: Connect, schema: Any, method: Any
) -> None:
    chain = ChatIONOS(**connect(ObjectServer({}))).with_structured_output(schema, method=method)
    described = TypeAdapter(chain.get_output_schema()).json_schema(ref_template="{model}")
    expected = TypeAdapter(schema).json_schema(ref_template="{model}")
    definition = described["$defs"][described["$ref"]] if "$ref" in described else described
    for name in ("type", "properties", "items"):
        assert definition.get(name) == expected.get(name)


@pytest.mark.parametrize("schema", [CatV1, Cat.model_json_schema(), None])
def test_output_schema_of_other_results_is_open(connect: Connect, schema: Any) -> None:
    chain = ChatIONOS(**connect(ObjectServer({}))).with_structured_output(
        schema, method="json_mode"
    )
    assert chain.get_output_jsonschema().keys() == {"title"}
