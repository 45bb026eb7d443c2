"""Jobs in two worker processes: all rows are correct, and the workers share one rate limit.

The emulator enforces the documented limit (5 requests/s, 10 at once), ten times as fast.
"""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ray")

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import ray
from integration_tests.ionos_model_hub.ray.conftest import KEY, WORKERS, Job, MapRows
from ray.exceptions import RayError

from ionos_model_hub.emulator import Emulator
from ionos_model_hub.emulator import state as emulator_state
from ionos_model_hub.emulator.endpoints.vectors import embed_text
from ionos_model_hub.ray import IONOSChat, IONOSEmbedder, share_limit
from ionos_model_hub.ray.limit import NAMESPACE
from ionos_model_hub.settings import HUB_REQUESTS_PER_SECOND, Settings
from langchain_ionos import ChatIONOS

SPEED = 10
LIMITS = {
    "requests_per_second": HUB_REQUESTS_PER_SECOND * SPEED,
    "burst": Settings(api_key="any").burst * SPEED,
}
ROWS = [{"id": number, "text": f"passage number {number}"} for number in range(240)]


@pytest.fixture
def throttled(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The Retry-After of each request that the rate limit rejected."""
    retry_after: list[float] = []
    real = emulator_state.rate_limited

    def rate_limited(seconds: float) -> Exception:
        retry_after.append(seconds)
        return real(seconds)

    monkeypatch.setattr(emulator_state, "rate_limited", rate_limited)
    return retry_after


@pytest.fixture
def limited(throttled: list[float]) -> Iterator[Emulator]:
    rate = HUB_REQUESTS_PER_SECOND * SPEED
    with Emulator(api_key=KEY, requests_per_second=rate, burst=10 * SPEED) as emulator:
        yield emulator


def check(table: pa.Table, rows: list[dict[str, Any]] = ROWS) -> None:
    """Assert that each row exists once, with the vector of its text."""
    assert sorted(table["id"].to_pylist()) == [row["id"] for row in rows]
    for row in table.to_pylist():
        assert row["text"] == f"passage number {row['id']}"
        vector = np.asarray(embed_text(row["text"], 1024), np.float32)
        assert np.array_equal(row["embedding"], vector)


def limit_actors(url: str) -> list[str]:
    """Return the names of the actors that keep the rate limit of a server."""
    actors = ray.util.list_named_actors(all_namespaces=True)
    names = [each["name"] for each in actors if each["namespace"] == NAMESPACE]
    return [name for name in names if name.endswith(url)]


def test_two_workers_share_one_rate_limit(
    run_job: Job, limited: Emulator, throttled: list[float]
) -> None:
    table = run_job(IONOSEmbedder, ROWS, base_url=limited.base_url, texts_per_request=1, **LIMITS)
    check(table)
    assert len(limited.requests) == len(ROWS) + len(throttled)
    assert len(throttled) <= len(ROWS) * 0.01
    assert len(limit_actors(limited.base_url)) == 1


def test_vectors_are_arrays_in_numpy_batches(map_rows: MapRows, ionos_emulator: Emulator) -> None:
    dataset = map_rows(IONOSEmbedder, ROWS[:40], base_url=ionos_emulator.base_url)
    (batch,) = dataset.iter_batches(batch_format="numpy", batch_size=40)
    assert (batch["embedding"].shape, batch["embedding"].dtype) == ((40, 1024), np.float32)


@pytest.mark.parametrize("vector_type", ["tensor", "list"])
def test_parquet_files_contain_lists_of_float32(
    map_rows: MapRows, ionos_emulator: Emulator, tmp_path: Path, vector_type: str
) -> None:
    arguments = {"base_url": ionos_emulator.base_url, "vector_type": vector_type}
    map_rows(IONOSEmbedder, ROWS[:16], **arguments).write_parquet(str(tmp_path))
    (first, *_) = tmp_path.glob("*.parquet")
    stored = pq.ParquetFile(first).schema.column(2)
    assert stored.path.startswith("embedding.list.")
    assert stored.physical_type == "FLOAT"
    if vector_type == "list":
        assert pq.read_schema(first).field("embedding").type == pa.list_(pa.float32(), 1024)
    check(pq.read_table(tmp_path), ROWS[:16])


def test_killed_workers_and_actors_lose_nothing(
    run_job: Job, limited: Emulator, throttled: list[float], tmp_path: Path
) -> None:
    url = limited.base_url

    class KillingEmbedder(IONOSEmbedder):
        """Kills the actor of the rate limit in one batch, and its own process in another."""

        async def __call__(self, batch: Any) -> pa.Table:
            result = await super().__call__(batch)
            if is_first("actor"):
                actors = ray.util.list_named_actors(all_namespaces=True)
                (name,) = [each["name"] for each in actors if each["name"].endswith(url)]
                ray.kill(ray.get_actor(name, namespace="ionos_model_hub"))
            elif is_first("worker"):
                os.kill(os.getpid(), signal.SIGKILL)
            return result

    def is_first(action: str) -> bool:
        try:
            (tmp_path / action).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    check(
        run_job(KillingEmbedder, ROWS[:160], base_url=url, texts_per_request=1, **LIMITS),
        ROWS[:160],
    )
    assert {path.name for path in tmp_path.iterdir()} == {"actor", "worker"}
    assert len(throttled) <= len(limited.requests) * 0.01
    assert len(limit_actors(url)) == 1


def test_chat_for_each_row(run_job: Job, ionos_emulator: Emulator) -> None:
    rows = [{"prompt": f"Say exactly: number {number}"} for number in range(40)]
    table = run_job(IONOSChat, rows, base_url=ionos_emulator.base_url)
    assert table["prompt"].to_pylist() == [
        f"Say exactly: {answer}" for answer in table["answer"].to_pylist()
    ]
    assert table.num_rows == len(ionos_emulator.requests) == len(rows)


def test_failed_job_shows_the_error_and_no_key(run_job: Job, cluster: Path) -> None:
    with Emulator(api_key="another") as other, pytest.raises(RayError) as caught:
        run_job(IONOSEmbedder, ROWS[:8], base_url=other.base_url, on_error="column")
    assert "AuthenticationError" in str(caught.value)
    logs = [path for path in cluster.rglob("*") if path.is_file()]
    assert logs
    assert not [path for path in logs if KEY.encode() in path.read_bytes()]


def test_other_classes_share_the_rate_limit(
    cluster: Path, limited: Emulator, throttled: list[float]
) -> None:
    url, calls = limited.base_url, 80

    @ray.remote(num_cpus=0.5)
    def ask(name: str) -> list[str]:
        share_limit("langchain")
        model = ChatIONOS(base_url=url, **LIMITS)
        prompts = [f"Say exactly: {name} {number}" for number in range(calls)]
        return [answer.text for answer in model.batch(prompts, {"max_concurrency": 16})]

    answers = ray.get([ask.remote(f"task {number}") for number in range(WORKERS)])
    assert answers == [[f"task {n} {number}" for number in range(calls)] for n in range(WORKERS)]
    assert len(throttled) <= WORKERS * calls * 0.01
    assert limit_actors(url) == [f"limit of langchain at {url}"]
