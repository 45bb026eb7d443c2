"""A program that uses every documented way to construct and call the LlamaIndex classes."""

from typing import assert_type

import httpx
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse
from llama_index.core.prompts import PromptTemplate
from llama_index.core.schema import Document
from pydantic import BaseModel

from llama_index_ionos import (
    IONOS,
    IONOSEmbedding,
    IONOSImageToolSpec,
    IONOSOCRReader,
    IONOSRerank,
    image_block,
)


class Person(BaseModel):
    """A person."""

    name: str


async def fetch_key() -> str:
    return "key"


llm = IONOS(
    model_name="openai/gpt-oss-120b",
    api_key=fetch_key,
    api_base="https://hub.example/v1",
    timeout=httpx.Timeout(30),
    additional_kwargs={"extra_body": {"top_k": 5}},
    context_window=8192,
    http_client=httpx.Client(),
    async_http_client=httpx.AsyncClient(),
)
IONOS(model="openai/gpt-oss-120b", base_url="https://hub.example/v1", timeout=(5, 30))
assert_type(llm.chat([ChatMessage("Hello")]), ChatResponse)
assert_type(llm.complete("Hello"), CompletionResponse)
person = llm.structured_predict(Person, PromptTemplate("Who?"))
assert_type(person, Person)


async def run() -> None:
    assert_type(await llm.astructured_predict(Person, PromptTemplate("Who?")), Person)
    assert_type(await llm.achat([ChatMessage("Hello")]), ChatResponse)


embedding = IONOSEmbedding(model="BAAI/bge-m3", api_base="https://hub.example/v1")
IONOSEmbedding(model_name="BAAI/bge-m3", embed_batch_size=8, dimensions=None)
assert_type(embedding.get_text_embedding("a"), list[float])
IONOSRerank(model_name="BAAI/bge-reranker-v2-m3", top_n=2, http_async_client=None)
reader = IONOSOCRReader(api_base="https://hub.example/v1", use_text_layer=True)
pages: list[Document] = reader.load_data("scan.pdf", {"tenant": "Muster"})
spec = IONOSImageToolSpec(api_base="https://hub.example/v1", api_key="key", model_name="m")
spec.edit_image(image_block("a.png"), "Make it blue")
