import gc
import weakref
from datetime import date
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.base.llms.types import ChatMessage, ChatResponse
from pydantic import BaseModel, ConfigDict, Field, RootModel, field_validator

from ionos_model_hub import ChatCompletion, Choice, Delta, Message, ToolCall
from ionos_model_hub.errors import ResponseError
from ionos_model_hub.wire.tool_calls import CUT_OFF, NOT_AN_OBJECT
from llama_index_ionos.convert.responses import StreamAccumulator, to_chat_response
from llama_index_ionos.errors import InvalidOutputError
from llama_index_ionos.structured import OutputMode, StructuredRequest, _schemas

MODES: list[OutputMode] = ["schema", "function", "text"]


class Kind(Enum):
    TOWN = "town"
    CITY = "city"


class City(BaseModel):
    """A city."""

    name: str
    founded: date
    kind: Kind = Kind.TOWN


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
        ("I do not know.", {}, "is not valid JSON"),
        (BERLIN[:20], {"finish": "length"}, "token limit"),
        ("", {"finish": "length", "reasoning": "Hm."}, "max_tokens"),
        ("", {"refusal": "I may not."}, "refused to answer: I may not"),
        ('{"name": "Berlin"}', {}, "not a valid City: founded: Field required"),
        ("[]", {}, "not a valid City: Input should be an object"),
    ],
)
def test_invalid_response_is_error(text: str, more: dict[str, Any], message: str) -> None:
    with pytest.raises(ResponseError, match=message):
        read(text, **more)


class Known(BaseModel):
    """A class with a validator that raises an error other than ValueError."""

    name: str
    more: Any = None

    @field_validator("name")
    @classmethod
    def look_up(cls, name: str) -> str:
        return {"Berlin": "Berlin"}[name]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"name": "Bonn"}', "not a valid Known: KeyError: 'Bonn'\\."),
        (f'{{"name": "Berlin", "more": {"[" * 600 + "]" * 600}}}', "not a valid Known"),
    ],
)
def test_object_that_cannot_be_validated_is_error(text: str, message: str) -> None:
    with pytest.raises(InvalidOutputError, match=message):
        StructuredRequest(Known, "schema").parse(response(text))


def test_validators_that_fail_for_partial_objects_do_not_end_the_stream() -> None:
    found = parse_stream(StructuredRequest(Known, "schema"), '{"name": "Berlin"}', 4)
    assert [type(each) is Known for each in found] == [False, False, True, True]
    assert [each.name for each in found] == [None, "Be", "Berlin", "Berlin"]


def test_lone_surrogates_are_replaced() -> None:
    text = r'{"name": "Berlin", "more": "\ud83d"}'
    assert StructuredRequest(Known, "schema").parse(response(text)).more == "\ufffd"


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
def test_root_model_without_wrapper(mode: OutputMode) -> None:
    found = StructuredRequest(Cities, mode).parse(response(f"[{BERLIN}]"))
    assert found.root[0].name == "Berlin"


@pytest.mark.parametrize("mode", ["schema", "function"])
def test_root_model_is_wrapped_in_object(mode: OutputMode) -> None:
    request = StructuredRequest(Cities, mode)
    found = request.parse(response(f'{{"value": [{BERLIN}]}}'))
    assert found.root[0].name == "Berlin"
    if mode == "schema":
        schema = request.options({})["response_format"]["json_schema"]["schema"]
        assert schema["required"] == ["value"]
        assert "City" in schema["$defs"]


def test_class_with_extra_fields_is_wrapped() -> None:
    request = StructuredRequest(Free, "schema")
    schema = request.options({})["response_format"]["json_schema"]["schema"]
    assert list(schema["properties"]) == ["value"]
    found = request.parse(response('{"value": {"name": "a", "extra": 1}}'))
    assert found.model_extra == {"extra": 1}


def test_text_mode_does_not_unwrap() -> None:
    found = StructuredRequest(RootModel[dict[str, int]], "text").parse(response('{"value": 1}'))
    assert found.root == {"value": 1}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (ToolCall("c1", "Preferences", "{}", CUT_OFF), "max_tokens"),
        (ToolCall("c1", "Preferences", '{"a": ', CUT_OFF), "max_tokens"),
        (ToolCall("c1", "Preferences", "true", NOT_AN_OBJECT), "not a JSON object"),
    ],
)
def test_invalid_tool_call_is_error(call: ToolCall, message: str) -> None:
    class Preferences(BaseModel):
        theme: str = "light"

    request = StructuredRequest(Preferences, "function")
    with pytest.raises(ResponseError, match=message):
        request.parse(response("", tool_calls=[call], finish="length"))


def test_text_instead_of_tool_call_is_error() -> None:
    with pytest.raises(ResponseError, match="not valid JSON"):
        StructuredRequest(City, "function").parse(response("I cannot call tools."))


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
    assert options["function"]["tools"][0]["function"]["strict"] is True
    assert options["function"]["allow_parallel_tool_calls"] is False


def test_options_without_strict() -> None:
    schema = StructuredRequest(City, "schema", strict=False).options({})
    function = StructuredRequest(City, "function", strict=False).options({})
    assert schema["response_format"]["json_schema"]["strict"] is False
    assert "strict" not in function["tools"][0]["function"]


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
    found = parse_stream(StructuredRequest(RootModel[list[int]], "schema"), '{"value": [1, 2]}', 1)
    assert [each.root for each in found] == [[], [1], [1, 2], [1, 2]]


def test_schemas_are_cached_as_long_as_their_class_exists() -> None:
    class Temporary(BaseModel):
        name: str

    StructuredRequest(Temporary, "schema")
    assert Temporary in _schemas

    reference = weakref.ref(Temporary)
    del Temporary
    gc.collect()
    assert reference() is None
