"""Errors of embeddings and reranking identify the text."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from llama_index.core.schema import NodeWithScore, TextNode

from ionos_model_hub.emulator import Emulator, Reply
from ionos_model_hub.errors import ContextOverflowError, InvalidRequestError, ResponseError
from llama_index_ionos import IONOSEmbedding, IONOSRerank

TOO_LONG = {
    "error": {
        "message": "You passed 600 input tokens and requested 0 output tokens. However, the "
        "model's context length is only 512 tokens, resulting in a maximum input length of 512 "
        "tokens. Please reduce the length of the input prompt.",
        "type": "BadRequestError",
        "param": "input_tokens",
        "code": 400,
    }
}

Embed = Callable[[IONOSEmbedding, list[str]], Any]
EMBED: dict[str, Embed] = {
    "batch": lambda model, texts: model.get_text_embedding_batch(texts),
    "abatch": lambda model, texts: asyncio.run(model.aget_text_embedding_batch(texts)),
}

RERANK: dict[str, Callable[[IONOSRerank, list[NodeWithScore]], Any]] = {
    "sync": lambda model, nodes: model.postprocess_nodes(nodes, query_str="Where?"),
    "async": lambda model, nodes: asyncio.run(model.apostprocess_nodes(nodes, query_str="Where?")),
}


def embeddings_reply(count: int, length: int = 1) -> Reply:
    data = [{"index": index, "embedding": [1.0] * length} for index in range(count)]
    return Reply(json={"data": data})


@pytest.mark.parametrize("name", EMBED)
def test_text_that_is_too_long_is_identified(name: str, ionos_emulator_env: Emulator) -> None:
    model = IONOSEmbedding(embed_batch_size=4, num_workers=1)
    texts = [*(["short"] * 5), "long " * 600, "short"]
    ionos_emulator_env.script(embeddings_reply(4), Reply(status=400, json=TOO_LONG))

    with pytest.raises(ContextOverflowError, match=r"input\[5\]") as caught:
        EMBED[name](model, texts)

    assert "conversation" not in str(caught.value)


@pytest.mark.parametrize("name", EMBED)
def test_lone_surrogate_is_located(name: str, ionos_emulator_env: Emulator) -> None:
    model = IONOSEmbedding(embed_batch_size=2)
    with pytest.raises(InvalidRequestError, match=r"input\[3\]") as caught:
        EMBED[name](model, ["a", "b", "c", "half \ud83d"])
    assert caught.value.param == "input[3]"


@pytest.mark.parametrize("name", EMBED)
def test_vectors_of_another_length_are_an_error(name: str, ionos_emulator_env: Emulator) -> None:
    ionos_emulator_env.script(embeddings_reply(2, length=3))
    with pytest.raises(ResponseError, match="dimensions=2 was requested"):
        EMBED[name](IONOSEmbedding(dimensions=2), ["a", "b"])
    assert ionos_emulator_env.requests[0].json["dimensions"] == 2


@pytest.mark.parametrize("name", RERANK)
def test_document_that_is_too_long_is_identified(name: str, ionos_emulator_env: Emulator) -> None:
    nodes = [NodeWithScore(node=TextNode(text=text)) for text in ("short", "long " * 600)]
    ionos_emulator_env.script(Reply(status=400, json=TOO_LONG))

    with pytest.raises(ContextOverflowError, match=r"documents\[1\]") as caught:
        RERANK[name](IONOSRerank(), nodes)

    assert "conversation" not in str(caught.value)
