"""Static types of structured output, checked by `mypy --strict` on this file; type hints."""

import inspect
from collections.abc import Iterator
from typing import Any, assert_type, get_type_hints

import pytest
from langchain_core.language_models import LanguageModelInput
from langchain_core.runnables import Runnable
from langchain_server import Connect, ObjectServer
from pydantic import BaseModel
from typing_extensions import TypedDict

import langchain_ionos
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


def our_functions(public: object) -> Iterator[Any]:
    """Yield a function itself, or the public methods of a class that this package defines."""
    members = inspect.getmembers(public) if inspect.isclass(public) else [("", public)]
    for name, member in members:
        module = getattr(member, "__module__", "") or ""
        if inspect.isfunction(member) and not name.startswith("_") and "ionos" in module:
            yield member


@pytest.mark.parametrize("name", langchain_ionos.__all__)
def test_type_hints_can_be_resolved(name: str) -> None:
    """LangChain does so, for example for models with fallbacks and for functions as tools."""
    for function in our_functions(getattr(langchain_ionos, name)):
        assert "return" in get_type_hints(function)
