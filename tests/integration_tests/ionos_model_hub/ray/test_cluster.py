"""Jobs in two worker processes: all rows are right, and the workers share one limit.

The emulator enforces the documented limit (5 requests/s, 10 at once) in a time ten times as fast.
"""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import ray
from integration_tests.ionos_model_hub.ray.conftest import KEY, WORKERS, Job
from ray.exceptions import RayError

from ionos_model_hub.emulator import Emulator
from ionos_model_hub.emulator import state as emulator_state
from ionos_model_hub.emulator.endpoints.vectors import embed_text
from ionos_model_hub.ray import IONOSChat, IONOSEmbedder, share_limit
from ionos_model_hub.ray.limit import NAMESPACE
from ionos_model_hub.settings import HUB_REQUESTS_PER_SECOND, Settings
from langchain_ionos import ChatIONOS

TIMES = 10
PACE = {
    "requests_per_second": HUB_REQUESTS_PER_SECOND * TIMES,
    "burst": Settings(api_key="any").burst * TIMES,
}
ROWS = [{"id": number, "text": f"passage number {number}"} for number in range(240)]


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The requests that were refused because of the limit, by their Retry-After."""
    found: list[float] = []
    real = emulator_state.rate_limited

    def rate_limited(seconds: float) -> Exception:
        found.append(seconds)
        return real(seconds)

    monkeypatch.setattr(emulator_state, "rate_limited", rate_limited)
    return found


@pytest.fixture
def limited(refused: list[float]) -> Iterator[Emulator]:
    rate = HUB_REQUESTS_PER_SECOND * TIMES
    with Emulator(api_key=KEY, requests_per_second=rate, burst=10 * TIMES) as emulator:
        yield emulator


def check(table: pa.Table, rows: list[dict[str, Any]] = ROWS) -> None:
    """Each row is there once, with the vector of its own text."""
    assert sorted(table["id"].to_pylist()) == [row["id"] for row in rows]
    for row in table.to_pylist():
        assert row["text"] == f"passage number {row['id']}"
        assert row["embedding"] == np.asarray(embed_text(row["text"], 1024), np.float32).tolist()


def keepers(url: str) -> list[str]:
    """Return the names of the actors that keep the limit of a server."""
    actors = ray.util.list_named_actors(all_namespaces=True)
    names = [each["name"] for each in actors if each["namespace"] == NAMESPACE]
    return [name for name in names if name.endswith(url)]


def test_two_workers_keep_one_limit(
    run_job: Job, limited: Emulator, refused: list[float], tmp_path: Path
) -> None:
    table = run_job(IONOSEmbedder, ROWS, base_url=limited.base_url, texts_per_request=1, **PACE)
    check(table)
    assert len(limited.requests) == len(ROWS) + len(refused)
    assert len(refused) <= len(ROWS) * 0.01
    assert len(keepers(limited.base_url)) == 1
    pq.write_table(table, tmp_path / "vectors.parquet")
    assert pq.read_schema(tmp_path / "vectors.parquet").field("embedding").type == pa.list_(
        pa.float32(), 1024
    )


def test_workers_and_keepers_that_are_killed_lose_nothing(
    run_job: Job, limited: Emulator, refused: list[float], tmp_path: Path
) -> None:
    url = limited.base_url

    class Deadly(IONOSEmbedder):
        """Kills the keeper of the limit with one batch, and its own process with another."""

        async def __call__(self, batch: Any) -> pa.Table:
            done = await super().__call__(batch)
            if first("keeper"):
                actors = ray.util.list_named_actors(all_namespaces=True)
                (name,) = [each["name"] for each in actors if each["name"].endswith(url)]
                ray.kill(ray.get_actor(name, namespace="ionos_model_hub"))
            elif first("worker"):
                os.kill(os.getpid(), signal.SIGKILL)
            return done

    def first(deed: str) -> bool:
        try:
            (tmp_path / deed).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    check(run_job(Deadly, ROWS[:160], base_url=url, texts_per_request=1, **PACE), ROWS[:160])
    assert {path.name for path in tmp_path.iterdir()} == {"keeper", "worker"}
    assert len(refused) <= len(limited.requests) * 0.01
    assert len(keepers(url)) == 1


def test_a_chat_for_each_row(run_job: Job, ionos_emulator: Emulator) -> None:
    rows = [{"prompt": f"Say exactly: number {number}"} for number in range(40)]
    table = run_job(IONOSChat, rows, base_url=ionos_emulator.base_url)
    assert table["prompt"].to_pylist() == [
        f"Say exactly: {answer}" for answer in table["answer"].to_pylist()
    ]
    assert table.num_rows == len(ionos_emulator.requests) == len(rows)


def test_a_failing_job_tells_why_and_no_key(run_job: Job, cluster: Path) -> None:
    with Emulator(api_key="another") as closed, pytest.raises(RayError) as caught:
        run_job(IONOSEmbedder, ROWS[:8], base_url=closed.base_url, on_error="column")
    assert "AuthenticationError" in str(caught.value)
    logs = [path for path in cluster.rglob("*") if path.is_file()]
    assert logs
    assert not [path for path in logs if KEY.encode() in path.read_bytes()]


def test_other_classes_share_the_limit_too(
    cluster: Path, limited: Emulator, refused: list[float]
) -> None:
    url, calls = limited.base_url, 80

    @ray.remote(num_cpus=0.5)
    def ask(name: str) -> list[str]:
        share_limit("langchain")
        model = ChatIONOS(base_url=url, **PACE)
        prompts = [f"Say exactly: {name} {number}" for number in range(calls)]
        return [answer.text for answer in model.batch(prompts, {"max_concurrency": 16})]

    answers = ray.get([ask.remote(f"task {number}") for number in range(WORKERS)])
    assert answers == [[f"task {n} {number}" for number in range(calls)] for n in range(WORKERS)]
    assert len(refused) <= WORKERS * calls * 0.01
    assert keepers(url) == [f"limit of langchain at {url}"]
