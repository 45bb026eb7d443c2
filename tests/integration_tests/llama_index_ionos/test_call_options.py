"""Headers, query parameters, body fields and timeouts of a single call."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from llama_index.core import Document
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.extractors import DocumentContextExtractor
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.storage.docstore import SimpleDocumentStore

from ionos_model_hub.emulator import Emulator
from ionos_model_hub.errors import InvalidRequestError
from llama_index_ionos import IONOS, IONOSEmbedding

Call = Callable[..., Any]
HELLO = [ChatMessage("Hallo")]
OPTIONS: dict[str, Any] = {
    "extra_headers": {"X-Tenant": "a"},
    "extra_query": {"trace": True},
    "extra_body": {"metadata": {"user": "b"}},
    "timeout": 12.5,
}


async def collect(stream: Any) -> object:
    return [item async for item in await stream]


LLM_CALLS: dict[str, Call] = {
    "chat": lambda llm, **options: llm.chat(HELLO, **options),
    "achat": lambda llm, **options: asyncio.run(llm.achat(HELLO, **options)),
    "stream_chat": lambda llm, **options: list(llm.stream_chat(HELLO, **options)),
    "astream_chat": lambda llm, **options: asyncio.run(collect(llm.astream_chat(HELLO, **options))),
    "complete": lambda llm, **options: llm.complete("Hallo", **options),
    "acomplete": lambda llm, **options: asyncio.run(llm.acomplete("Hallo", **options)),
    "stream_complete": lambda llm, **options: list(llm.stream_complete("Hallo", **options)),
    "astream_complete": lambda llm, **options: asyncio.run(
        collect(llm.astream_complete("Hallo", **options))
    ),
}
EMBEDDING_CALLS: dict[str, Call] = {
    "batch": lambda model, **options: model.get_text_embedding_batch(["a", "b"], **options),
    "abatch": lambda model, **options: asyncio.run(
        model.aget_text_embedding_batch(["a", "b"], **options)
    ),
}


class Server:
    """Records requests, including their query and the read timeout of httpx."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def respond(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        body = json.loads(request.content)
        if "input" in body:
            data = [{"index": index, "embedding": [1.0]} for index in range(len(body["input"]))]
            return httpx.Response(200, json={"data": data})
        choice = {"index": 0, "text": "Hi", "finish_reason": "stop"}
        content = {"role": "assistant", "content": "Hi"}
        if body.get("stream"):
            chunk = {"choices": [{**choice, "delta": content}]}
            return httpx.Response(200, text=f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n")
        return httpx.Response(200, json={"choices": [{**choice, "message": content}]})

    async def arespond(self, request: httpx.Request) -> httpx.Response:
        return self.respond(request)

    def clients(self) -> dict[str, Any]:
        return {
            "api_key": "any",
            "requests_per_second": None,
            "http_client": httpx.Client(transport=httpx.MockTransport(self.respond)),
            "async_http_client": httpx.AsyncClient(transport=httpx.MockTransport(self.arespond)),
        }


def check(request: httpx.Request) -> None:
    assert request.headers["x-tenant"] == "a"
    assert request.url.params["trace"] == "true"
    assert json.loads(request.content)["metadata"] == {"user": "b"}
    assert request.extensions["timeout"]["read"] == 12.5


@pytest.mark.parametrize("is_chat_model", [True, False])
@pytest.mark.parametrize("name", LLM_CALLS)
def test_options_of_an_llm_call_affect_only_that_call(name: str, is_chat_model: bool) -> None:
    server = Server()
    llm = IONOS(is_chat_model=is_chat_model, **server.clients())

    LLM_CALLS[name](llm, **OPTIONS)
    LLM_CALLS[name](llm)

    first, second = server.requests
    check(first)
    assert "x-tenant" not in second.headers
    assert not second.url.params


@pytest.mark.parametrize("name", LLM_CALLS)
def test_options_in_additional_kwargs_affect_each_call(name: str) -> None:
    server = Server()
    LLM_CALLS[name](IONOS(additional_kwargs=OPTIONS, **server.clients()))
    check(server.requests[0])


@pytest.mark.parametrize("name", EMBEDDING_CALLS)
def test_options_of_an_embedding_call_affect_only_that_call(name: str) -> None:
    server = Server()
    model = IONOSEmbedding(**server.clients())

    EMBEDDING_CALLS[name](model, **OPTIONS)
    EMBEDDING_CALLS[name](model)

    first, second = server.requests
    check(first)
    assert "x-tenant" not in second.headers
    assert model.additional_kwargs == {}


def test_embedding_options_in_additional_kwargs_affect_each_call() -> None:
    server = Server()
    model = IONOSEmbedding(additional_kwargs={**OPTIONS, "truncate": True}, **server.clients())

    model.get_query_embedding("a")

    (request,) = server.requests
    check(request)
    assert json.loads(request.content)["truncate"] is True


def test_api_key_cannot_be_replaced_by_a_header(ionos_emulator_env: Emulator) -> None:
    with pytest.raises(InvalidRequestError, match="Authorization") as caught:
        IONOS().chat(HELLO, extra_headers={"Authorization": "Bearer other"})
    assert caught.value.param == "extra_headers"
    assert ionos_emulator_env.requests == []


@pytest.mark.parametrize("model", ["openai/gpt-oss-120b", "meta-llama/Llama-3.3-70B-Instruct"])
def test_document_context_extractor_adds_contexts(model: str, ionos_emulator_env: Emulator) -> None:
    text = "Karlsruhe lies on the Rhine. " * 40
    store = SimpleDocumentStore()
    document = Document(text=text, id_="guide")
    store.add_documents([document])
    nodes = SentenceSplitter(chunk_size=128, chunk_overlap=0).get_nodes_from_documents([document])
    extractor = DocumentContextExtractor(store, IONOS(model=model), max_context_length=4000)

    contexts = [node.metadata.get("context") for node in extractor(nodes)]

    assert len(contexts) == len(nodes) > 1
    assert all(contexts)
    assert len(ionos_emulator_env.requests) == len(nodes)
    assert ionos_emulator_env.requests[0].headers["anthropic-beta"]
