"""IONOSEmbeddings against the emulator."""

import asyncio
import pickle

import cloudpickle
import pytest
from langchain_core.exceptions import ModelAuthenticationError, ModelInvalidRequestError

from ionos_model_hub.emulator import Emulator, Reply
from langchain_ionos import IONOSEmbeddings

TEXTS = ["Karlsruhe", "", "Ünïcödé 🦜", "a\nb", " "] * 5


@pytest.fixture
def embeddings(ionos_emulator_env: Emulator) -> IONOSEmbeddings:
    return IONOSEmbeddings(batch_size=4)


async def test_batches_preserve_order_and_number(
    embeddings: IONOSEmbeddings, ionos_emulator: Emulator
) -> None:
    vectors = embeddings.embed_documents(TEXTS)
    assert vectors == await embeddings.aembed_documents(TEXTS)
    assert vectors[:5] == [embeddings.embed_query(text) for text in TEXTS[:5]]
    batches = [request.json["input"] for request in ionos_emulator.requests[:7]]
    assert sorted(map(len, batches)) == [1, 4, 4, 4, 4, 4, 4]
    assert all(request.json["encoding_format"] == "float" for request in ionos_emulator.requests)


def test_several_event_loops(embeddings: IONOSEmbeddings) -> None:
    vectors = [asyncio.run(embeddings.aembed_query("Hi")) for _ in range(3)]
    assert vectors[0] == vectors[1] == vectors[2] == embeddings.embed_query("Hi")


@pytest.mark.parametrize("module", [pickle, cloudpickle], ids=["pickle", "cloudpickle"])
def test_unpickled_copy_works(embeddings: IONOSEmbeddings, module: object) -> None:
    before = embeddings.embed_query("Hi")
    copied = pickle.loads(module.dumps(embeddings))  # type: ignore[attr-defined]  # our own pickle
    assert copied.embed_query("Hi") == before


async def test_errors_are_langchain_errors(
    embeddings: IONOSEmbeddings, ionos_emulator: Emulator
) -> None:
    embeddings.model = "some/unknown-model"
    ionos_emulator.script(Reply(status=401, json={"httpStatus": 401, "messages": []}))
    with pytest.raises(ModelAuthenticationError):
        embeddings.embed_query("Hi")
    ionos_emulator.script(Reply(status=422, json={"error": {"message": "too long"}}))
    with pytest.raises(ModelInvalidRequestError, match="too long"):
        await embeddings.aembed_query("Hi")
