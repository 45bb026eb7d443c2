"""Static types of structured output, checked by `mypy --strict` on this file."""

from typing import Any, assert_type

from langchain_core.language_models import LanguageModelInput
from langchain_core.runnables import Runnable
from langchain_server import Connect, ObjectServer
from pydantic import BaseModel
from typing_extensions import TypedDict

from langchain_ionos import ChatIONOS, StructuredResult


class Person(BaseModel):
    name: str


class PersonDict(TypedDict):
    name: str


async def test_results_have_the_type_of_the_schema(connect: Connect) -> None:
    llm = ChatIONOS(**connect(ObjectServer({"name": "Ada"})))
    chain = llm.with_structured_output(Person)
    assert_type(chain, Runnable[LanguageModelInput, Person])
    assert assert_type(chain.invoke("?"), Person).name == "Ada"
    assert assert_type(await chain.ainvoke("?"), Person).name == "Ada"
    for person in chain.stream("?"):
        assert_type(person, Person)
    as_dict = llm.with_structured_output(PersonDict, method="function_calling").invoke("?")
    assert assert_type(as_dict, PersonDict)["name"] == "Ada"
    schema: dict[str, object] = {"title": "P", "properties": {"name": {"type": "string"}}}
    plain = llm.with_structured_output(schema, strict=False).invoke("?")
    assert assert_type(plain, dict[str, Any]) == {"name": "Ada"}


def test_lists_have_a_static_type_and_unions_are_any(connect: Connect) -> None:
    llm = ChatIONOS(**connect(ObjectServer({"value": [{"name": "Ada"}]})))
    people = llm.with_structured_output(list[Person]).invoke("?")
    assert assert_type(people, list[Person])[0].name == "Ada"
    union = llm.with_structured_output(list[Person] | None).invoke("?")
    assert assert_type(union, Any) == [Person(name="Ada")]


def test_raw_results_have_the_type_of_the_schema(connect: Connect) -> None:
    llm = ChatIONOS(**connect(ObjectServer({"name": "Ada"})))
    result = llm.with_structured_output(Person, include_raw=True).invoke("?")
    assert_type(result, StructuredResult[Person])
    assert assert_type(result["parsed"], Person | None) == Person(name="Ada")
    assert_type(result["parsing_error"], Exception | None)
    assert result["raw"].text
    plain = llm.with_structured_output(include_raw=True, method="json_mode").invoke("?")
    assert_type(plain, StructuredResult[dict[str, Any]])
