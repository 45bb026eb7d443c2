"""Checks of IONOS, IONOSEmbedding and IONOSRerank against a real engine."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from checks import CHAT, LLAMA, WRITES_CALLS, check
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.llms import ChatMessage, ChatResponse
from llama_index.core.prompts import PromptTemplate
from llama_index.core.schema import NodeWithScore, TextNode
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel
from samples import Numbers, Person, Rich, error_of, get_time, get_weather, search, set_lamp

from ionos_model_hub import (
    AuthenticationError,
    BadRequestError,
    ContextOverflowError,
    NotFoundError,
    ResponseError,
)
from llama_index_ionos import IONOS, IONOSEmbedding, IONOSRerank

on = partial(check, "LlamaIndex")


WEATHER, LAMP, TIME, SEARCH = (
    FunctionTool.from_defaults(function) for function in (get_weather, set_lamp, get_time, search)
)
PLAIN = [ChatMessage(role="user", content="PLAIN")]


def llm(**options: Any) -> IONOS:
    return IONOS(**{"model": LLAMA, "max_tokens": 60, "additional_kwargs": {"seed": 0}, **options})


def ask(model: IONOS, messages: list[ChatMessage], **options: Any) -> ChatResponse:
    return model.chat(messages, **options)


def ask_async(model: IONOS, messages: list[ChatMessage], **options: Any) -> ChatResponse:
    return asyncio.run(model.achat(messages, **options))


def ask_stream(model: IONOS, messages: list[ChatMessage], **options: Any) -> ChatResponse:
    return list(model.stream_chat(messages, **options))[-1]


def ask_astream(model: IONOS, messages: list[ChatMessage], **options: Any) -> ChatResponse:
    async def last() -> ChatResponse:
        return [part async for part in await model.astream_chat(messages, **options)][-1]

    return asyncio.run(last())


CALLERS = (ask, ask_async, ask_stream, ask_astream)
Caller = Callable[..., ChatResponse]


def with_tools(
    caller: Caller, model: IONOS, tools: list[Any], text: str, **options: Any
) -> ChatResponse:
    prepared = model._prepare_chat_with_tools(tools, user_msg=text, **options)
    return caller(model, prepared.pop("messages"), **prepared)


@on("chat", *CHAT, caller=CALLERS)
def text_and_usage(caller: Caller) -> None:
    response = caller(llm(), PLAIN)
    assert response.message.content
    assert response.additional_kwargs["completion_tokens"] > 0


@on("completions", *CHAT)
def completion_matches_its_stream() -> None:
    model = llm(temperature=0)
    assert list(model.stream_complete("PLAIN"))[-1].text == model.complete("PLAIN").text


@on("tool calls", *WRITES_CALLS, caller=CALLERS)
def auto_call(caller: Caller) -> None:
    model = llm()
    response = with_tools(caller, model, [WEATHER], "weather?")
    calls = model.get_tool_calls_from_response(response)
    assert [(call.tool_name, call.tool_kwargs) for call in calls] == [
        ("get_weather", {"city": "Berlin"})
    ]


@on("tool calls", *CHAT, caller=CALLERS)
def forced_strict_call(caller: Caller) -> None:
    model = llm(strict=True, max_tokens=300)
    response = with_tools(caller, model, [LAMP], "PLAIN", tool_required=True)
    calls = model.get_tool_calls_from_response(response)
    assert [call.tool_kwargs["colour"].strip() in {"red", "green"} for call in calls] == [True]


@on("tool calls", *CHAT, caller=CALLERS)
def forced_call_without_parameters(caller: Caller) -> None:
    model = llm()
    response = with_tools(caller, model, [TIME], "PLAIN", tool_required=True)
    assert [call.tool_kwargs for call in model.get_tool_calls_from_response(response)] == [{}]


@on("truncated calls", *CHAT, max_tokens=tuple(range(1, 12)))
def truncated_call_never_runs(max_tokens: int) -> None:
    for caller in CALLERS:
        model = llm(max_tokens=max_tokens)
        response = with_tools(caller, model, [SEARCH], "PLAIN", tool_required=True)
        if _finish_reason(response) == "length":
            calls = model.get_tool_calls_from_response(response, error_on_no_tool_call=False)
            assert SEARCH.metadata.name not in [call.tool_name for call in calls]


@on("agents", *WRITES_CALLS)
def agent_with_a_tool() -> None:
    async def run() -> str:
        agent = FunctionAgent(llm=llm(), tools=[WEATHER], streaming=True)
        return str(await agent.run("weather?"))

    assert asyncio.run(run())


@on("structured output", *CHAT, schema=(Person, Rich, Numbers))
def structured_predict_in_all_modes(schema: type[BaseModel]) -> None:
    for options in ({}, {"should_use_structured_outputs": False}):
        model = llm(max_tokens=500, **options)
        try:
            value = model.structured_predict(schema, PromptTemplate("PLAIN"))
        except ResponseError:
            continue
        assert isinstance(value, schema)


@on("structured output", *WRITES_CALLS)
def structured_predict_by_function_is_strict() -> None:
    model = llm(should_use_structured_outputs=False, max_tokens=500)
    assert isinstance(model.structured_predict(Person, PromptTemplate("PLAIN")), Person)


@on("structured output", *CHAT)
def structured_stream() -> None:
    parts = list(llm(max_tokens=500).stream_structured_predict(Person, PromptTemplate("PLAIN")))
    assert isinstance(parts[-1], Person)


@on("structured output", *CHAT)
def truncated_output_is_an_error() -> None:
    for options in ({}, {"should_use_structured_outputs": False}):
        model = llm(max_tokens=4, **options)
        for run in (
            lambda model=model: model.structured_predict(Person, PromptTemplate("PLAIN")),
            lambda model=model: list(
                model.stream_structured_predict(Person, PromptTemplate("PLAIN"))
            ),
        ):
            error_of(ResponseError, run)


@on("reasoning", "reason", caller=CALLERS)
def reasoning_is_separate(caller: Caller) -> None:
    message = caller(llm(model="openai/gpt-oss-120b"), PLAIN).message
    assert [block.block_type for block in message.blocks] == ["text", "thinking"]


@on("embeddings", "embed")
def texts_and_query() -> None:
    embedding = IONOSEmbedding()
    vectors = embedding.get_text_embedding_batch(["harbour", "", "ship"])
    assert len(vectors) == 3
    assert len(vectors[0]) == len(embedding.get_query_embedding("harbour"))


@on("embeddings", "embed")
def overlong_text_is_identified() -> None:
    error = error_of(
        BadRequestError, lambda: IONOSEmbedding().get_text_embedding_batch(["short", "sea " * 500])
    )
    assert "Shorten the conversation" not in str(error)


@on("rerank", "rerank")
def nodes_by_relevance() -> None:
    nodes = [NodeWithScore(node=TextNode(text=text)) for text in ("harbour", "ship", "light")]
    ranked = IONOSRerank(top_n=2).postprocess_nodes(nodes, query_str="ship")
    assert len(ranked) == 2


@on("errors", *CHAT)
def wrong_key() -> None:
    error_of(AuthenticationError, lambda: llm(api_key="wrong").chat(PLAIN))


@on("errors", *CHAT)
def unknown_model() -> None:
    error_of(NotFoundError, lambda: llm(model="meta-llama/unknown").chat(PLAIN))


@on("errors", *CHAT)
def overlong_prompt() -> None:
    error_of(ContextOverflowError, lambda: llm().complete("sea " * 5000))


def _finish_reason(response: ChatResponse) -> object:
    raw = response.raw
    assert isinstance(raw, dict)
    choices = raw.get("choices") or [{}]
    return choices[0].get("finish_reason") or response.additional_kwargs.get("finish_reason")
