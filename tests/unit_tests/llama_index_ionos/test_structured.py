import asyncio
from collections.abc import Callable
from datetime import date
from enum import Enum
from typing import Any, Generic, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.base.llms.types import ChatMessage, ChatResponse
from llama_index.core.prompts import ChatPromptTemplate, PromptTemplate
from llama_index.core.types import PydanticProgramMode
from pydantic import BaseModel, ConfigDict, Field, RootModel

from ionos_model_hub import ChatCompletion, Choice, Delta, Message, ToolCall
from ionos_model_hub.errors import ResponseError
from llama_index_ionos import IONOS
from llama_index_ionos.convert.responses import Pieces, response_of
from llama_index_ionos.structured import Asked, Way

T = TypeVar("T")
WAYS: list[Way] = ["schema", "function", "text"]


class Kind(Enum):
    TOWN = "town"
    CITY = "city"


class City(BaseModel):
    """A city."""

    name: str
    founded: date
    kind: Kind = Kind.TOWN


class Box(BaseModel, Generic[T]):
    value: T


class Free(BaseModel):
    model_config = ConfigDict(extra="allow")
    name: str


class Strict(BaseModel):
    model_config = ConfigDict(strict=True)
    founded: date
    pair: tuple[int, int]


class Renamed(BaseModel):
    name: str = Field(alias="theName")


Cities = RootModel[list[City]]
BERLIN = '{"name": "Berlin", "founded": "1237-10-28", "kind": "city"}'
PROMPT = PromptTemplate("Tell about {city}.")


def answer(text: str, *, finish: str = "stop", **fields: Any) -> ChatResponse:
    return response_of(ChatCompletion(choices=[Choice(0, Message(text, **fields), finish)]))


def read(text: str, **more: Any) -> City:
    return Asked(City, "schema").read(answer(text, **more))


@pytest.mark.parametrize(
    "text",
    [
        BERLIN,
        f"```json\n{BERLIN}\n```",
        f"<think>Where was it?</think>\n{BERLIN}",
        f"Here you are: {BERLIN} Anything else?",
    ],
)
def test_what_stands_around_the_json_is_passed_over(text: str) -> None:
    assert read(text) == City(name="Berlin", founded=date(1237, 10, 28), kind=Kind.CITY)


@pytest.mark.parametrize(
    ("text", "more", "told"),
    [
        ("", {}, "is empty"),
        ("I do not know.", {}, "is not JSON"),
        (BERLIN[:20], {"finish": "length"}, "cut off"),
        ("", {"finish": "length", "reasoning": "Hm."}, "max_tokens"),
        ("", {"refusal": "I may not."}, "refused to answer: I may not"),
        ('{"name": "Berlin"}', {}, "does not fit City: founded: Field required"),
        ("[]", {}, "does not fit City: Input should be an object"),
    ],
)
def test_what_cannot_be_read_is_a_clear_error(text: str, more: dict[str, Any], told: str) -> None:
    with pytest.raises(ResponseError, match=told):
        read(text, **more)


def test_a_call_of_the_function_is_read_in_place_of_the_text() -> None:
    response = answer("Calling.", tool_calls=[ToolCall("c1", "City", BERLIN)])
    assert Asked(City, "function").read(response).name == "Berlin"


def test_values_are_taken_as_json_means_them() -> None:
    found = Asked(Strict, "schema").read(answer('{"founded": "1237-10-28", "pair": [1, 2]}'))
    assert (found.founded, found.pair) == (date(1237, 10, 28), (1, 2))


def test_aliases_are_kept() -> None:
    asked = Asked(Renamed, "schema")
    schema = asked.options({})["response_format"]["json_schema"]["schema"]
    assert list(schema["properties"]) == ["theName"]
    assert asked.read(answer('{"theName": "a"}')).name == "a"


@pytest.mark.parametrize("way", WAYS)
def test_a_root_model_travels_inside_an_object(way: Way) -> None:
    asked = Asked(Cities, way)
    found = asked.read(answer(f'{{"root": [{BERLIN}]}}'))
    assert found.root[0].name == "Berlin"
    if way == "schema":
        schema = asked.options({})["response_format"]["json_schema"]["schema"]
        assert schema["required"] == ["root"]
        assert "City" in schema["$defs"]


def test_a_class_that_takes_anything_is_asked_for_as_a_function() -> None:
    assert "tools" in Asked(Free, "schema").options({})


def test_options_of_each_way() -> None:
    given = {"temperature": 0, "tools": [], "tool_choice": "auto", "response_format": {}}
    before = dict(given)
    options = {way: Asked(City, way).options(given) for way in WAYS}

    assert given == before
    assert all(each["temperature"] == 0 for each in options.values())
    assert set(options["text"]) == {"temperature"}
    assert set(options["schema"]) == {"temperature", "response_format"}
    assert options["schema"]["response_format"]["json_schema"]["strict"] is True
    assert options["function"]["tool_choice"]["function"] == {"name": "City"}
    assert options["function"]["tools"][0]["function"]["description"] == "A city."
    assert options["function"]["allow_parallel_tool_calls"] is False


def test_the_schema_goes_into_a_copy_of_the_last_message() -> None:
    messages = [ChatMessage(role="system", content="Be brief."), ChatMessage("Berlin?")]
    asking = Asked(City, "text").messages(messages)

    assert messages[1].content == "Berlin?"
    assert asking[0] is messages[0]
    assert '"founded"' in (asking[1].content or "")
    assert "{{" not in (asking[1].content or "")
    assert Asked(City, "schema").messages(messages) == messages


def stepped(asked: Asked[Any], text: str, size: int) -> list[Any]:
    """Return the objects told by a stream of `text` in pieces of `size`."""
    pieces = Pieces()
    parts = [text[at : at + size] for at in range(0, len(text), size)]
    responses = [response for part in parts if (response := pieces.step(Delta(text=part)))]
    responses.append(pieces.finish(ChatCompletion(choices=[Choice(0, Message(text), "stop")])))
    return [found for response in responses if (found := asked.step(response)) is not None]


def test_partial_strings_are_told_while_they_grow() -> None:
    found = stepped(Asked(City, "schema"), BERLIN, 3)

    assert [each.name for each in found][:4] == [None, "Be", "Berli", "Berlin"]
    assert isinstance(found[-1], City)
    assert not isinstance(found[0], City)


@given(st.integers(1, 80), st.sampled_from(["", "```json\n", "<think>Hm.</think>", "Sure: "]))
def test_any_cut_of_the_stream_ends_in_the_whole_object(size: int, before: str) -> None:
    found = stepped(Asked(City, "schema"), before + BERLIN, size)
    assert found[-1] == City.model_validate_json(BERLIN)


@pytest.mark.parametrize(("before", "behind"), [("", " That is all."), ("{ The city: ", "")])
def test_prose_around_the_object_does_no_harm(before: str, behind: str) -> None:
    found = stepped(Asked(City, "schema"), before + BERLIN + behind, 7)
    assert found[-1] == City.model_validate_json(BERLIN)


def test_a_stream_of_a_root_model() -> None:
    found = stepped(Asked(RootModel[list[int]], "schema"), '{"root": [1, 2]}', 1)
    assert [each.root for each in found] == [[], [1], [1, 2], [1, 2]]


@pytest.mark.parametrize(
    ("fields", "wanted"),
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
def test_the_way_suits_the_model_and_the_wish(
    make_llm: Callable[..., IONOS],
    asked: list[dict[str, Any]],
    said: Callable[..., Any],
    fields: dict[str, Any],
    wanted: str | None,
) -> None:
    llm = make_llm(said(content=BERLIN, finish="stop"), **fields)

    assert llm.structured_predict(City, PROMPT, city="Berlin").name == "Berlin"

    assert {"response_format", "tools"} & set(asked[0]) == ({wanted} if wanted else set())
    if not wanted:
        assert "founded" in asked[0]["messages"][-1]["content"]


async def test_all_ways_to_predict_send_the_system_prompt_and_read_the_same(
    make_llm: Callable[..., IONOS], asked: list[dict[str, Any]], said: Callable[..., Any]
) -> None:
    llm = make_llm(
        said(content=BERLIN[:9]), said(content=BERLIN[9:], finish="stop"), system_prompt="Be exact."
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
    assert all(request["messages"][0]["content"] == "Be exact." for request in asked)
    assert all("response_format" in request for request in asked)


# LlamaIndex's StructuredLLM calls what pydantic has deprecated.
@pytest.mark.filterwarnings("ignore:The `json` method:pydantic.warnings.PydanticDeprecationWarning")
async def test_a_structured_llm_streams(
    make_llm: Callable[..., IONOS], said: Callable[..., Any]
) -> None:
    llm = make_llm(said(content=BERLIN[:12]), said(content=BERLIN[12:], finish="stop"))
    structured = llm.as_structured_llm(City)

    found = list(structured.stream_chat([ChatMessage("Berlin?")]))
    afound = [each async for each in await structured.astream_chat([ChatMessage("Berlin?")])]

    assert found[0].raw.name == "Be"  # type: ignore[union-attr]
    assert found[-1].raw == afound[-1].raw == City.model_validate_json(BERLIN)


def test_plugin_modes_are_left_to_llama_index(make_llm: Callable[..., IONOS]) -> None:
    llm = make_llm(pydantic_program_mode=PydanticProgramMode.LM_FORMAT_ENFORCER)
    ways: list[Callable[[], object]] = [
        lambda: llm.structured_predict(City, PROMPT, city="Berlin"),
        lambda: asyncio.run(llm.astructured_predict(City, PROMPT, city="Berlin")),
        lambda: list(llm.stream_structured_predict(City, PROMPT, city="Berlin")),
        lambda: asyncio.run(_first(llm.astream_structured_predict(City, PROMPT, city="Berlin"))),
    ]
    for way in ways:
        with pytest.raises(ImportError, match="lmformatenforcer"):
            way()


async def _first(stream: Any) -> object:
    return await anext(await stream)


def test_options_prompt_and_arguments_of_the_caller_stay_as_they_are(
    make_llm: Callable[..., IONOS], said: Callable[..., Any]
) -> None:
    llm = make_llm(
        said(content=BERLIN, finish="stop"), pydantic_program_mode=PydanticProgramMode.LLM
    )
    prompt = ChatPromptTemplate([ChatMessage("Tell about {city}.")])
    options = {"temperature": 0.5, "tool_choice": "auto"}

    llm.structured_predict(City, prompt, options, city="Berlin")
    list(llm.stream_structured_predict(City, prompt, options, city="Berlin"))

    assert options == {"temperature": 0.5, "tool_choice": "auto"}
    assert prompt.output_parser is None
    assert prompt.message_templates == [ChatMessage("Tell about {city}.")]


def test_a_generic_class_is_found_again(
    make_llm: Callable[..., IONOS], asked: list[dict[str, Any]], said: Callable[..., Any]
) -> None:
    call = {"index": 0, "id": "c1", "function": {"name": "Box_int_", "arguments": '{"value": 3}'}}
    llm = make_llm(
        said(tool_calls=[call], finish="tool_calls"),
        pydantic_program_mode=PydanticProgramMode.FUNCTION,
    )

    assert llm.structured_predict(Box[int], PROMPT, city="Berlin").value == 3
    assert list(llm.stream_structured_predict(Box[int], PROMPT, city="B."))[-1].value == 3
    assert all(each["tool_choice"]["function"]["name"] == "Box_int_" for each in asked)
