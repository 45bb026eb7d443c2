"""What a worker does with a batch of texts: a vector for each, or the reason for none."""

import asyncio
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

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
def reach(ionos_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Arguments that lead to the emulator; the key is in the environment."""
    monkeypatch.setenv("IONOS_API_KEY", "key")
    return {"base_url": ionos_emulator.base_url}


def expected(texts: list[str]) -> list[list[float]]:
    return np.asarray([embed_text(text, 1024) for text in texts], np.float32).tolist()


def run(embedder: IONOSEmbedder, batch: Any) -> pa.Table:
    return asyncio.run(embedder(batch))


BATCHES = {
    "pyarrow": pa.table({"text": TEXTS}),
    "numpy": {"text": np.asarray(TEXTS, object)},
    "pandas": pd.DataFrame({"text": TEXTS}),
}


@pytest.mark.parametrize("batch_format", BATCHES)
def test_each_text_gets_its_vector(reach: dict[str, Any], batch_format: str) -> None:
    table = run(IONOSEmbedder(**reach), BATCHES[batch_format])
    assert table.column_names == ["text", "embedding"]
    assert table["text"].to_pylist() == TEXTS
    assert table["embedding"].type == pa.list_(pa.float32(), 1024)
    assert table["embedding"].to_pylist() == expected(TEXTS)


def test_an_empty_batch_stays_empty(reach: dict[str, Any], ionos_emulator: Emulator) -> None:
    table = run(IONOSEmbedder(**reach), pa.table({"text": pa.array([], pa.string())}))
    assert (table.num_rows, table["embedding"].type) == (0, pa.list_(pa.float32(), 1024))
    assert ionos_emulator.requests == []


def test_names_and_options_are_those_asked_for(
    reach: dict[str, Any], ionos_emulator: Emulator
) -> None:
    embedder = IONOSEmbedder(
        "body", output="vector", texts_per_request=5, options={"user": "me"}, **reach
    )
    table = run(embedder, pa.table({"body": TEXTS}))
    assert table.column_names == ["body", "vector"]
    asked = [request.json for request in ionos_emulator.requests]
    assert sorted(len(each["input"]) for each in asked) == [4, 5, 5]
    assert {each["user"] for each in asked} == {"me"}


def test_no_more_requests_are_under_way_than_allowed(reach: dict[str, Any]) -> None:
    embedder = IONOSEmbedder(texts_per_request=1, in_flight=3, **reach)
    under_way: list[int] = []
    real = embedder._worker.client.embed

    async def watched(*arguments: Any, **options: Any) -> Any:
        under_way.append(3 - embedder._worker.gate._value)
        return await real(*arguments, **options)

    embedder._worker.client.embed = watched  # type: ignore[method-assign]
    run(embedder, pa.table({"text": TEXTS}))
    assert max(under_way) == 3


def test_texts_at_fault_tell_why_and_the_others_have_vectors(reach: dict[str, Any]) -> None:
    texts = [*TEXTS[:7], TOO_LONG, None, *TEXTS[7:]]
    table = run(IONOSEmbedder(on_error="column", **reach), pa.table({"text": texts}))
    is_good = pc.is_null(table["embedding_error"])
    assert table.filter(is_good)["embedding"].to_pylist() == expected(TEXTS)
    bad = table.filter(pc.invert(is_good)).to_pylist()
    assert [row["embedding"] for row in bad] == [None, None]
    assert "maximum context length" in bad[0]["embedding_error"]
    assert bad[1]["embedding_error"] == "The column 'text' holds nothing where a text is needed."


def test_a_request_that_fails_fails_its_texts(
    reach: dict[str, Any], ionos_emulator: Emulator
) -> None:
    ionos_emulator.script(Reply(status=503, json={"error": {"message": "closed for today"}}))
    embedder = IONOSEmbedder(
        on_error="column", texts_per_request=7, in_flight=1, max_retries=0, **reach
    )
    table = run(embedder, pa.table({"text": TEXTS}))
    assert table["embedding"].to_pylist() == [None] * 7 + expected(TEXTS[7:])
    errors = table["embedding_error"].to_pylist()
    assert all("closed for today" in error for error in errors[:7])
    assert errors[7:] == [None] * 7
    assert len(ionos_emulator.requests) == 2


def test_vectors_of_an_unknown_model_that_all_failed_have_no_type(
    reach: dict[str, Any], ionos_emulator: Emulator
) -> None:
    ionos_emulator.script(Reply(status=503, json={}))
    embedder = IONOSEmbedder(model="my/model", on_error="column", max_retries=0, **reach)
    table = run(embedder, pa.table({"text": ["one"]}))
    assert table["embedding"].type == pa.null()
    assert pa.concat_tables(
        [table, run(IONOSEmbedder(on_error="column", **reach), pa.table({"text": ["one"]}))],
        promote_options="permissive",
    )["embedding"].type == pa.list_(pa.float32(), 1024)


FAULTS: dict[str, tuple[dict[str, Any], list[str | None], type[ModelHubError], str]] = {
    "a long text": ({}, [TOO_LONG, "short"], BadRequestError, "maximum context length"),
    "no text": ({}, [None], InvalidRequestError, "holds nothing"),
    "no column": ({"column": "txt"}, ["a"], ConfigurationError, "Did you mean 'text'"),
    "a taken name": ({"output": "text"}, ["a"], ConfigurationError, "already has a column"),
    "no model": ({"model": "no/model", "on_error": "column"}, ["a"], NotFoundError, "no/model"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_other_errors_end_the_job(reach: dict[str, Any], fault: str) -> None:
    arguments, texts, kind, reason = FAULTS[fault]
    with pytest.raises(kind, match=reason):
        run(IONOSEmbedder(**arguments, **reach), pa.table({"text": pa.array(texts, pa.string())}))


def test_the_first_error_stops_the_requests_that_wait(
    reach: dict[str, Any], ionos_emulator: Emulator
) -> None:
    ionos_emulator.script(Reply(status=400, json={"error": {"message": "no"}}))
    embedder = IONOSEmbedder(texts_per_request=1, in_flight=1, **reach)
    with pytest.raises(BadRequestError):
        run(embedder, pa.table({"text": TEXTS}))
    assert len(ionos_emulator.requests) == 1
