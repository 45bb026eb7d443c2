import asyncio
from collections.abc import Callable
from datetime import date
from typing import Any, Generic, TypeVar

import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.prompts import ChatPromptTemplate, PromptTemplate
from llama_index.core.types import PydanticProgramMode
from pydantic import BaseModel

from llama_index_ionos import IONOS

T = TypeVar("T")


class City(BaseModel):
    """A city."""

    name: str
    founded: date


class Box(BaseModel, Generic[T]):
    value: T


BERLIN = '{"name": "Berlin", "founded": "1237-10-28"}'
PROMPT = PromptTemplate("Describe {city}.")


@pytest.mark.parametrize(
    ("fields", "option"),
    [
        ({}, "response_format"),
        ({"model": "lightonai/LightOnOCR-2-1B"}, None),
        ({"model": "Qwen/Qwen3-Coder-Next"}, "response_format"),
        ({"should_use_structured_outputs": False}, "tools"),
        ({"should_use_structured_outputs": False, "is_function_calling_model": False}, None),
        ({"pydantic_program_mode": PydanticProgramMode.FUNCTION}, "tools"),
        ({"pydantic_program_mode": PydanticProgramMode.LLM}, None),
    ],
)
def test_output_mode_depends_on_model_and_fields(
    make_llm: Callable[..., IONOS],
    requests: list[dict[str, Any]],
    chunk: Callable[..., Any],
    fields: dict[str, Any],
    option: str | None,
) -> None:
    llm = make_llm(chunk(content=BERLIN, finish="stop"), **fields)

    assert llm.structured_predict(City, PROMPT, city="Berlin").name == "Berlin"

    assert {"response_format", "tools"} & set(requests[0]) == ({option} if option else set())
    if not option:
        assert "founded" in requests[0]["messages"][-1]["content"]


async def test_all_prediction_methods_send_system_prompt_and_return_the_same(
    make_llm: Callable[..., IONOS], requests: list[dict[str, Any]], chunk: Callable[..., Any]
) -> None:
    llm = make_llm(
        chunk(content=BERLIN[:9]),
        chunk(content=BERLIN[9:], finish="stop"),
        system_prompt="Be exact.",
    )
    structured = llm.as_structured_llm(City)

    found: list[Any] = [
        llm.structured_predict(City, PROMPT, city="Berlin"),
        await llm.astructured_predict(City, PROMPT, city="Berlin"),
        list(llm.stream_structured_predict(City, PROMPT, city="Berlin"))[-1],
        [each async for each in await llm.astream_structured_predict(City, PROMPT, city="B.")][-1],
        structured.chat([ChatMessage("Berlin?")]).raw,
        (await structured.achat([ChatMessage("Berlin?")])).raw,
        structured.complete("Berlin?").raw,
    ]

    assert {each.model_dump_json() for each in found} == {found[0].model_dump_json()}
    assert all(request["messages"][0]["content"] == "Be exact." for request in requests)
    assert all("response_format" in request for request in requests)


# LlamaIndex's StructuredLLM uses a deprecated method of pydantic.
@pytest.mark.filterwarnings("ignore:The `json` method:pydantic.warnings.PydanticDeprecationWarning")
async def test_structured_llm_streams(
    make_llm: Callable[..., IONOS], chunk: Callable[..., Any]
) -> None:
    llm = make_llm(chunk(content=BERLIN[:12]), chunk(content=BERLIN[12:], finish="stop"))
    structured = llm.as_structured_llm(City)

    found = list(structured.stream_chat([ChatMessage("Berlin?")]))
    afound = [each async for each in await structured.astream_chat([ChatMessage("Berlin?")])]

    assert found[0].raw.name == "Be"  # type: ignore[union-attr]
    assert found[-1].raw == afound[-1].raw == City.model_validate_json(BERLIN)


def test_plugin_modes_are_handled_by_llama_index(make_llm: Callable[..., IONOS]) -> None:
    llm = make_llm(pydantic_program_mode=PydanticProgramMode.LM_FORMAT_ENFORCER)
    calls: list[Callable[[], object]] = [
        lambda: llm.structured_predict(City, PROMPT, city="Berlin"),
        lambda: asyncio.run(llm.astructured_predict(City, PROMPT, city="Berlin")),
        lambda: list(llm.stream_structured_predict(City, PROMPT, city="Berlin")),
        lambda: asyncio.run(_first(llm.astream_structured_predict(City, PROMPT, city="Berlin"))),
    ]
    for call in calls:
        with pytest.raises(ImportError, match="lmformatenforcer"):
            call()


async def _first(stream: Any) -> object:
    return await anext(await stream)


def test_options_and_prompt_of_the_caller_are_not_modified(
    make_llm: Callable[..., IONOS], chunk: Callable[..., Any]
) -> None:
    llm = make_llm(
        chunk(content=BERLIN, finish="stop"), pydantic_program_mode=PydanticProgramMode.LLM
    )
    prompt = ChatPromptTemplate([ChatMessage("Describe {city}.")])
    options = {"temperature": 0.5, "tool_choice": "auto"}

    llm.structured_predict(City, prompt, options, city="Berlin")
    list(llm.stream_structured_predict(City, prompt, options, city="Berlin"))

    assert options == {"temperature": 0.5, "tool_choice": "auto"}
    assert prompt.output_parser is None
    assert prompt.message_templates == [ChatMessage("Describe {city}.")]


def test_generic_class_by_tool_call(
    make_llm: Callable[..., IONOS], requests: list[dict[str, Any]], chunk: Callable[..., Any]
) -> None:
    call = {"index": 0, "id": "c1", "function": {"name": "Box_int_", "arguments": '{"value": 3}'}}
    llm = make_llm(
        chunk(tool_calls=[call], finish="tool_calls"),
        pydantic_program_mode=PydanticProgramMode.FUNCTION,
    )

    assert llm.structured_predict(Box[int], PROMPT, city="Berlin").value == 3
    assert list(llm.stream_structured_predict(Box[int], PROMPT, city="B."))[-1].value == 3
    assert all(each["tool_choice"]["function"]["name"] == "Box_int_" for each in requests)
