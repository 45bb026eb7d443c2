"""Types that mypy and pyright infer; `.ci/run` checks this file with mypy."""

from collections.abc import Callable
from typing import Any, assert_type

from llama_index.core.prompts import PromptTemplate
from pydantic import BaseModel

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
