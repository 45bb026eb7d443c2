"""Structured output: request options, conflicting arguments, traces and tools."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.exceptions import ModelInvalidRequestError
from langchain_core.runnables import RunnableBinding
from langchain_server import Connect, Json, ObjectServer
from pydantic import BaseModel

from ionos_model_hub.errors import InvalidRequestError
from langchain_ionos import ChatIONOS


class Dog(BaseModel):
    """A dog."""

    name: str


REX = {"name": "Rex"}
SCHEMA: Json = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}


def add(a: int, b: int) -> int:
    """Add."""
    return a + b


def test_json_schema_request(connect: Connect) -> None:
    server = ObjectServer(REX)
    ChatIONOS(**connect(server)).with_structured_output(Dog).invoke("?")
    wrapper = server.request["response_format"]["json_schema"]
    assert wrapper.keys() == {"name", "schema", "strict"}
    assert (wrapper["name"], wrapper["strict"]) == ("Dog", True)
    assert wrapper["schema"]["additionalProperties"] is False
    assert "tools" not in server.request


def test_function_calling_request_is_forced_strict_and_closed(connect: Connect) -> None:
    server = ObjectServer(REX)
    llm = ChatIONOS(**connect(server))
    assert llm.with_structured_output(Dog, method="function_calling").invoke("?") == Dog(name="Rex")
    (tool,) = server.request["tools"]
    assert tool["function"]["name"] == "Dog"
    assert tool["function"]["description"] == "A dog."
    assert tool["function"]["strict"] is True
    assert tool["function"]["parameters"]["additionalProperties"] is False
    assert server.request["tool_choice"] == "required"
    assert "response_format" not in server.request


@pytest.mark.parametrize(("strict", "expected"), [(None, True), (True, True), (False, False)])
def test_strict_can_be_disabled(connect: Connect, strict: bool | None, expected: bool) -> None:
    server = ObjectServer(REX)
    llm = ChatIONOS(**connect(server))
    llm.with_structured_output(SCHEMA, strict=strict).invoke("?")
    assert server.request["response_format"]["json_schema"]["strict"] is expected
    llm.with_structured_output(Dog, method="function_calling", strict=strict).invoke("?")
    assert server.request["tools"][0]["function"].get("strict", False) is expected


def test_strict_in_openai_form_is_respected(connect: Connect) -> None:
    server = ObjectServer(REX)
    form = {"name": "dog", "schema": SCHEMA, "strict": False}
    ChatIONOS(**connect(server)).with_structured_output(form).invoke("?")
    assert server.request["response_format"]["json_schema"]["strict"] is False
    assert server.request["response_format"]["json_schema"]["name"] == "dog"


def test_json_mode_works_without_a_schema(connect: Connect) -> None:
    server = ObjectServer({"any": "thing"})
    chain = ChatIONOS(**connect(server)).with_structured_output(method="json_mode")
    assert chain.invoke("?") == {"any": "thing"}
    assert server.request["response_format"] == {"type": "json_object"}


def test_further_options_are_sent(connect: Connect) -> None:
    server = ObjectServer(REX)
    ChatIONOS(**connect(server)).with_structured_output(Dog, seed=7).invoke("?")
    assert server.request["seed"] == 7


def test_response_format_accepts_a_class(connect: Connect) -> None:
    server = ObjectServer(REX)
    ChatIONOS(**connect(server)).invoke("?", response_format=Dog)
    assert server.request["response_format"]["json_schema"]["name"] == "Dog"


@pytest.mark.parametrize(
    ("schema", "options", "param"),
    [
        (Dog, {"method": "regex"}, "method"),
        (None, {}, "schema"),
        (Dog, {"method": "json_mode", "strict": True}, "strict"),
        (Dog, {"tools": [add]}, "tools"),
        (Dog, {"tools": [add], "include_raw": True, "method": "function_calling"}, "tools"),
        (5, {}, "schema"),
        (Callable[[], int], {}, "schema"),
        ({"type": "object", "properties": {"a": {"$ref": "#/$defs/B"}}}, {}, "schema"),
    ],
)
def test_invalid_arguments_are_rejected_before_the_call(
    connect: Connect, schema: Any, options: Json, param: str
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        ChatIONOS(**connect(ObjectServer())).with_structured_output(schema, **options)
    assert caught.value.param == param
    assert isinstance(caught.value, ModelInvalidRequestError)


def test_schema_in_a_string_is_not_evaluated_as_code(connect: Connect) -> None:
    llm = ChatIONOS(**connect(ObjectServer()))
    # pydantic evaluates a string as a reference to a type.
    for source in ("int", "print('evaluated')", '{"type": "object"}'):
        with pytest.raises(InvalidRequestError, match="it is a string"):
            llm.with_structured_output(source)
        with pytest.raises(InvalidRequestError, match="it is a string"):
            llm.invoke("?", response_format=source)


@pytest.mark.parametrize("method", ["json_schema", "function_calling", "json_mode"])
@pytest.mark.parametrize("schema", [Dog, SCHEMA, list[int], Dog | None])
def test_traces_contain_the_schema(connect: Connect, schema: Any, method: Any) -> None:
    chain = ChatIONOS(**connect(ObjectServer(REX))).with_structured_output(schema, method=method)
    bound: RunnableBinding[Any, Any] = chain.first  # type: ignore[attr-defined]  # a sequence
    traced = bound.kwargs["ls_structured_output_format"]
    assert traced["kwargs"]["method"] == method
    assert traced["schema"]["title"]


def test_bound_options_are_kept(connect: Connect) -> None:
    server = ObjectServer(REX)
    bound = ChatIONOS(**connect(server)).bind(stop=["END"], seed=3)
    bound.with_structured_output(Dog, seed=4).invoke("?")
    assert (server.request["stop"], server.request["seed"]) == (["END"], 4)
    bound.bind_tools([add]).invoke("?")
    assert (server.request["stop"], server.request["seed"]) == (["END"], 3)
    assert server.request["tools"][0]["function"]["name"] == "add"


def test_config_of_a_bound_model_is_kept(connect: Connect) -> None:
    tags: list[Any] = []

    class Recorder(BaseCallbackHandler):
        def on_chat_model_start(self, *_: Any, **details: Any) -> None:
            tags.append(details["tags"])

    llm: Any = ChatIONOS(**connect(ObjectServer(REX))).bind(seed=3)
    configured = llm.with_config(tags=["mine"], callbacks=[Recorder()])
    configured.with_structured_output(Dog).invoke("?")
    configured.bind_tools([add]).invoke("?")
    assert ["mine" in each for each in tags] == [True, True]


@pytest.mark.parametrize("bind", [lambda llm: llm, lambda llm: llm.bind(seed=3)])
def test_options_are_added_to_all_models_of_a_fallback(
    connect: Connect, bind: Callable[[ChatIONOS], Any]
) -> None:
    unavailable = ChatIONOS(**connect(lambda _: httpx.Response(500)), max_retries=0)
    server = ObjectServer(REX)
    # LangChain finds methods that return runnables by their resolved type hints.
    chain: Any = bind(unavailable).with_fallbacks([bind(ChatIONOS(**connect(server)))])
    assert chain.with_structured_output(Dog).invoke("?") == Dog(name="Rex")
    assert chain.bind_tools([add]).invoke("?").tool_calls[0]["name"] == "add"


def test_bound_tools_are_not_dropped_silently(connect: Connect) -> None:
    llm: Any = ChatIONOS(**connect(ObjectServer(REX))).bind_tools([add])
    with pytest.raises(InvalidRequestError, match="include_raw=True"):
        llm.with_structured_output(Dog)
    with pytest.raises(InvalidRequestError, match="function_calling"):
        llm.with_structured_output(Dog, include_raw=True, method="function_calling")


@pytest.mark.parametrize("stream", [False, True])
def test_model_with_tools_returns_a_result_or_calls_a_tool(connect: Connect, stream: bool) -> None:
    server = ObjectServer(REX)
    llm = ChatIONOS(**connect(server))
    chains: list[Any] = [
        llm.with_structured_output(Dog, tools=[add], include_raw=True),
        llm.bind_tools([add]).with_structured_output(Dog, include_raw=True),  # type: ignore[attr-defined]  # a binding
    ]
    for chain in chains:
        server.text, server.writes_prose = '{"name": "Rex"}', True
        result = sum_chunks(chain) if stream else chain.invoke("?")
        assert (result["parsed"], result["parsing_error"]) == (Dog(name="Rex"), None)
        function = server.request["tools"][0]["function"]
        assert (function["name"], function["strict"]) == ("add", True)
        assert server.request["response_format"]["json_schema"]["name"] == "Dog"
        server.text, server.writes_prose = '{"a": 1, "b": 2}', False
        result = sum_chunks(chain) if stream else chain.invoke("?")
        assert result["raw"].tool_calls[0]["args"] == {"a": 1, "b": 2}
        assert (result["parsed"], result["parsing_error"]) == (None, None)


def sum_chunks(chain: Any) -> Json:
    chunks = chain.stream("?")
    result = next(chunks)
    for chunk in chunks:
        result = result + chunk
    return dict(result)


def test_schema_is_prepared_once(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    server = ObjectServer(REX)
    chain = ChatIONOS(**connect(server)).with_structured_output(Dog)
    bound: Any = chain.first  # type: ignore[attr-defined]  # a sequence
    schema = bound.kwargs["response_format"]["json_schema"]["schema"]
    monkeypatch.setattr(
        "ionos_model_hub.wire.strict_schemas._close_value",
        lambda *_: pytest.fail("the schema was prepared again"),
    )
    assert chain.invoke("?") == Dog(name="Rex")
    assert server.request["response_format"]["json_schema"]["schema"] == schema


def test_refusal_is_reported_as_refusal(connect: Connect) -> None:
    message = {"content": None, "refusal": "I would rather not."}
    body = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    llm = ChatIONOS(**connect(lambda _: httpx.Response(200, json=body)))
    with pytest.raises(Exception, match="I would rather not"):
        llm.with_structured_output(Dog).invoke("?")
    result = llm.with_structured_output(Dog, include_raw=True).invoke("?")
    assert "I would rather not" in str(result["parsing_error"])
