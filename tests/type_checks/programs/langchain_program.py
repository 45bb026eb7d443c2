"""A program that uses every documented way to construct and call the LangChain classes."""

from collections.abc import Iterator
from typing import Any, assert_type

import httpx
from langchain_core.documents import Document
from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.rate_limiters import InMemoryRateLimiter
from langchain_core.runnables import Runnable
from pydantic import BaseModel
from typing_extensions import TypedDict

from langchain_ionos import (
    IONOSLLM,
    ChatIONOS,
    ImageStore,
    IONOSEmbeddings,
    IONOSImageEditTool,
    IONOSImageTool,
    IONOSOCRLoader,
    IONOSOCRParser,
    IONOSRerank,
    StructuredResult,
    list_models,
)


class Person(BaseModel):
    """A person."""

    name: str


class Place(TypedDict):
    """A place."""

    city: str


async def fetch_key() -> str:
    return "key"


llm = ChatIONOS(
    model_name="meta-llama/Llama-3.3-70B-Instruct",
    api_key=fetch_key,
    base_url="https://hub.example/v1",
    request_timeout=httpx.Timeout(30),
    stop_sequences=["END"],
    max_retries=0,
    requests_per_second=None,
    default_headers={"x-team": "harbour"},
    rate_limiter=InMemoryRateLimiter(),
    http_client=httpx.Client(),
    http_async_client=httpx.AsyncClient(),
)
ChatIONOS(model="openai/gpt-oss-120b", timeout=(5, 30), stop="END", ionos_api_key="key")
assert_type(llm.model_name, str)
assert_type(llm.invoke("Hello"), AIMessage)

people = llm.with_structured_output(Person)
assert_type(people, Runnable[LanguageModelInput, Person])
assert_type(people.invoke("Who?").name, str)
assert_type(llm.with_structured_output(Place).invoke("Where?")["city"], str)
assert_type(llm.with_structured_output({"type": "object"}).invoke("?"), dict[str, Any])
raw = llm.with_structured_output(Person, include_raw=True).invoke("Who?")
assert_type(raw, StructuredResult[Person])
assert_type(raw["parsed"], Person | None)
assert_type(raw["parsing_error"], Exception | None)


async def run() -> None:
    assert_type(await llm.ainvoke("Hello"), AIMessage)
    assert_type(await people.ainvoke("Who?"), Person)
    async for chunk in llm.astream("Hello"):
        print(chunk.text)


completions = IONOSLLM(model_name="meta-llama/Llama-3.3-70B-Instruct", max_tokens=20)
assert_type(completions.invoke("Once upon a time"), str)
embeddings = IONOSEmbeddings(
    model="BAAI/bge-m3", batch_size=8, ionos_base_url="https://a.example/v1"
)
assert_type(embeddings.embed_documents(["a"], chunk_size=1, timeout=3), list[list[float]])
rerank = IONOSRerank(model_name="BAAI/bge-reranker-v2-m3", top_n=None)
loader = IONOSOCRLoader(["a.pdf", "b.png"], concurrency=3, ionos_api_key="key")
pages: Iterator[Document] = loader.lazy_load()
parser = IONOSOCRParser(model_name="lightonai/LightOnOCR-2-1B", max_tokens=None)
rerank.compress_documents([Document("a")], "b")
IONOSImageTool(size="1024x1024", show_to_model=True)
IONOSImageEditTool(image_store=ImageStore("images"), output_format="webp")
print([model.id for model in list_models(api_key=fetch_key, timeout=3)])
