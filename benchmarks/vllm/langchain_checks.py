"""Checks of ChatIONOS, IONOSLLM, IONOSEmbeddings and IONOSRerank against a real engine."""

import asyncio
from collections.abc import Callable, Iterable
from decimal import Decimal
from enum import Enum
from functools import partial
from ipaddress import IPv4Network
from typing import Any, NotRequired

from checks import CHAT, LLAMA, WRITES_CALLS, check
from langchain_core.exceptions import ContextOverflowError, OutputParserException
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from samples import Numbers, Person, Rich, error_of, get_time, get_weather, search, set_lamp
from typing_extensions import TypedDict

from ionos_model_hub import AuthenticationError, BadRequestError, InvalidRequestError, NotFoundError
from langchain_ionos import IONOSLLM, ChatIONOS, IONOSEmbeddings, IONOSRerank, list_models

LANGCHAIN = "LangChain"
on = partial(check, LANGCHAIN)


class Place(TypedDict):
    """A place, with an optional note."""

    name: str
    note: NotRequired[str]


class Colour(Enum):
    """A colour."""

    RED = "red"
    BLUE = "blue"


class Richer(Rich):
    """More types whose JSON Schema uses such features."""

    data: bytes
    network: IPv4Network
    price: Decimal


WEATHER, LAMP, TIME, SEARCH = map(tool, (get_weather, set_lamp, get_time, search))


def ask(model: Any, prompt: Any) -> Any:
    return model.invoke(prompt)


def ask_async(model: Any, prompt: Any) -> Any:
    return asyncio.run(model.ainvoke(prompt))


def ask_stream(model: Any, prompt: Any) -> Any:
    return _joined(model.stream(prompt))


def ask_astream(model: Any, prompt: Any) -> Any:
    async def collect() -> list[Any]:
        return [chunk async for chunk in model.astream(prompt)]

    return _joined(asyncio.run(collect()))


def _joined(chunks: Iterable[Any]) -> Any:
    parts = list(chunks)
    assert parts, "the stream is empty"
    if not isinstance(parts[0], BaseMessage):
        return parts[-1]
    total = parts[0]
    for part in parts[1:]:
        total += part
    return total


CALLERS = (ask, ask_async, ask_stream, ask_astream)
Caller = Callable[[Any, Any], Any]
METHODS = ("json_schema", "function_calling")


def chat(**options: Any) -> ChatIONOS:
    return ChatIONOS(**{"model": LLAMA, "max_tokens": 60, "seed": 0, **options})


@on("chat", *CHAT, caller=CALLERS)
def text_usage_and_finish_reason(caller: Caller) -> None:
    message = caller(chat(), "PLAIN")
    assert message.text
    assert message.usage_metadata["output_tokens"] > 0
    assert message.response_metadata["finish_reason"] == "stop"


@on("chat", *CHAT, caller=CALLERS)
def length_limit(caller: Caller) -> None:
    message = caller(chat(max_tokens=2), "PLAIN")
    assert message.response_metadata["finish_reason"] == "length"


@on("chat", *CHAT)
def several_completions() -> None:
    result = chat(n=2, temperature=1).generate([[HumanMessage("PLAIN")]])
    assert len(result.generations[0]) == 2


@on("chat", *CHAT)
def logprobs() -> None:
    message = chat(logprobs=True, top_logprobs=2).invoke("PLAIN")
    assert message.response_metadata["logprobs"]["content"]


@on("tool calls", *WRITES_CALLS, caller=CALLERS)
def auto_call(caller: Caller) -> None:
    message = caller(chat().bind_tools([WEATHER]), "weather?")
    assert [call["name"] for call in message.tool_calls] == ["get_weather"]
    assert message.tool_calls[0]["args"] == {"city": "Berlin"}


@on("tool calls", "chat", caller=CALLERS)
def parallel_calls(caller: Caller) -> None:
    message = caller(chat(max_tokens=120).bind_tools([WEATHER, TIME]), "parallel")
    assert [call["name"] for call in message.tool_calls] == ["get_weather", "get_time"]


@on("tool calls", *CHAT, caller=CALLERS)
def forced_strict_call(caller: Caller) -> None:
    model = chat(max_tokens=300).bind_tools([LAMP], tool_choice="any", strict=True)
    message = caller(model, "PLAIN")
    assert [call["name"] for call in message.tool_calls] == ["set_lamp"]
    assert message.tool_calls[0]["args"]["colour"].strip() in {"red", "green"}


@on("tool calls", *CHAT, caller=CALLERS)
def forced_call_without_parameters(caller: Caller) -> None:
    message = caller(chat().bind_tools([TIME], tool_choice="get_time"), "PLAIN")
    assert [call["args"] for call in message.tool_calls] == [{}]


@on("truncated calls", *CHAT, max_tokens=tuple(range(1, 12)))
def truncated_call_never_runs(max_tokens: int) -> None:
    for caller in CALLERS:
        model = chat(max_tokens=max_tokens).bind_tools([SEARCH], tool_choice="any")
        message = caller(model, "PLAIN")
        if message.response_metadata.get("finish_reason") == "length":
            assert not message.tool_calls


@on("truncated calls", *WRITES_CALLS, max_tokens=tuple(range(2, 9)))
def truncated_history_is_accepted(max_tokens: int) -> None:
    for caller in CALLERS:
        message = caller(chat(max_tokens=max_tokens).bind_tools([WEATHER]), "weather?")
        total = AIMessage(
            message.content,
            tool_calls=message.tool_calls,
            invalid_tool_calls=message.invalid_tool_calls,
        )
        results = [
            ToolMessage("failed", tool_call_id=call["id"])
            for call in [*message.tool_calls, *message.invalid_tool_calls]
        ]
        model = chat().bind_tools([WEATHER])
        assert model.invoke([HumanMessage("weather?"), total, *results, HumanMessage("PLAIN")])


@on("agents", *WRITES_CALLS)
def agent_with_a_checkpointer() -> None:
    from langchain.agents import create_agent

    agent = create_agent(chat(), [WEATHER], checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    for question in ("weather?", "weather again?"):
        state = agent.invoke({"messages": [HumanMessage(question)]}, config)
    assert sum(isinstance(message, ToolMessage) for message in state["messages"]) == 2


@on("structured output", *CHAT, caller=CALLERS)
def by_json_schema(caller: Caller) -> None:
    _returns_a_person(caller, "json_schema")


# The XML grammar of qwen3_coder does not bound strings, so the tiny model never ends them.
@on("structured output", *WRITES_CALLS, caller=CALLERS)
def by_function_calling(caller: Caller) -> None:
    _returns_a_person(caller, "function_calling")


def _returns_a_person(caller: Caller, method: str) -> None:
    model = chat(max_tokens=500).with_structured_output(Person, method=method)
    assert isinstance(caller(model, "PLAIN"), Person)


@on("structured output", *CHAT, schema=(Richer, Numbers, Colour, list[int], int | str, Place))
def rich_schemas(schema: Any) -> None:
    for method in METHODS:
        model = chat(max_tokens=200).with_structured_output(schema, method=method, include_raw=True)
        result = model.invoke("PLAIN")
        # The model writes random words, so a value may be invalid, but never silently None.
        assert (result["parsed"] is None) == (result["parsing_error"] is not None)


@on("structured output", *CHAT, caller=CALLERS)
def truncated_output_is_an_error(caller: Caller) -> None:
    for method in METHODS:
        for schema in (Person, Place):
            model = chat(max_tokens=6).with_structured_output(schema, method=method)
            try:
                value = caller(model, "PLAIN")
            except OutputParserException:
                continue
            raise AssertionError(f"{method}, {schema.__name__}: got {value!r}")


@on("completions", *CHAT)
def completion_matches_its_stream() -> None:
    model = IONOSLLM(model=LLAMA, max_tokens=12, temperature=0)
    assert "".join(model.stream("the harbour")) == model.invoke("the harbour")


@on("reasoning", "reason", caller=CALLERS)
def reasoning_is_separate(caller: Caller) -> None:
    message = caller(chat(model="openai/gpt-oss-120b"), "why?")
    kinds = [block["type"] for block in message.content_blocks]
    assert kinds == ["reasoning", "text"], kinds
    assert "</think>" not in message.text


@on("reasoning", "reason", caller=CALLERS)
def reasoning_before_a_call(caller: Caller) -> None:
    message = caller(chat(model="openai/gpt-oss-120b").bind_tools([WEATHER]), "weather?")
    assert [call["name"] for call in message.tool_calls] == ["get_weather"]


@on("embeddings", "embed")
def documents_and_query() -> None:
    embeddings = IONOSEmbeddings()
    vectors = embeddings.embed_documents(["harbour", "", "ship"])
    assert len(vectors) == 3
    assert len(vectors[0]) == len(embeddings.embed_query("harbour"))
    assert vectors == asyncio.run(embeddings.aembed_documents(["harbour", "", "ship"]))


@on("embeddings", "embed")
def overlong_text_is_identified() -> None:
    error = error_of(
        BadRequestError, lambda: IONOSEmbeddings().embed_documents(["short", "sea " * 500])
    )
    assert "Shorten the conversation" not in str(error)


@on("rerank", "rerank")
def documents_by_relevance() -> None:
    reranker = IONOSRerank(top_n=2)
    ranked = reranker.rerank(["harbour", "ship", "light"], "ship")
    assert len(ranked) == 2
    assert ranked == asyncio.run(reranker.arerank(["harbour", "ship", "light"], "ship"))


@on("errors", *CHAT)
def wrong_key() -> None:
    error_of(AuthenticationError, lambda: chat(api_key="wrong").invoke("PLAIN"))


@on("errors", *CHAT)
def unknown_model() -> None:
    error_of(NotFoundError, lambda: chat(model="meta-llama/unknown").invoke("PLAIN"))


@on("errors", *CHAT)
def overlong_prompt() -> None:
    error_of(ContextOverflowError, lambda: chat().invoke("sea " * 5000))


@on("errors", *CHAT)
def tool_of_another_provider() -> None:
    error_of(InvalidRequestError, lambda: chat().bind_tools([{"type": "web_search_preview"}]))


@on("models", *CHAT, "reason", "embed", "rerank")
def served_models() -> None:
    assert list_models()
