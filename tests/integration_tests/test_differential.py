"""The OpenAI client and both adapters return the same for 60 conversations."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, convert_to_messages
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, TextBlock, ToolCallBlock
from openai import OpenAI
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from ionos_model_hub.emulator import Emulator
from langchain_ionos import ChatIONOS
from llama_index_ionos import IONOS

MODEL = "mistralai/Mistral-Small-24B-Instruct"
KEY = "differential"


class Result(NamedTuple):
    """Text, tool calls with arguments, and token usage of a response."""

    text: str
    calls: list[tuple[str, dict[str, Any]]]
    usage: tuple[int, int, int]


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def system(text: str) -> dict[str, Any]:
    return {"role": "system", "content": text}


def assistant(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def tool_call_message(name: str, **arguments: Any) -> dict[str, Any]:
    function = {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)}
    call = {"id": f"call_{name}", "type": "function", "function": function}
    return {"role": "assistant", "content": "", "tool_calls": [call]}


def tool_result_message(name: str, text: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": f"call_{name}", "content": text}


def tool(name: str, **parameters: str) -> dict[str, Any]:
    properties = {key: {"type": kind} for key, kind in parameters.items()}
    schema = {"type": "object", "properties": properties, "required": list(parameters)}
    function = {"name": name, "description": f"Does {name}.", "parameters": schema}
    return {"type": "function", "function": function}


TOOLS = [
    tool("get_weather", city="string"),
    tool("multiply", a="integer", b="integer"),
    tool("search_documents", query="string"),
]
CITIES = ("Köln", "São Paulo", "東京", "Kraków")
QUESTIONS = (
    "Hallo!",
    "Say exactly: Grüße aus dem Rechenzentrum 🌍.",
    "What is 17 * 23?",
    "Tell me about the data centre in Berlin.",
    "Wer bist du, und was kannst du?",
    'Repeat after me: "a \\"quoted\\" line"',
    "Write only: {}",
    "¿Qué tal?",
    "1 + 1",
    "Explain GPUs\n\nin two\tlines.",
)
PLAIN = [[user(question)] for question in QUESTIONS]
WITH_SYSTEM_MESSAGE = [[system("You are terse."), user(question)] for question in QUESTIONS]
WITH_EARLIER_MESSAGES = [
    [user(f"My name is {city}."), assistant("Noted."), user(question)]
    for city in CITIES
    for question in ("What is my name?", "Say exactly: thank you", "Why?")
]
TOOL_CALLS = [
    [user(f"{question} {city}{mark}")]
    for city in CITIES
    for question, mark in (
        ("What is the weather in", "?"),
        ("Search documents about", "."),
        ("Multiply 6 by 7 for", "."),
    )
]
TOOL_RESULTS = [
    [
        user(f"Weather in {city}?"),
        tool_call_message("get_weather", city=city),
        tool_result_message("get_weather", text),
    ]
    for city in CITIES
    for text in ("12 °C", '{"celsius": 12}', "unknown", "Regen, später Sonne ☀")
]
CONVERSATIONS = [
    *((messages, None) for messages in (*PLAIN, *WITH_SYSTEM_MESSAGE, *WITH_EARLIER_MESSAGES)),
    *((messages, TOOLS) for messages in (*TOOL_CALLS, *TOOL_RESULTS)),
]
assert len(CONVERSATIONS) == 60

Tools = list[dict[str, Any]] | None


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with Emulator() as emulator:
        yield emulator.base_url


@pytest.fixture(scope="module")
def openai_client(url: str) -> Iterator[OpenAI]:
    with OpenAI(api_key=KEY, base_url=url) as client:
        yield client


def with_openai(openai_client: OpenAI, messages: Any, tools: Tools, streamed: bool) -> Result:
    options: Any = {"model": MODEL, "messages": messages, **({"tools": tools} if tools else {})}
    create = openai_client.chat.completions.create
    if not streamed:
        return _from_response(create(**options))
    return _from_chunks(create(stream=True, stream_options={"include_usage": True}, **options))


def _from_response(response: ChatCompletion) -> Result:
    message, usage = response.choices[0].message, response.usage
    assert usage is not None
    calls = [
        (call.function.name, json.loads(call.function.arguments))
        for call in message.tool_calls or ()
        if call.type == "function"
    ]
    counts = (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens)
    return Result(message.content or "", calls, counts)


def _from_chunks(chunks: Iterable[ChatCompletionChunk]) -> Result:
    text, usage = "", (0, 0, 0)
    names: dict[int, str] = {}
    arguments: dict[int, str] = {}
    for chunk in chunks:
        for choice in chunk.choices:
            text += choice.delta.content or ""
            for call in choice.delta.tool_calls or ():
                assert call.function is not None
                names.setdefault(call.index, call.function.name or "")
                arguments[call.index] = arguments.get(call.index, "") + (
                    call.function.arguments or ""
                )
        if chunk.usage:
            counts = chunk.usage
            usage = (counts.prompt_tokens, counts.completion_tokens, counts.total_tokens)
    calls = [(names[index], json.loads(arguments[index])) for index in sorted(names)]
    return Result(text, calls, usage)


def with_langchain(url: str, messages: Any, tools: Tools, streamed: bool) -> Result:
    with ChatIONOS(api_key=KEY, base_url=url, model=MODEL) as chat:
        llm = chat.bind_tools(tools) if tools else chat
        converted = convert_to_messages(messages)
        response: AIMessage = _sum_of(llm.stream(converted)) if streamed else llm.invoke(converted)
    counts = response.usage_metadata
    assert counts is not None
    usage = (counts["input_tokens"], counts["output_tokens"], counts["total_tokens"])
    calls = [(call["name"], call["args"]) for call in response.tool_calls]
    return Result(response.text, calls, usage)


def _sum_of(chunks: Iterable[Any]) -> AIMessageChunk:
    first, *rest = chunks
    for chunk in rest:
        first += chunk
    assert isinstance(first, AIMessageChunk)
    return first


def with_llama_index(url: str, messages: Any, tools: Tools, streamed: bool) -> Result:
    llm = IONOS(api_key=KEY, api_base=url, model=MODEL)
    converted = [_to_llama_index(message) for message in messages]
    options: Any = {"tools": tools} if tools else {}
    response: ChatResponse
    if streamed:
        *_, response = llm.stream_chat(converted, **options)
    else:
        response = llm.chat(converted, **options)
    calls = [
        (call.tool_name, call.tool_kwargs)
        for call in llm.get_tool_calls_from_response(response, error_on_no_tool_call=False)
    ]
    llm.clients.close()
    counts = response.additional_kwargs
    usage = (counts["prompt_tokens"], counts["completion_tokens"], counts["total_tokens"])
    return Result(response.message.content or "", calls, usage)


def _to_llama_index(message: dict[str, Any]) -> ChatMessage:
    blocks: list[Any] = [TextBlock(text=message["content"])] if message["content"] else []
    for call in message.get("tool_calls", ()):
        name, arguments = call["function"]["name"], call["function"]["arguments"]
        blocks.append(ToolCallBlock(tool_call_id=call["id"], tool_name=name, tool_kwargs=arguments))
    extra = {key: message[key] for key in ("tool_call_id",) if key in message}
    return ChatMessage(role=message["role"], blocks=blocks, additional_kwargs=extra)


@pytest.mark.parametrize("streamed", [False, True], ids=["complete", "streamed"])
@pytest.mark.parametrize(("messages", "tools"), CONVERSATIONS)
def test_all_clients_return_the_same(
    url: str, openai_client: OpenAI, messages: Any, tools: Tools, streamed: bool
) -> None:
    expected = with_openai(openai_client, messages, tools, streamed)
    assert expected.text or expected.calls
    assert with_langchain(url, messages, tools, streamed) == expected
    assert with_llama_index(url, messages, tools, streamed) == expected


def test_conversations_give_text_and_tool_calls(openai_client: OpenAI) -> None:
    results = [
        with_openai(openai_client, messages, tools, False) for messages, tools in CONVERSATIONS
    ]
    assert {name for result in results for name, _ in result.calls} == {
        "get_weather",
        "multiply",
        "search_documents",
    }
    assert len({result.text for result in results}) > 20
