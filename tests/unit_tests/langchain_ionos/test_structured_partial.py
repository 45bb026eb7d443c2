"""Structured output: results that grow while a response is streamed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import Generation
from langchain_server import Connect, ObjectServer
from pydantic import BaseModel

from langchain_ionos import ChatIONOS
from langchain_ionos.output_parsers import StructuredOutputParser
from langchain_ionos.output_types import output_type


class Person(BaseModel):
    name: str
    tags: list[str] = []


def parser(schema: Any) -> StructuredOutputParser:
    return StructuredOutputParser(output=output_type(schema))


def parse_partial(text: str, schema: Any = None) -> Any:
    return parser(schema).parse_result([Generation(text=text)], partial=True)


def results(schema: Any, text: str) -> list[Any]:
    return list(parser(schema).transform(AIMessageChunk(character) for character in text))


@given(st.dictionaries(st.text(), st.recursive(st.text() | st.integers(), st.lists)), st.data())
def test_partial_text_is_parsed_up_to_its_end(value: dict[str, Any], draw: st.DataObject) -> None:
    text = json.dumps(value, ensure_ascii=draw.draw(st.booleans()))
    cut = draw.draw(st.integers(1, len(text)))
    parsed = parse_partial(text[:cut])
    assert list(parsed) == list(value)[: len(parsed)]
    assert parse_partial(text) == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", None), ("Sure", None), ('```json\n{"a": 1, "b', {"a": 1}), ('{"a": "x', {"a": "x"})],
)
def test_text_around_partial_json_is_ignored(text: str, expected: object) -> None:
    assert parse_partial(text) == expected


def test_objects_are_yielded_as_they_grow() -> None:
    assert results({"title": "P", "properties": {}}, '{"a": 1, "b": 2}') == [
        {},
        {"a": 1},
        {"a": 1, "b": 2},
    ]


def test_pydantic_objects_are_yielded_from_their_last_required_field() -> None:
    grown = results(Person, '{"name": "Al", "tags": ["a"]}')
    assert grown[0] == Person(name="")
    assert grown[-1] == Person(name="Al", tags=["a"])
    assert all(isinstance(result, Person) for result in grown)


@pytest.mark.parametrize("schema", [list[int], int | list[int], {"type": "array"}])
def test_lists_are_yielded_once(schema: Any) -> None:
    assert results(schema, '{"value": [1, 2]}') == [[1, 2]]


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_raw_chunks_are_yielded_before_the_result(connect: Connect, method: Any) -> None:
    llm = ChatIONOS(**connect(ObjectServer({"name": "Al"})))
    chain = llm.with_structured_output(Person, method=method, include_raw=True)
    *raw, last = chain.stream("?")
    assert all(chunk.keys() == {"raw"} for chunk in raw)
    assert last == {"parsed": Person(name="Al"), "parsing_error": None}
