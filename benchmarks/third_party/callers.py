"""The same calls through the bare client and both adapters."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Any, ClassVar, Protocol

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel

from ionos_model_hub import ChatCompletion
from ionos_model_hub.client_pair import Clients
from ionos_model_hub.wire.strict_schemas import response_format
from langchain_ionos import ChatIONOS, IONOSEmbeddings
from llama_index_ionos import IONOS, IONOSEmbedding

MODES = ("call", "acall", "stream", "astream")
CALLS = ("call", "acall")
STREAMS = ("stream", "astream")
MODEL = "openai/gpt-oss-120b"


class Person(BaseModel):
    """A person."""

    name: str
    age: int


def get_weather(city: str) -> str:
    """Get the weather of a city."""
    return f"It is sunny in {city}."


@dataclass(frozen=True)
class Result:
    """The content of a response, independent of the class that the caller returns."""

    text: str
    tokens: int
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


class Caller(Protocol):
    """Makes calls in one of `MODES` and raises the errors that users see."""

    def __init__(self, url: str, **options: Any) -> None: ...

    async def chat(self, mode: str, prompt: str, *, tools: bool = False) -> Result:
        """Return the response to a prompt."""

    async def chat_with_tool_result(self, mode: str, prompt: str) -> Result:
        """Run the tool that the model calls, and return the response to its result."""

    async def extract(self, mode: str, prompt: str) -> Person:
        """Return structured output for a prompt."""

    async def embed(self, mode: str, texts: list[str]) -> list[list[float]]:
        """Return the vectors of the texts."""


class Bare:
    TOOL: ClassVar = {
        "type": "function",
        "function": {
            "name": "get_weather",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        },
    }

    def __init__(self, url: str, **options: Any) -> None:
        self._clients = Clients(base_url=url, **options)

    async def chat(self, mode: str, prompt: str, *, tools: bool = False) -> Result:
        options = {"tools": [self.TOOL]} if tools else {}
        completion = await self._chat(mode, [_user(prompt)], **options)
        calls = [(call.name, json.loads(call.arguments)) for call in completion.message.tool_calls]
        return Result(
            completion.text, completion.usage.total_tokens if completion.usage else 0, calls
        )

    async def _chat(self, mode: str, messages: list[Any], **options: Any) -> ChatCompletion:
        sync, aio = self._clients.sync, self._clients.aio
        match mode:
            case "call":
                return await asyncio.to_thread(sync.chat, messages, model=MODEL, **options)
            case "acall":
                return await aio.chat(messages, model=MODEL, **options)
            case "stream":
                stream = sync.stream_chat(messages, model=MODEL, **options)
                pieces = [delta.text for delta in await asyncio.to_thread(list, stream)]
                completion = stream.answer
            case _:
                async_stream = aio.stream_chat(messages, model=MODEL, **options)
                pieces = [delta.text async for delta in async_stream]
                completion = async_stream.answer
        assert "".join(pieces) == completion.text
        return completion

    async def chat_with_tool_result(self, mode: str, prompt: str) -> Result:
        first = await self._chat(mode, [_user(prompt)], tools=[self.TOOL])
        tool_calls = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in first.message.tool_calls
        ]
        messages = [_user(prompt), {"role": "assistant", "content": "", "tool_calls": tool_calls}]
        for call in first.message.tool_calls:
            result = get_weather(**json.loads(call.arguments))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
        completion = await self._chat(mode, messages, tools=[self.TOOL])
        return Result(completion.text, completion.usage.total_tokens if completion.usage else 0)

    async def extract(self, mode: str, prompt: str) -> Person:
        output_format = response_format(Person.model_json_schema(), "Person")
        completion = await self._chat(mode, [_user(prompt)], response_format=output_format)
        return Person.model_validate_json(completion.text)

    async def embed(self, mode: str, texts: list[str]) -> list[list[float]]:
        if mode == "call":
            return (await asyncio.to_thread(self._clients.sync.embed, texts)).vectors
        return (await self._clients.aio.embed(texts)).vectors


def _user(prompt: str) -> dict[str, str]:
    return {"role": "user", "content": prompt}


class LangChain:
    def __init__(self, url: str, **options: Any) -> None:
        self._llm = ChatIONOS(model=MODEL, base_url=url, **options)
        self._embeddings = IONOSEmbeddings(base_url=url, **options)

    async def chat(self, mode: str, prompt: str, *, tools: bool = False) -> Result:
        return self._read(await self._chat(mode, [HumanMessage(prompt)], tools=tools))

    async def _chat(self, mode: str, messages: list[Any], *, tools: bool) -> AIMessage:
        llm: Any = self._llm.bind_tools([get_weather]) if tools else self._llm
        match mode:
            case "call":
                return await asyncio.to_thread(llm.invoke, messages)
            case "acall":
                return await llm.ainvoke(messages)
            case "stream":
                return reduce(add, await asyncio.to_thread(lambda: list(llm.stream(messages))))
            case _:
                return reduce(add, [chunk async for chunk in llm.astream(messages)])

    def _read(self, message: AIMessage) -> Result:
        usage = message.usage_metadata
        calls = [(call["name"], call["args"]) for call in message.tool_calls]
        return Result(message.text, usage["total_tokens"] if usage else 0, calls)

    async def chat_with_tool_result(self, mode: str, prompt: str) -> Result:
        first = await self._chat(mode, [HumanMessage(prompt)], tools=True)
        results = [
            ToolMessage(get_weather(**call["args"]), tool_call_id=call["id"])
            for call in first.tool_calls
        ]
        messages = [HumanMessage(prompt), first, *results]
        return self._read(await self._chat(mode, messages, tools=True))

    async def extract(self, mode: str, prompt: str) -> Person:
        chain = self._llm.with_structured_output(Person)
        match mode:
            case "call":
                return await asyncio.to_thread(chain.invoke, prompt)
            case "acall":
                return await chain.ainvoke(prompt)
            case "stream":
                return (await asyncio.to_thread(lambda: list(chain.stream(prompt))))[-1]
            case _:
                return [part async for part in chain.astream(prompt)][-1]

    async def embed(self, mode: str, texts: list[str]) -> list[list[float]]:
        if mode == "call":
            return await asyncio.to_thread(self._embeddings.embed_documents, texts)
        return await self._embeddings.aembed_documents(texts)


class LlamaIndex:
    TOOL = FunctionTool.from_defaults(get_weather)

    def __init__(self, url: str, **options: Any) -> None:
        self._llm = IONOS(model=MODEL, base_url=url, **options)
        self._embeddings = IONOSEmbedding(base_url=url, **options)

    async def chat(self, mode: str, prompt: str, *, tools: bool = False) -> Result:
        return self._read(await self._chat(mode, [ChatMessage(prompt)], tools=tools))

    async def _chat(self, mode: str, messages: list[ChatMessage], *, tools: bool) -> Any:
        options = (
            self._llm._prepare_chat_with_tools(
                [self.TOOL], chat_history=messages, allow_parallel_tool_calls=True
            )
            if tools
            else {"messages": messages}
        )
        match mode:
            case "call":
                return await asyncio.to_thread(self._llm.chat, **options)
            case "acall":
                return await self._llm.achat(**options)
            case "stream":
                parts = await asyncio.to_thread(lambda: list(self._llm.stream_chat(**options)))
            case _:
                parts = [part async for part in await self._llm.astream_chat(**options)]
        assert "".join(part.delta or "" for part in parts) == (parts[-1].message.content or "")
        return parts[-1]

    def _read(self, response: Any) -> Result:
        selections = self._llm.get_tool_calls_from_response(response, error_on_no_tool_call=False)
        calls = [(each.tool_name, each.tool_kwargs) for each in selections]
        tokens = response.additional_kwargs.get("total_tokens", 0)
        return Result(response.message.content or "", tokens, calls)

    async def chat_with_tool_result(self, mode: str, prompt: str) -> Result:
        first = await self._chat(mode, [ChatMessage(prompt)], tools=True)
        results = [
            ChatMessage(
                get_weather(**call.tool_kwargs),
                role="tool",
                additional_kwargs={"tool_call_id": call.tool_id},
            )
            for call in self._llm.get_tool_calls_from_response(first)
        ]
        messages = [ChatMessage(prompt), first.message, *results]
        return self._read(await self._chat(mode, messages, tools=True))

    async def extract(self, mode: str, prompt: str) -> Person:
        llm = self._llm.as_structured_llm(Person)
        messages = [ChatMessage(prompt)]
        match mode:
            case "call":
                return (await asyncio.to_thread(llm.chat, messages)).raw
            case "acall":
                return (await llm.achat(messages)).raw
            case "stream":
                return (await asyncio.to_thread(lambda: list(llm.stream_chat(messages))))[-1].raw
            case _:
                return [part async for part in await llm.astream_chat(messages)][-1].raw

    async def embed(self, mode: str, texts: list[str]) -> list[list[float]]:
        if mode == "call":
            return await asyncio.to_thread(self._embeddings.get_text_embedding_batch, texts)
        return await self._embeddings.aget_text_embedding_batch(texts)


CALLERS: dict[str, type[Caller]] = {
    "bare client": Bare,
    "langchain_ionos": LangChain,
    "llama_index_ionos": LlamaIndex,
}
