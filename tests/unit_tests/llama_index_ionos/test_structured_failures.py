"""Structured output that is truncated or invalid is an error in every mode, streamed or not."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.program import FunctionCallingProgram
from llama_index.core.program.function_program import get_function_tool
from llama_index.core.prompts import PromptTemplate
from llama_index.core.types import PydanticProgramMode
from pydantic import BaseModel, field_validator

from ionos_model_hub.errors import ResponseError
from llama_index_ionos import IONOS

PROMPT = PromptTemplate("Describe a city.")
MESSAGES = [ChatMessage("Describe a city.")]
MODES = [PydanticProgramMode.DEFAULT, PydanticProgramMode.FUNCTION, PydanticProgramMode.LLM]

# LlamaIndex's StructuredLLM uses a deprecated method of pydantic.
pytestmark = pytest.mark.filterwarnings(
    "ignore:The `json` method:pydantic.warnings.PydanticDeprecationWarning"
)


class City(BaseModel):
    """A city."""

    name: str = "unknown"
    inhabitants: int = 0

    @field_validator("inhabitants")
    @classmethod
    def _is_not_negative(cls, value: int) -> int:
        if value < 0:
            raise ValueError("must not be negative")
        return value


async def collect(stream: Any) -> list[Any]:
    return [item async for item in await stream]


METHODS: dict[str, Callable[[IONOS], Any]] = {
    "structured_predict": lambda llm: llm.structured_predict(City, PROMPT),
    "astructured_predict": lambda llm: asyncio.run(llm.astructured_predict(City, PROMPT)),
    "stream_structured_predict": lambda llm: list(llm.stream_structured_predict(City, PROMPT)),
    "astream_structured_predict": lambda llm: asyncio.run(
        collect(llm.astream_structured_predict(City, PROMPT))
    ),
    "chat": lambda llm: llm.as_structured_llm(City).chat(MESSAGES),
    "achat": lambda llm: asyncio.run(llm.as_structured_llm(City).achat(MESSAGES)),
    "stream_chat": lambda llm: list(llm.as_structured_llm(City).stream_chat(MESSAGES)),
    "astream_chat": lambda llm: asyncio.run(
        collect(llm.as_structured_llm(City).astream_chat(MESSAGES))
    ),
}


def chunks_of(mode: PydanticProgramMode, text: str, finish: str) -> Iterator[dict[str, Any]]:
    """Yield the chunks of a stream whose object is `text`."""
    is_function = mode is PydanticProgramMode.FUNCTION
    if is_function:
        yield _chunk(tool_calls=[{"index": 0, "id": "c1", "function": {"name": "City"}}])
    for piece in (text[:5], text[5:]):
        function = {"index": 0, "function": {"arguments": piece}}
        yield _chunk(tool_calls=[function]) if is_function else _chunk(content=piece)
    yield {"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}


def _chunk(**delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta}]}


@pytest.mark.parametrize(
    ("text", "finish", "message"),
    [
        ("", "length", "max_tokens"),
        ('{"name": "Ber', "length", "max_tokens"),
        ('{"name": "Berlin"', "length", "max_tokens"),
        ("", "stop", "empty|not a JSON object|not valid"),
        ("not JSON", "stop", "not valid JSON|not a JSON object"),
        ("true", "stop", "not a valid City|not a JSON object"),
        ('{"inhabitants": "many"}', "stop", "not a valid City: inhabitants"),
        ('{"inhabitants": -1}', "stop", "must not be negative"),
    ],
)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", METHODS)
def test_incomplete_or_invalid_object_is_error(
    make_llm: Callable[..., IONOS],
    name: str,
    mode: PydanticProgramMode,
    text: str,
    finish: str,
    message: str,
) -> None:
    llm = make_llm(*chunks_of(mode, text, finish), pydantic_program_mode=mode)
    with pytest.raises(ResponseError, match=message) as caught:
        METHODS[name](llm)
    assert isinstance(caught.value, ValueError)  # which LlamaIndex handles


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", METHODS)
def test_complete_object_at_the_token_limit_is_accepted(
    make_llm: Callable[..., IONOS], name: str, mode: PydanticProgramMode
) -> None:
    llm = make_llm(*chunks_of(mode, '{"name": "Berlin"}', "length"), pydantic_program_mode=mode)
    result = METHODS[name](llm)
    last = result[-1] if isinstance(result, list) else result
    assert getattr(last, "raw", last) == City(name="Berlin")


def test_call_that_the_server_closed_at_the_token_limit_is_error(
    make_llm: Callable[..., IONOS],
) -> None:
    mode = PydanticProgramMode.FUNCTION
    llm = make_llm(*chunks_of(mode, "{}", "length"), pydantic_program_mode=mode)
    with pytest.raises(ResponseError, match="max_tokens"):
        llm.structured_predict(City, PROMPT)


@pytest.mark.parametrize(
    ("fields", "is_strict"), [({}, True), ({"strict": True}, True), ({"strict": False}, False)]
)
def test_strict_in_every_path(
    make_llm: Callable[..., IONOS],
    requests: list[dict[str, Any]],
    fields: dict[str, Any],
    is_strict: bool,
) -> None:
    mode = PydanticProgramMode.FUNCTION
    chunks = list(chunks_of(mode, '{"name": "Berlin", "inhabitants": 1}', "stop"))
    schema_llm, llm = make_llm(*chunks, **fields), make_llm(*chunks, **fields)
    llm.pydantic_program_mode = mode
    program = FunctionCallingProgram.from_defaults(City, prompt=PROMPT, llm=llm)

    schema_llm.structured_predict(City, PROMPT)
    for method in METHODS.values():
        method(llm)
    program()
    asyncio.run(program.acall())
    llm.chat_with_tools([get_function_tool(City)], "Describe.", tool_required=True)

    assert requests[0]["response_format"]["json_schema"]["strict"] is is_strict
    functions = [request["tools"][0]["function"] for request in requests[1:]]
    assert len(functions) == len(METHODS) + 3
    assert all(function.get("strict", False) is is_strict for function in functions)
    if is_strict:
        assert all(not each["parameters"]["additionalProperties"] for each in functions)


def test_strict_program_streams_strict_tools(
    make_llm: Callable[..., IONOS], requests: list[dict[str, Any]]
) -> None:
    class Name(BaseModel):
        name: str

    chunks = list(chunks_of(PydanticProgramMode.FUNCTION, '{"name": "Berlin"}', "stop"))
    program = FunctionCallingProgram.from_defaults(
        Name, prompt=PROMPT, llm=make_llm(*chunks, strict=True)
    )

    (*_, last) = program.stream_call()

    assert last == Name(name="Berlin")
    assert requests[0]["tools"][0]["function"]["strict"] is True
