"""Structured output: no response that is truncated or invalid is lost silently."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessageChunk
from langchain_server import Connect, Json, ObjectServer
from pydantic import BaseModel, field_validator
from typing_extensions import TypedDict

from langchain_ionos import ChatIONOS


class Person(BaseModel):
    name: str
    age: int

    @field_validator("age")
    @classmethod
    def check_age(cls, age: int) -> int:
        return age if age < 150 else {}["too old"]  # type: ignore[no-any-return,index]  # KeyError


class PersonDict(TypedDict):
    name: str
    age: int


SCHEMA: Json = {
    "title": "Person",
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer", "maximum": 149}},
    "required": ["name", "age"],
}
SCHEMAS: list[Any] = [Person, PersonDict, SCHEMA, list[Person], Person | None]
METHODS: list[Any] = ["json_schema", "function_calling", "json_mode"]
# Text or arguments, finish reason, whether it is text although a call was requested.
RESPONSES = {
    "truncated": ('{"name": "Re', "length", False),
    "truncated_after_a_key": ('{"name": "Rex"', "length", False),
    "truncated_object_closed_by_the_server": ('{"name": "Rex"}', "length", False),
    "nothing_but_the_name": ("", "length", False),
    "missing_key": ('{"name": "Rex"}', "stop", False),
    "wrong_type": ('{"name": "Rex", "age": "old"}', "stop", False),
    "malformed": ('{"name": "Rex", "age" 3}', "stop", False),
    "not_an_object": ("false", "stop", False),
    "empty": ("", "stop", False),
    "prose": ("I would say Rex, who is 3.", "stop", True),
    "cut_prose": ("Let me think about", "length", True),
}


def invoke(chain: Any) -> Any:
    return chain.invoke("?")


def ainvoke(chain: Any) -> Any:
    return asyncio.run(chain.ainvoke("?"))


def stream(chain: Any) -> Any:
    result, *others = list(chain.stream("?"))
    for chunk in others:
        result = result + chunk if isinstance(result, dict) and "raw" in result else chunk
    return result


def astream(chain: Any) -> Any:
    async def collect() -> list[Any]:
        return [chunk async for chunk in chain.astream("?")]

    result, *others = asyncio.run(collect())
    for chunk in others:
        result = result + chunk if isinstance(result, dict) and "raw" in result else chunk
    return result


CALLS: list[Callable[[Any], Any]] = [invoke, ainvoke, stream, astream]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
@pytest.mark.parametrize("response", RESPONSES)
def test_invalid_responses_are_errors(
    connect: Connect, response: str, schema: Any, method: Any, call: Callable[[Any], Any]
) -> None:
    server = ObjectServer()
    server.text, server.finish_reason, server.writes_prose = RESPONSES[response]
    llm = ChatIONOS(**connect(server))
    with pytest.raises(OutputParserException):
        call(llm.with_structured_output(schema, method=method))
    result = call(llm.with_structured_output(schema, method=method, include_raw=True))
    assert result["parsed"] is None
    assert isinstance(result["parsing_error"], OutputParserException)
    assert result["raw"].response_metadata["finish_reason"] == server.finish_reason


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("schema", [Person, PersonDict, SCHEMA], ids=str)
def test_valid_responses_are_results(
    connect: Connect, schema: Any, method: Any, call: Callable[[Any], Any]
) -> None:
    person = {"name": "Rex", "age": 3}
    expected = Person(**person) if schema is Person else person  # type: ignore[arg-type]  # valid
    llm = ChatIONOS(**connect(ObjectServer(person)))
    assert call(llm.with_structured_output(schema, method=method)) == expected
    result = call(llm.with_structured_output(schema, method=method, include_raw=True))
    assert (result["parsed"], result["parsing_error"]) == (expected, None)
    assert result["raw"].response_metadata["finish_reason"] == "stop"


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("method", METHODS)
def test_exceptions_of_validators_are_errors(
    connect: Connect, method: Any, call: Callable[[Any], Any]
) -> None:
    llm = ChatIONOS(**connect(ObjectServer({"name": "Rex", "age": 200})))
    with pytest.raises(OutputParserException, match="too old"):
        call(llm.with_structured_output(Person, method=method))


@pytest.mark.parametrize("schema", [Person, Person | None, list[Person]])
@pytest.mark.parametrize("method", METHODS)
def test_lone_surrogates_are_replaced(connect: Connect, schema: Any, method: Any) -> None:
    server = ObjectServer()
    person = r'{"name": "Rex \ud83d", "age": 3}'
    server.text = f"[{person}]" if schema == list[Person] else person
    if method != "json_mode" and schema is not Person:
        server.text = f'{{"value": {server.text}}}'
    result = ChatIONOS(**connect(server)).with_structured_output(schema, method=method).invoke("?")
    assert (result[0] if isinstance(result, list) else result).name == "Rex \ufffd"


@pytest.mark.parametrize("method", METHODS)
def test_truncation_error_explains_the_fix(connect: Connect, method: Any) -> None:
    server = ObjectServer()
    server.text, server.finish_reason = '{"name": "Re', "length"
    chain = ChatIONOS(**connect(server)).with_structured_output(Person, method=method)
    with pytest.raises(OutputParserException, match="max_tokens"):
        chain.invoke("?")


def test_error_contains_the_response(connect: Connect) -> None:
    server = ObjectServer()
    server.text = "Rex, 3 years"
    with pytest.raises(OutputParserException) as caught:
        ChatIONOS(**connect(server)).with_structured_output(Person).invoke("?")
    assert caught.value.llm_output == "Rex, 3 years"


def chunks(text: str, finish_reason: str) -> list[AIMessageChunk]:
    pieces = [AIMessageChunk(character) for character in text]
    end = AIMessageChunk("", response_metadata={"finish_reason": finish_reason})
    return [*pieces, end]


@given(st.integers(0, 27), st.sampled_from(["stop", "length"]))
def test_stream_cut_anywhere_ends_with_an_error(
    connect: Connect, end: int, finish_reason: str
) -> None:
    text = '{"name": "Rex", "age": 123}'
    chain: Any = ChatIONOS(**connect(ObjectServer())).with_structured_output(PersonDict)
    results = chain.last.transform(iter(chunks(text[:end], finish_reason)))
    if end == len(text):
        assert list(results)[-1] == {"name": "Rex", "age": 123}
        return
    with pytest.raises(OutputParserException):
        list(results)
