"""The openai SDK and both adapters hear the same from the same server: 60 conversations."""

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


class Said(NamedTuple):
    """What a caller made of an answer: its text, its tool calls with arguments, its usage."""

    text: str
    calls: list[tuple[str, dict[str, Any]]]
    usage: tuple[int, int, int]


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def system(text: str) -> dict[str, Any]:
    return {"role": "system", "content": text}


def assistant(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def called(name: str, **arguments: Any) -> dict[str, Any]:
    function = {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)}
    call = {"id": f"call_{name}", "type": "function", "function": function}
    return {"role": "assistant", "content": "", "tool_calls": [call]}


def result(name: str, text: str) -> dict[str, Any]:
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
GUIDED = [[system("You are terse."), user(question)] for question in QUESTIONS]
RECALLED = [
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
    [user(f"Weather in {city}?"), called("get_weather", city=city), result("get_weather", told)]
    for city in CITIES
    for told in ("12 °C", '{"celsius": 12}', "unknown", "Regen, später Sonne ☀")
]
CONVERSATIONS = [
    *((messages, None) for messages in (*PLAIN, *GUIDED, *RECALLED)),
    *((messages, TOOLS) for messages in (*TOOL_CALLS, *TOOL_RESULTS)),
]
assert len(CONVERSATIONS) == 60

Tools = list[dict[str, Any]] | None


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with Emulator() as hub:
        yield hub.base_url


@pytest.fixture(scope="module")
def sdk(url: str) -> Iterator[OpenAI]:
    with OpenAI(api_key=KEY, base_url=url) as client:
        yield client


def by_openai(sdk: OpenAI, messages: Any, tools: Tools, streamed: bool) -> Said:
    options: Any = {"model": MODEL, "messages": messages, **({"tools": tools} if tools else {})}
    ask = sdk.chat.completions.create
    if not streamed:
        return _said(ask(**options))
    return _joined(ask(stream=True, stream_options={"include_usage": True}, **options))


def _said(answer: ChatCompletion) -> Said:
    message, usage = answer.choices[0].message, answer.usage
    assert usage is not None
    calls = [
        (call.function.name, json.loads(call.function.arguments))
        for call in message.tool_calls or ()
        if call.type == "function"
    ]
    counts = (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens)
    return Said(message.content or "", calls, counts)


def _joined(chunks: Iterable[ChatCompletionChunk]) -> Said:
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
            told = chunk.usage
            usage = (told.prompt_tokens, told.completion_tokens, told.total_tokens)
    return Said(text, [(names[at], json.loads(arguments[at])) for at in sorted(names)], usage)


def by_langchain(url: str, messages: Any, tools: Tools, streamed: bool) -> Said:
    with ChatIONOS(api_key=KEY, base_url=url, model=MODEL) as chat:
        llm = chat.bind_tools(tools) if tools else chat
        asked = convert_to_messages(messages)
        answer: AIMessage = llm.invoke(asked) if not streamed else _added(llm.stream(asked))
    told = answer.usage_metadata
    assert told is not None
    usage = (told["input_tokens"], told["output_tokens"], told["total_tokens"])
    return Said(answer.text, [(call["name"], call["args"]) for call in answer.tool_calls], usage)


def _added(chunks: Iterable[Any]) -> AIMessageChunk:
    first, *rest = chunks
    for chunk in rest:
        first += chunk
    assert isinstance(first, AIMessageChunk)
    return first


def by_llama_index(url: str, messages: Any, tools: Tools, streamed: bool) -> Said:
    llm = IONOS(api_key=KEY, api_base=url, model=MODEL)
    asked = [_message(message) for message in messages]
    options: Any = {"tools": tools} if tools else {}
    answer: ChatResponse
    if streamed:
        *_, answer = llm.stream_chat(asked, **options)
    else:
        answer = llm.chat(asked, **options)
    calls = [
        (call.tool_name, call.tool_kwargs)
        for call in llm.get_tool_calls_from_response(answer, error_on_no_tool_call=False)
    ]
    llm.clients.close()
    told = answer.additional_kwargs
    usage = (told["prompt_tokens"], told["completion_tokens"], told["total_tokens"])
    return Said(answer.message.content or "", calls, usage)


def _message(message: dict[str, Any]) -> ChatMessage:
    blocks: list[Any] = [TextBlock(text=message["content"])] if message["content"] else []
    for call in message.get("tool_calls", ()):
        name, arguments = call["function"]["name"], call["function"]["arguments"]
        blocks.append(ToolCallBlock(tool_call_id=call["id"], tool_name=name, tool_kwargs=arguments))
    more = {key: message[key] for key in ("tool_call_id",) if key in message}
    return ChatMessage(role=message["role"], blocks=blocks, additional_kwargs=more)


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(("messages", "tools"), CONVERSATIONS)
def test_all_hear_the_same(
    url: str, sdk: OpenAI, messages: Any, tools: Tools, streamed: bool
) -> None:
    heard = by_openai(sdk, messages, tools, streamed)
    assert heard.text or heard.calls
    assert by_langchain(url, messages, tools, streamed) == heard
    assert by_llama_index(url, messages, tools, streamed) == heard


def test_the_conversations_lead_to_text_and_to_calls(sdk: OpenAI) -> None:
    heard = [by_openai(sdk, messages, tools, False) for messages, tools in CONVERSATIONS]
    assert {name for said in heard for name, _ in said.calls} == {
        "get_weather",
        "multiply",
        "search_documents",
    }
    assert len({said.text for said in heard}) > 20
