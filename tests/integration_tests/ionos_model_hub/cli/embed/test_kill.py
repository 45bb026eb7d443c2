"""Kills at defined and at random points: no committed vector is lost or embedded again."""

import random
import signal
import subprocess
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from integration_tests.ionos_model_hub.cli.commands import Run, kill_at_call

from ionos_model_hub.emulator import Emulator

from .conftest import (
    SMALL_BATCHES,
    Output,
    assert_contains,
    committed_texts,
    requested,
    start,
    texts,
    wait_for_requests,
    write_jsonl,
)

TEXTS = 60

each_side = pytest.mark.parametrize(
    "when", ["before", pytest.param("after", marks=pytest.mark.slow)]
)

PARQUET_POINTS = [
    ("pyarrow.parquet:ParquetWriter", "write_table"),
    ("os", "fsync"),
    ("pathlib:Path", "replace"),
]
MERGE_POINTS = [
    ("pyarrow.parquet:ParquetWriter", "write_table", "after", 7),
    ("os", "fsync", "after", 7),
    ("pathlib:Path", "replace", "before", 7),
    ("pathlib:Path", "replace", "after", 7),
    ("pathlib:Path", "unlink", "after", 4),
    ("pathlib:Path", "rmdir", "before", 1),
    ("shutil", "rmtree", "before", 2),
]
DATABASE_POINTS = [
    ("psycopg:Connection", "execute", 4),
    ("psycopg:Copy", "write_row", 7),
    ("psycopg:Copy", "write_row", 25),
    ("psycopg:Cursor", "execute", 5),
    ("ionos_model_hub.cli.embed.resume_index:ResumeIndex", "add_vectors", 2),
]


def kill_and_resume(
    run: Run,
    path: Path,
    hubs: tuple[Emulator, Emulator],
    to: str,
    point: tuple[str, str, str, int],
) -> None:
    """Kill a run at a point, run again, and compare the output with the requests."""
    rows = texts(TEXTS)
    write_jsonl(path, rows)
    arguments = (path, "--to", to, *SMALL_BATCHES)
    child = start(hubs[0], path.parent, *arguments, python=kill_at_call(*point))
    child.communicate(timeout=100)
    assert child.returncode == -signal.SIGKILL
    committed = committed_texts(to)
    result = run(*arguments)
    assert result.returncode == 0, result.stderr
    assert_contains(Output(to).read(), rows)
    assert Counter(requested(hubs[1])) == Counter(set(rows.values()) - committed)
    assert committed <= set(requested(hubs[0]))


@pytest.mark.parametrize(("name", "nth"), [("out.parquet", 1), ("out", 4)])
@each_side
@pytest.mark.parametrize(("place", "attribute"), PARQUET_POINTS)
def test_kill_while_parts_are_written(
    place: str,
    attribute: str,
    when: str,
    nth: int,
    name: str,
    run: Run,
    tmp_path: Path,
    first_hub: Emulator,
    ionos_emulator: Emulator,
) -> None:
    point = (place, attribute, when, nth)
    hubs = (first_hub, ionos_emulator)
    kill_and_resume(run, tmp_path / "rows.jsonl", hubs, str(tmp_path / name), point)


@pytest.mark.parametrize("point", MERGE_POINTS, ids=lambda point: "-".join(map(str, point[1:])))
def test_kill_while_parts_are_merged(
    point: tuple[str, str, str, int],
    run: Run,
    tmp_path: Path,
    first_hub: Emulator,
    ionos_emulator: Emulator,
) -> None:
    hubs = (first_hub, ionos_emulator)
    kill_and_resume(run, tmp_path / "rows.jsonl", hubs, str(tmp_path / "out.parquet"), point)
    assert not (tmp_path / "out.parquet.parts").exists()


@each_side
@pytest.mark.parametrize(("place", "attribute", "nth"), DATABASE_POINTS)
def test_kill_while_a_table_is_written(
    place: str,
    attribute: str,
    when: str,
    nth: int,
    run: Run,
    tmp_path: Path,
    first_hub: Emulator,
    ionos_emulator: Emulator,
    database: str,
) -> None:
    point = (place, attribute, when, nth)
    kill_and_resume(run, tmp_path / "rows.jsonl", (first_hub, ionos_emulator), database, point)


@pytest.mark.parametrize("requests", [3, pytest.param(30, marks=pytest.mark.slow)])
def test_input_that_changes_after_a_kill(
    requests: int,
    output: Output,
    run: Run,
    tmp_path: Path,
    first_hub: Emulator,
    ionos_emulator: Emulator,
) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(250))
    arguments = (path, "--to", output.to, *SMALL_BATCHES)
    with start(first_hub, tmp_path, *arguments) as child:
        wait_for_requests(first_hub, requests, child)
        child.kill()
    committed = committed_texts(output.to)
    changed = texts(250, frozenset({0, 249}))
    write_jsonl(path, changed)
    assert run(*arguments).returncode == 0
    assert_contains(output.read(), changed)
    assert Counter(requested(ionos_emulator)) == Counter(set(changed.values()) - committed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0])
def test_kills_at_random_points(
    seed: int, output: Output, run: Run, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    """Kill runs after random numbers of requests and seconds until one of them is through."""
    pick = random.Random(seed)
    rows = texts(150)
    path = write_jsonl(tmp_path / "rows.jsonl", rows)
    arguments = (path, "--to", output.to, *SMALL_BATCHES)
    committed: set[str] = set()
    for _ in range(4):
        before = len(ionos_emulator.requests)
        with start(ionos_emulator, tmp_path, *arguments) as child:
            target = before + pick.randrange(12)
            while len(ionos_emulator.requests) < target and child.poll() is None:
                pass
            wait_briefly(child, pick.random() * 0.05)
            child.kill()
        now = committed_texts(output.to)
        assert committed <= now
        committed = now
    ionos_emulator.reset()
    assert run(*arguments).returncode == 0
    assert_contains(output.read(), rows)
    # The last requests of the killed runs may arrive late, and are sent again.
    assert set(requested(ionos_emulator)) >= set(rows.values()) - committed


def wait_briefly(child: "subprocess.Popen[str]", seconds: float) -> None:
    with suppress(subprocess.TimeoutExpired):
        child.wait(seconds)
