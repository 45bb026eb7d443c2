"""Classes whose schemas have features that the engine rejects, or roots that are not objects."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from llama_index.core.base.llms.types import ChatResponse
from pydantic import UUID4, BaseModel, Field, RootModel, SecretStr

from ionos_model_hub import ChatCompletion, Choice, Message, ToolCall
from ionos_model_hub.errors import InvalidRequestError, ResponseError
from llama_index_ionos.convert.responses import to_chat_response
from llama_index_ionos.structured import StructuredRequest


class Color(Enum):
    RED = "red"


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    tricks: set[str]


class Tree(BaseModel):
    value: int
    children: "list[Tree]" = []


class Rejected(BaseModel):
    """Every field has a feature that the engine rejects in `response_format`."""

    tags: set[str]
    file: Path
    secret: SecretStr
    data: bytes
    network: IPv4Network
    id: UUID4


REJECTED = {
    "tags": ["a", "b"],
    "file": "docs/a",
    "secret": "s3cret",
    "data": "abc",
    "network": "10.0.0.0/8",
    "id": "f47ac10b-58cc-4372-a567-0e02b2c3d479",
}


def respond(value: Any, *, tool: str = "") -> ChatResponse:
    text = json.dumps(value)
    message = Message(tool_calls=[ToolCall("c1", tool, text)]) if tool else Message(text)
    return to_chat_response(ChatCompletion(choices=[Choice(0, message, "stop")]))


def formats_and_keywords(schema: Any) -> Iterator[str]:
    """Yield the keywords and the formats in a schema."""
    if isinstance(schema, dict):
        yield from schema
        yield from (schema["format"],) if isinstance(schema.get("format"), str) else ()
        for value in schema.values():
            yield from formats_and_keywords(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from formats_and_keywords(item)


def test_rejected_features_are_removed_and_validated_afterwards() -> None:
    request = StructuredRequest(Rejected, "schema")
    sent = request.options({})["response_format"]["json_schema"]["schema"]

    rejected = {"uniqueItems", "path", "password", "binary", "ipv4network", "uuid4"}
    assert not rejected & (set(formats_and_keywords(sent)) - set(Rejected.model_fields))
    found = request.parse(respond(REJECTED))
    assert (found.tags, found.file, found.data) == ({"a", "b"}, Path("docs/a"), b"abc")
    assert found.secret.get_secret_value() == "s3cret"
    assert found.network == IPv4Network("10.0.0.0/8")
    with pytest.raises(ResponseError, match="not a valid Rejected: network"):
        request.parse(respond({**REJECTED, "network": "10.0.0.0/99"}))


@pytest.mark.parametrize(
    ("type_", "json_value", "value"),
    [
        (list[int], [1, 2], [1, 2]),
        (set[str], ["a"], {"a"}),
        (Cat | Dog, {"kind": "dog", "tricks": ["sit"]}, Dog(kind="dog", tricks={"sit"})),
        (
            Annotated[Cat | Dog, Field(discriminator="kind")],
            {"kind": "cat", "lives": 9},
            Cat(kind="cat", lives=9),
        ),
        (Color, "red", Color.RED),
        (Literal["a", "b"], "b", "b"),
        (int, 41, 41),
        (bool, False, False),
        (str, "text", "text"),
        (int | None, None, None),
        (dict[str, int], {"a": 1}, {"a": 1}),
        (dict[str, int], {"value": 1}, {"value": 1}),
        (tuple[int, str], [1, "a"], (1, "a")),
        (Decimal, "1.5", Decimal("1.5")),
        (timedelta, "PT1H", timedelta(hours=1)),
        (
            UUID,
            "f47ac10b-58cc-4372-a567-0e02b2c3d479",
            UUID("f47ac10b-58cc-4372-a567-0e02b2c3d479"),
        ),
        (list[Tree], [{"value": 1, "children": []}], [Tree(value=1)]),
    ],
)
def test_roots_that_are_not_objects(type_: Any, json_value: Any, value: Any) -> None:
    root = RootModel[type_]

    schema = StructuredRequest(root, "schema")
    function = StructuredRequest(root, "function")
    (tool,) = function.options({})["tools"]

    assert schema.options({})["response_format"]["json_schema"]["schema"]["type"] == "object"
    assert schema.parse(respond({"value": json_value})).root == value
    assert tool["function"]["parameters"]["type"] == "object"
    called = respond({"value": json_value}, tool=tool["function"]["name"])
    assert function.parse(called).root == value


def test_recursive_class() -> None:
    found = StructuredRequest(Tree, "schema").parse(
        respond({"value": 1, "children": [{"value": 2, "children": []}]})
    )
    assert found == Tree(value=1, children=[Tree(value=2)])


@pytest.mark.parametrize("source", [int, list[int], {"type": "object"}, "int", None])
def test_output_cls_that_is_not_a_pydantic_class_is_error(source: Any) -> None:
    with pytest.raises(InvalidRequestError, match="must be a pydantic class") as caught:
        StructuredRequest(source, "schema")
    assert caught.value.param == "output_cls"


def test_class_without_json_schema_is_error() -> None:
    class Callback(BaseModel):
        function: Callable[[int], int]

    with pytest.raises(InvalidRequestError, match="Callback cannot be described") as caught:
        StructuredRequest(Callback, "schema")
    assert caught.value.param == "output_cls"
