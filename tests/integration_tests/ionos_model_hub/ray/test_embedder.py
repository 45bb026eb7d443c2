"""A batch of texts gets a vector for each, or an error."""

import asyncio
from typing import Any

import pytest

pytest.importorskip("ray")

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ionos_model_hub import (
    BadRequestError,
    ConfigurationError,
    InvalidRequestError,
    ModelHubError,
    NotFoundError,
)
from ionos_model_hub.emulator import Emulator, Reply
from ionos_model_hub.emulator.endpoints.vectors import embed_text
from ionos_model_hub.ray import IONOSEmbedder

TEXTS = [f"passage number {number}" for number in range(14)]
TOO_LONG = "word " * 10_000


@pytest.fixture
def options(ionos_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Arguments that select the emulator; the key is in the environment."""
    monkeypatch.setenv("IONOS_API_KEY", "key")
    return {"base_url": ionos_emulator.base_url}


def expected(texts: list[str]) -> list[list[float]]:
    return np.asarray([embed_text(text, 1024) for text in texts], np.float32).tolist()


def run(embedder: IONOSEmbedder, batch: Any) -> pa.Table:
    return asyncio.run(embedder(batch))


def vectors_of(table: pa.Table) -> list[list[float]]:
    return [vector.tolist() for vector in table["embedding"].to_pylist()]


BATCHES = {
    "pyarrow": pa.table({"text": TEXTS}),
    "numpy": {"text": np.asarray(TEXTS, object)},
    "pandas": pd.DataFrame({"text": TEXTS}),
}


@pytest.mark.parametrize("batch_format", BATCHES)
def test_each_text_gets_its_vector(options: dict[str, Any], batch_format: str) -> None:
    table = run(IONOSEmbedder(**options), BATCHES[batch_format])
    assert table.column_names == ["text", "embedding"]
    assert table["text"].to_pylist() == TEXTS
    assert table["embedding"].type.shape == (1024,)
    assert vectors_of(table) == expected(TEXTS)


def test_vectors_can_be_lists(options: dict[str, Any]) -> None:
    table = run(IONOSEmbedder(vector_type="list", **options), pa.table({"text": TEXTS}))
    assert table["embedding"].type == pa.list_(pa.float32(), 1024)
    assert table["embedding"].to_pylist() == expected(TEXTS)


def test_invalid_vector_type(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="'tensor' or 'list'"):
        IONOSEmbedder(vector_type="array", **options)  # type: ignore[arg-type]


def test_empty_batch_stays_empty(options: dict[str, Any], ionos_emulator: Emulator) -> None:
    table = run(IONOSEmbedder(**options), pa.table({"text": pa.array([], pa.string())}))
    assert (table.num_rows, table["embedding"].type.shape) == (0, (1024,))
    assert ionos_emulator.requests == []


def test_column_names_and_options(options: dict[str, Any], ionos_emulator: Emulator) -> None:
    embedder = IONOSEmbedder(
        "body", output="vector", texts_per_request=5, options={"user": "me"}, **options
    )
    table = run(embedder, pa.table({"body": TEXTS}))
    assert table.column_names == ["body", "vector"]
    bodies = [request.json for request in ionos_emulator.requests]
    assert sorted(len(body["input"]) for body in bodies) == [4, 5, 5]
    assert {body["user"] for body in bodies} == {"me"}


def test_requests_in_flight_are_limited(options: dict[str, Any]) -> None:
    embedder = IONOSEmbedder(texts_per_request=1, in_flight=3, **options)
    in_flight_counts: list[int] = []
    embed_ = embedder._worker.client.embed

    async def counting(*arguments: Any, **options: Any) -> Any:
        in_flight_counts.append(3 - embedder._worker.slots._value)
        return await embed_(*arguments, **options)

    embedder._worker.client.embed = counting  # type: ignore[method-assign]
    run(embedder, pa.table({"text": TEXTS}))
    assert max(in_flight_counts) == 3


def test_rejected_texts_have_an_error_and_the_others_a_vector(options: dict[str, Any]) -> None:
    texts = [*TEXTS[:7], TOO_LONG, None, *TEXTS[7:]]
    table = run(IONOSEmbedder(on_error="column", **options), pa.table({"text": texts}))
    is_good = pc.is_null(table["embedding_error"])
    assert table.filter(is_good)["embedding"].to_pylist() == expected(TEXTS)
    bad = table.filter(pc.invert(is_good)).to_pylist()
    assert [row["embedding"] for row in bad] == [None, None]
    assert "maximum context length" in bad[0]["embedding_error"]
    assert bad[1]["embedding_error"] == "The column 'text' contains null where text is required."


def test_failed_request_stores_its_error_for_all_its_texts(
    options: dict[str, Any], ionos_emulator: Emulator
) -> None:
    ionos_emulator.script(Reply(status=503, json={"error": {"message": "closed for today"}}))
    embedder = IONOSEmbedder(
        on_error="column", texts_per_request=7, in_flight=1, max_retries=0, **options
    )
    table = run(embedder, pa.table({"text": TEXTS}))
    assert table["embedding"].to_pylist() == [None] * 7 + expected(TEXTS[7:])
    errors = table["embedding_error"].to_pylist()
    assert all("closed for today" in error for error in errors[:7])
    assert errors[7:] == [None] * 7
    assert len(ionos_emulator.requests) == 2


def test_column_of_an_unknown_model_without_vectors_has_no_type(
    options: dict[str, Any], ionos_emulator: Emulator
) -> None:
    ionos_emulator.script(Reply(status=503, json={}))
    embedder = IONOSEmbedder(model="my/model", on_error="column", max_retries=0, **options)
    table = run(embedder, pa.table({"text": ["one"]}))
    assert table["embedding"].type == pa.null()
    assert pa.concat_tables(
        [table, run(IONOSEmbedder(on_error="column", **options), pa.table({"text": ["one"]}))],
        promote_options="permissive",
    )["embedding"].type == pa.list_(pa.float32(), 1024)


FAULTS: dict[str, tuple[dict[str, Any], list[str | None], type[ModelHubError], str]] = {
    "a long text": ({}, [TOO_LONG, "short"], BadRequestError, "maximum context length"),
    "no text": ({}, [None], InvalidRequestError, "contains null"),
    "no column": ({"column": "txt"}, ["a"], ConfigurationError, "Did you mean 'text'"),
    "a taken name": ({"output": "text"}, ["a"], ConfigurationError, "already has a column"),
    "no model": ({"model": "no/model", "on_error": "column"}, ["a"], NotFoundError, "no/model"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_other_errors_end_the_job(options: dict[str, Any], fault: str) -> None:
    arguments, texts, kind, reason = FAULTS[fault]
    with pytest.raises(kind, match=reason):
        run(IONOSEmbedder(**arguments, **options), pa.table({"text": pa.array(texts, pa.string())}))


def test_first_error_stops_waiting_requests(
    options: dict[str, Any], ionos_emulator: Emulator
) -> None:
    ionos_emulator.script(Reply(status=400, json={"error": {"message": "no"}}))
    embedder = IONOSEmbedder(texts_per_request=1, in_flight=1, **options)
    with pytest.raises(BadRequestError):
        run(embedder, pa.table({"text": TEXTS}))
    assert len(ionos_emulator.requests) == 1
