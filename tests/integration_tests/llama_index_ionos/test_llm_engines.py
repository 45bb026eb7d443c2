from importlib import import_module
from typing import Any

import pytest
from llama_index.core import (
    Document,
    Settings,
    SummaryIndex,
    VectorStoreIndex,
    get_response_synthesizer,
)
from llama_index.core.base.llms.types import ChatMessage, ImageBlock, MessageRole, TextBlock
from llama_index.core.chat_engine.types import ChatMode
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.postprocessor import LLMRerank
from llama_index.core.query_engine import RouterQueryEngine, SubQuestionQueryEngine
from llama_index.core.question_gen import LLMQuestionGenerator
from llama_index.core.response_synthesizers import ResponseMode
from llama_index.core.schema import NodeWithScore, TextNode
from llama_index.core.selectors import LLMMultiSelector, LLMSingleSelector
from llama_index.core.tools import QueryEngineTool
from pydantic import BaseModel

import llama_index_ionos
from ionos_model_hub.emulator import Emulator
from llama_index_ionos import IONOS, IONOSEmbedding

FACTS = [
    "Karlsruhe houses the Federal Constitutional Court.",
    "Bananas are yellow because of carotenoids.",
    "Whales are mammals and breathe air.",
]
QUESTION = "Which city houses the Federal Constitutional Court?"


class City(BaseModel):
    """A city."""

    name: str


@pytest.fixture
def llm(ionos_emulator_env: Emulator) -> IONOS:
    return IONOS()


@pytest.fixture
def index(llm: IONOS) -> VectorStoreIndex:
    documents = [Document(text=fact) for fact in FACTS]
    return VectorStoreIndex.from_documents(documents, embed_model=IONOSEmbedding())


def test_query_engine_answers_from_the_index(index: VectorStoreIndex, llm: IONOS) -> None:
    response = index.as_query_engine(llm=llm, similarity_top_k=1).query(QUESTION)
    assert "Karlsruhe" in str(response)


async def test_async_query_engine_answers_from_the_index(
    index: VectorStoreIndex, llm: IONOS
) -> None:
    response = await index.as_query_engine(llm=llm, similarity_top_k=1).aquery(QUESTION)
    assert "Karlsruhe" in str(response)


def test_query_engine_streams(index: VectorStoreIndex, llm: IONOS) -> None:
    engine = index.as_query_engine(llm=llm, similarity_top_k=1, streaming=True)
    chunks = list(engine.query(QUESTION).response_gen)  # type: ignore[union-attr]
    assert len(chunks) > 1
    assert "Karlsruhe" in "".join(chunks)


async def test_query_engine_streams_asynchronously(index: VectorStoreIndex, llm: IONOS) -> None:
    engine = index.as_query_engine(llm=llm, similarity_top_k=1, streaming=True)
    response: Any = await engine.aquery(QUESTION)
    assert "Karlsruhe" in "".join([chunk async for chunk in response.async_response_gen()])


@pytest.mark.parametrize(
    "mode", [ResponseMode.REFINE, ResponseMode.COMPACT, ResponseMode.TREE_SUMMARIZE]
)
async def test_each_response_mode_answers(mode: ResponseMode, llm: IONOS) -> None:
    index = SummaryIndex.from_documents([Document(text=fact) for fact in FACTS])
    engine = index.as_query_engine(llm=llm, response_mode=mode)
    assert str(engine.query(QUESTION)) == FACTS[0]
    assert str(await engine.aquery(QUESTION)) == FACTS[0]


@pytest.mark.parametrize("selector", [LLMSingleSelector, LLMMultiSelector])
async def test_router_queries_the_engine_that_fits(
    selector: Any, index: VectorStoreIndex, llm: IONOS
) -> None:
    engine = RouterQueryEngine.from_defaults(
        tools(index, llm), llm=llm, selector=selector.from_defaults(llm=llm)
    )
    for response in (engine.query(QUESTION), await engine.aquery(QUESTION)):
        assert str(response) == FACTS[0]
        assert response.metadata
        assert response.metadata["selector_result"].selections[0].index == 1


def test_sub_questions_are_answered(index: VectorStoreIndex, llm: IONOS) -> None:
    engine = SubQuestionQueryEngine.from_defaults(
        tools(index, llm),
        llm=llm,
        question_gen=LLMQuestionGenerator.from_defaults(llm=llm),
        response_synthesizer=get_response_synthesizer(llm=llm),
        use_async=False,
        verbose=False,
    )
    response = engine.query(QUESTION)
    assert any(f"Sub question: {QUESTION}" in node.text for node in response.source_nodes)
    assert "Karlsruhe" in str(response)


async def test_llm_reranks_nodes(llm: IONOS) -> None:
    nodes = [NodeWithScore(node=TextNode(text=fact)) for fact in reversed(FACTS)]
    rerank = LLMRerank(llm=llm, top_n=2)
    for best in (
        rerank.postprocess_nodes(nodes, query_str=QUESTION),
        await rerank.apostprocess_nodes(nodes, query_str=QUESTION),
    ):
        assert [node.text for node in best] == FACTS[:1]


def tools(index: VectorStoreIndex, llm: IONOS) -> list[QueryEngineTool]:
    engine = index.as_query_engine(llm=llm, similarity_top_k=1)
    descriptions = {"fruit": "Colours of bananas", "courts": "Cities that house courts"}
    return [
        QueryEngineTool.from_defaults(engine, name=name, description=description)
        for name, description in descriptions.items()
    ]


def test_query_engine_with_output_cls_returns_an_object(
    index: VectorStoreIndex, llm: IONOS
) -> None:
    engine = index.as_query_engine(llm=llm, output_cls=City, similarity_top_k=1)
    response: Any = engine.query(QUESTION)
    assert isinstance(response.response, City)


def engine_of(index: VectorStoreIndex, llm: IONOS, mode: ChatMode) -> Any:
    # The default memory leaves SQLite connections open.
    memory = ChatMemoryBuffer.from_defaults(llm=llm)
    return index.as_chat_engine(chat_mode=mode, llm=llm, memory=memory, similarity_top_k=1)


MODES = [
    ChatMode.SIMPLE,
    ChatMode.CONDENSE_QUESTION,
    ChatMode.CONTEXT,
    ChatMode.CONDENSE_PLUS_CONTEXT,
]


@pytest.mark.parametrize("mode", MODES)
def test_chat_engine_keeps_history(
    mode: ChatMode, index: VectorStoreIndex, llm: IONOS, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Settings, "_llm", llm)
    engine = engine_of(index, llm, mode)

    first, second = engine.chat(QUESTION), engine.chat(QUESTION)

    assert mode is ChatMode.SIMPLE or "Karlsruhe" in str(first)
    assert str(second)
    roles = [message.role for message in engine.chat_history]
    assert roles == [MessageRole.USER, MessageRole.ASSISTANT] * 2


@pytest.mark.parametrize("mode", MODES)
def test_chat_engine_streams_to_another_thread(
    mode: ChatMode, index: VectorStoreIndex, llm: IONOS, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Settings, "_llm", llm)
    engine = engine_of(index, llm, mode)
    chunks = list(engine.stream_chat(QUESTION).response_gen)
    assert len(chunks) > 1
    assert engine.chat_history[-1].content == "".join(chunks)


@pytest.mark.parametrize("mode", MODES)
async def test_chat_engine_streams_asynchronously(
    mode: ChatMode, index: VectorStoreIndex, llm: IONOS, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Settings, "_llm", llm)
    engine = engine_of(index, llm, mode)
    response = await engine.astream_chat(QUESTION)
    text = "".join([chunk async for chunk in response.async_response_gen()])
    assert mode is ChatMode.SIMPLE or "Karlsruhe" in text
    assert str(await engine.achat(QUESTION))


async def test_models_work_after_they_were_closed(llm: IONOS) -> None:
    with llm, IONOSEmbedding() as embedding:
        assert llm.complete("What is 2 + 3?").text == "2 + 3 = 5"
        vector = embedding.get_query_embedding("Karlsruhe")
    async with llm, embedding:
        assert (await llm.acomplete("What is 2 + 3?")).text == "2 + 3 = 5"
        assert await embedding.aget_query_embedding("Karlsruhe") == vector
    llm.close()
    await embedding.aclose()
    assert llm.complete("What is 2 + 3?").text == "2 + 3 = 5"


def test_images_are_accepted(llm: IONOS) -> None:
    llm.model = "mistralai/Mistral-Small-24B-Instruct"
    png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x02\x00\x00\x00\x01\x08\x02\x00\x00\x00"
    blocks = [TextBlock(text="What is there?"), ImageBlock(image=png, detail="low")]
    assert llm.chat([ChatMessage(blocks=blocks)]).message.content


def test_completions_endpoint_streams_the_same_text(llm: IONOS, ionos_emulator: Emulator) -> None:
    llm.is_chat_model = False
    complete = llm.complete("Hallo", max_tokens=8)
    *_, last = llm.stream_complete("Hallo", max_tokens=8)
    assert complete.text == last.text
    assert complete.raw["usage"] == last.raw["usage"]  # type: ignore[index]
    assert {request.path for request in ionos_emulator.requests} == {"/v1/completions"}


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("llms", "IONOS"),
        ("embeddings", "IONOSEmbedding"),
        ("postprocessor", "IONOSRerank"),
        ("readers", "IONOSOCRReader"),
        ("tools", "IONOSImageToolSpec"),
    ],
)
def test_classes_are_exported_by_llama_index_namespaces(module: str, name: str) -> None:
    imported = import_module(f"llama_index.{module}.ionos")
    assert imported.__all__ == [name]
    assert getattr(imported, name) is getattr(llama_index_ionos, name)
