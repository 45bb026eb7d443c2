"""Types that mypy and pyright infer; `.ci/run` checks this file with mypy."""

import inspect
from collections.abc import Callable
from typing import Any, assert_type, get_type_hints

import pytest
from llama_index.core.prompts import PromptTemplate
from pydantic import BaseModel

import llama_index_ionos
from llama_index_ionos import IONOS


class Person(BaseModel):
    name: str


PROMPT = PromptTemplate("Who?")


async def test_structured_predict_returns_the_class(
    make_llm: Callable[..., IONOS], chunk: Callable[..., dict[str, Any]]
) -> None:
    llm = make_llm(chunk(content='{"name": "Ada"}', finish="stop"))

    person = assert_type(llm.structured_predict(Person, PROMPT), Person)
    same = assert_type(await llm.astructured_predict(Person, PROMPT), Person)

    assert person == same == Person(name="Ada")


@pytest.mark.parametrize("name", llama_index_ionos.__all__)
def test_type_hints_can_be_resolved(name: str) -> None:
    public = getattr(llama_index_ionos, name)
    members = inspect.getmembers(public, inspect.isfunction) if inspect.isclass(public) else []
    for function in [public, *(member for _, member in members if "ionos" in member.__module__)]:
        get_type_hints(function)  # raises NameError if it cannot
