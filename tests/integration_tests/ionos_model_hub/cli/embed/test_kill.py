"""Kills at any point: nothing that was committed is lost or embedded again."""

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ionos_model_hub.emulator import Emulator

from .conftest import MODEL, Output, Run, asked, assert_holds, environment, texts, write_jsonl

SUICIDE = """
import os, signal, sys
from importlib import import_module
from ionos_model_hub.cli import main

place, attribute, when, nth = {place!r}, {attribute!r}, {when!r}, {nth}
module, _, name = place.partition(":")
owner = import_module(module)
for part in name.split(".") if name else ():
    owner = getattr(owner, part)
real = getattr(owner, attribute)
calls = 0

def deadly(*arguments, **options):
    global calls
    calls += 1
    if calls == nth and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    result = real(*arguments, **options)
    if calls == nth:
        os.kill(os.getpid(), signal.SIGKILL)
    return result

setattr(owner, attribute, deadly)
sys.exit(main())
"""
TEXTS = 60
BATCHES = ("--batch-size", 5, "--concurrency", 2, "--commit-every", 10)

PARQUET_POINTS = [
    ("pyarrow.parquet:ParquetWriter", "write_table"),
    ("os", "fsync"),
    ("pathlib:Path", "replace"),
]
UNITING_POINTS = [
    ("pyarrow.parquet:ParquetWriter", "write_table", "after", 7),
    ("os", "fsync", "after", 7),
    ("pathlib:Path", "replace", "before", 7),
    ("pathlib:Path", "replace", "after", 7),
    ("pathlib:Path", "unlink", "after", 4),
]
DATABASE_POINTS = [
    ("psycopg:Connection", "execute", 4),
    ("psycopg:Copy", "write_row", 7),
    ("psycopg:Copy", "write_row", 25),
    ("psycopg:Cursor", "execute", 5),
    ("ionos_model_hub.cli.embed.resume_index:Ledger", "keep", 2),
]


@pytest.fixture
def first_hub() -> Iterator[Emulator]:
    """The hub of runs that end early: what they sent last may come in late."""
    with Emulator() as hub:
        yield hub


def killed_then_resumed(
    run: Run,
    path: Path,
    hubs: tuple[Emulator, Emulator],
    to: str,
    point: tuple[str, str, str, int],
) -> None:
    """Run into a kill, run again, and compare what there is with what was asked for."""
    rows = texts(TEXTS)
    write_jsonl(path, rows)
    place, attribute, when, nth = point
    program = SUICIDE.format(place=place, attribute=attribute, when=when, nth=nth)
    child = started(path, to, hubs[0], "-c", program)
    child.communicate(timeout=100)
    assert child.returncode == -signal.SIGKILL
    committed = committed_in(to)
    shown = run(path, "--to", to, *BATCHES)
    assert shown.returncode == 0, shown.stderr
    assert_holds(Output(to).read(), rows)
    assert Counter(asked(hubs[1])) == Counter(set(rows.values()) - committed)
    assert committed <= set(asked(hubs[0]))


def committed_in(to: str) -> set[str]:
    """Return the texts that are in an output, whether it is finished or not."""
    if to.startswith("postgresql"):
        return {vector.text for vector in Output(to).read().values()}
    files = [Path(to), *Path(f"{to}.parts").glob("part-*.parquet")]
    if Path(to).is_dir():
        files = list(Path(to).glob("part-*.parquet"))
    found = [Output(str(file)).read() for file in files if file.exists()]
    return {vector.text for each in found for vector in each.values()}


@pytest.mark.parametrize(("name", "nth"), [("out.parquet", 1), ("out", 4)])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("place", "attribute"), PARQUET_POINTS)
def test_killed_while_parts_are_written(
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
    killed_then_resumed(
        run, tmp_path / "rows.jsonl", (first_hub, ionos_emulator), str(tmp_path / name), point
    )


@pytest.mark.parametrize("point", UNITING_POINTS, ids=lambda point: "-".join(map(str, point[1:])))
def test_killed_while_parts_are_united(
    point: tuple[str, str, str, int],
    run: Run,
    tmp_path: Path,
    first_hub: Emulator,
    ionos_emulator: Emulator,
) -> None:
    killed_then_resumed(
        run,
        tmp_path / "rows.jsonl",
        (first_hub, ionos_emulator),
        str(tmp_path / "out.parquet"),
        point,
    )
    assert not (tmp_path / "out.parquet.parts").exists()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("place", "attribute", "nth"), DATABASE_POINTS)
def test_killed_while_a_table_is_written(
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
    killed_then_resumed(run, tmp_path / "rows.jsonl", (first_hub, ionos_emulator), database, point)


@pytest.mark.parametrize("requests", [3, 30])
def test_killed_from_outside_and_changed_meanwhile(
    requests: int,
    output: Output,
    run: Run,
    tmp_path: Path,
    first_hub: Emulator,
    ionos_emulator: Emulator,
) -> None:
    rows = texts(250)
    path = write_jsonl(tmp_path / "rows.jsonl", rows)
    child = started(path, output.to, first_hub)
    wait_for_requests(first_hub, requests, child)
    child.kill()
    child.wait(timeout=30)
    child.communicate()
    committed = committed_in(output.to)
    changed = texts(250, frozenset({0, 249}))
    write_jsonl(path, changed)
    assert run(path, "--to", output.to, *BATCHES).returncode == 0
    assert_holds(output.read(), changed)
    assert Counter(asked(ionos_emulator)) == Counter(set(changed.values()) - committed)


def test_interrupted_by_ctrl_c(
    output: Output, run: Run, tmp_path: Path, first_hub: Emulator, ionos_emulator: Emulator
) -> None:
    rows = texts(250)
    path = write_jsonl(tmp_path / "rows.jsonl", rows)
    child = started(path, output.to, first_hub)
    wait_for_requests(first_hub, 5, child)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 130, err
    assert "embed: interrupted\n" in err
    assert "Traceback" not in err
    committed = committed_in(output.to)
    assert f"{len(committed)} vectors of this run are kept; the same command goes on" in err
    assert f"{len(committed)} embedded, 0 unchanged" in out
    assert run(path, "--to", output.to, *BATCHES).returncode == 0
    assert_holds(output.read(), rows)
    assert Counter(asked(ionos_emulator)) == Counter(set(rows.values()) - committed)


def started(path: Path, to: str, emulator: Emulator, *python: str) -> "subprocess.Popen[str]":
    python = python or ("-m", "ionos_model_hub.cli")
    arguments = ("embed", path, "--to", to, "--model", MODEL, *BATCHES)
    return subprocess.Popen(
        [sys.executable, *python, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=path.parent,
        env=environment(emulator),
    )


def wait_for_requests(emulator: Emulator, count: int, child: "subprocess.Popen[str]") -> None:
    while len(emulator.requests) < count:
        assert child.poll() is None, child.communicate()
        time.sleep(0.001)
