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
from llama_index_ionos.convert.responses import StreamAccumulator, to_chat_response
from llama_index_ionos.structured import OutputMode, StructuredRequest

T = TypeVar("T")
MODES: list[OutputMode] = ["schema", "function", "text"]


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
PROMPT = PromptTemplate("Describe {city}.")


def response(text: str, *, finish: str = "stop", **fields: Any) -> ChatResponse:
    return to_chat_response(ChatCompletion(choices=[Choice(0, Message(text, **fields), finish)]))


def read(text: str, **more: Any) -> City:
    return StructuredRequest(City, "schema").parse(response(text, **more))


@pytest.mark.parametrize(
    "text",
    [
        BERLIN,
        f"```json\n{BERLIN}\n```",
        f"<think>Where was it?</think>\n{BERLIN}",
        f"Here you are: {BERLIN} Anything else?",
    ],
)
def test_text_around_json_is_ignored(text: str) -> None:
    assert read(text) == City(name="Berlin", founded=date(1237, 10, 28), kind=Kind.CITY)


@pytest.mark.parametrize(
    ("text", "more", "message"),
    [
        ("", {}, "is empty"),
        ("I do not know.", {}, "is not JSON"),
        (BERLIN[:20], {"finish": "length"}, "cut off"),
        ("", {"finish": "length", "reasoning": "Hm."}, "max_tokens"),
        ("", {"refusal": "I may not."}, "refused to answer: I may not"),
        ('{"name": "Berlin"}', {}, "not a valid City: founded: Field required"),
        ("[]", {}, "not a valid City: Input should be an object"),
    ],
)
def test_invalid_response_is_error(text: str, more: dict[str, Any], message: str) -> None:
    with pytest.raises(ResponseError, match=message):
        read(text, **more)


def test_tool_call_takes_precedence_over_text() -> None:
    called = response("Calling.", tool_calls=[ToolCall("c1", "City", BERLIN)])
    assert StructuredRequest(City, "function").parse(called).name == "Berlin"


def test_strict_class_is_validated_as_json() -> None:
    found = StructuredRequest(Strict, "schema").parse(
        response('{"founded": "1237-10-28", "pair": [1, 2]}')
    )
    assert (found.founded, found.pair) == (date(1237, 10, 28), (1, 2))


def test_field_aliases_are_used() -> None:
    request = StructuredRequest(Renamed, "schema")
    schema = request.options({})["response_format"]["json_schema"]["schema"]
    assert list(schema["properties"]) == ["theName"]
    assert request.parse(response('{"theName": "a"}')).name == "a"


@pytest.mark.parametrize("mode", MODES)
def test_root_model_is_wrapped_in_object(mode: OutputMode) -> None:
    request = StructuredRequest(Cities, mode)
    found = request.parse(response(f'{{"root": [{BERLIN}]}}'))
    assert found.root[0].name == "Berlin"
    if mode == "schema":
        schema = request.options({})["response_format"]["json_schema"]["schema"]
        assert schema["required"] == ["root"]
        assert "City" in schema["$defs"]


def test_class_with_extra_fields_uses_function_mode() -> None:
    assert "tools" in StructuredRequest(Free, "schema").options({})


def test_options_of_each_mode() -> None:
    given = {"temperature": 0, "tools": [], "tool_choice": "auto", "response_format": {}}
    before = dict(given)
    options = {mode: StructuredRequest(City, mode).options(given) for mode in MODES}

    assert given == before
    assert all(each["temperature"] == 0 for each in options.values())
    assert set(options["text"]) == {"temperature"}
    assert set(options["schema"]) == {"temperature", "response_format"}
    assert options["schema"]["response_format"]["json_schema"]["strict"] is True
    assert options["function"]["tool_choice"]["function"] == {"name": "City"}
    assert options["function"]["tools"][0]["function"]["description"] == "A city."
    assert options["function"]["allow_parallel_tool_calls"] is False


def test_text_mode_adds_schema_to_copy_of_last_message() -> None:
    messages = [ChatMessage(role="system", content="Be brief."), ChatMessage("Berlin?")]
    extended = StructuredRequest(City, "text").messages(messages)

    assert messages[1].content == "Berlin?"
    assert extended[0] is messages[0]
    assert '"founded"' in (extended[1].content or "")
    assert "{{" not in (extended[1].content or "")
    assert StructuredRequest(City, "schema").messages(messages) == messages


def parse_stream(request: StructuredRequest[Any], text: str, size: int) -> list[Any]:
    """Return the objects parsed from a stream of `text` in chunks of `size`."""
    accumulator = StreamAccumulator()
    parts = [text[at : at + size] for at in range(0, len(text), size)]
    responses = [response for part in parts if (response := accumulator.add(Delta(text=part)))]
    responses.append(accumulator.finish(ChatCompletion(choices=[Choice(0, Message(text), "stop")])))
    return [found for response in responses if (found := request.parse_next(response)) is not None]


def test_partial_strings_are_streamed() -> None:
    found = parse_stream(StructuredRequest(City, "schema"), BERLIN, 3)

    assert [each.name for each in found][:4] == [None, "Be", "Berli", "Berlin"]
    assert isinstance(found[-1], City)
    assert not isinstance(found[0], City)


@given(st.integers(1, 80), st.sampled_from(["", "```json\n", "<think>Hm.</think>", "Sure: "]))
def test_any_chunking_ends_in_complete_object(size: int, before: str) -> None:
    found = parse_stream(StructuredRequest(City, "schema"), before + BERLIN, size)
    assert found[-1] == City.model_validate_json(BERLIN)


@pytest.mark.parametrize(("before", "behind"), [("", " That is all."), ("{ The city: ", "")])
def test_text_around_streamed_object_is_ignored(before: str, behind: str) -> None:
    found = parse_stream(StructuredRequest(City, "schema"), before + BERLIN + behind, 7)
    assert found[-1] == City.model_validate_json(BERLIN)


def test_streamed_root_model() -> None:
    found = parse_stream(StructuredRequest(RootModel[list[int]], "schema"), '{"root": [1, 2]}', 1)
    assert [each.root for each in found] == [[], [1], [1, 2], [1, 2]]


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
