"""Inputs, outputs and the command `embed`."""

import json
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg
import pyarrow.parquet as pq
import pytest
from integration_tests.ionos_model_hub.cli.commands import Run, run_in_process, start_process

from ionos_model_hub.emulator import Emulator, Reply
from ionos_model_hub.emulator.endpoints.vectors import embed_text

MODEL = "sentence-transformers/paraphrase-multilingual-mpnet-base-v2"
DIMENSIONS = 768
SMALL_BATCHES = ("--batch-size", 5, "--concurrency", 2, "--commit-every", 10)


@dataclass(frozen=True)
class Vector:
    """A text and its vector in an output."""

    text: str
    numbers: tuple[float, ...]


Vectors = dict[tuple[str, int], Vector]
"""Vectors by id and part."""


@dataclass(frozen=True)
class Output:
    """An output, as named on the command line."""

    to: str

    def read(self) -> Vectors:
        rows = self._table() if self.to.startswith("postgresql") else self._files()
        found = {(id_, part): Vector(text, tuple(numbers)) for id_, part, text, numbers in rows}
        assert len(found) == len(rows), "a key is there twice"
        return found

    def exists(self) -> bool:
        return bool(self._table() if self.to.startswith("postgresql") else Path(self.to).exists())

    def _table(self) -> Sequence[tuple[str, int, str, list[float]]]:
        with psycopg.connect(self.to) as connection:
            if connection.execute("SELECT to_regclass('embeddings')").fetchone() == (None,):
                return []
            rows = connection.execute("SELECT id, part, text, embedding::text FROM embeddings")
            return [(*row[:3], json.loads(row[3])) for row in rows]

    def _files(self) -> Sequence[tuple[str, int, str, list[float]]]:
        if not Path(self.to).exists():
            return []
        rows = pq.read_table(self.to, columns=["id", "part", "text", "vector"]).to_pylist()
        return [(row["id"], row["part"], row["text"], row["vector"]) for row in rows]


@pytest.fixture(params=["file", "folder", "pgvector"])
def output(request: pytest.FixtureRequest, tmp_path: Path) -> Output:
    if request.param == "pgvector":
        return Output(request.getfixturevalue("database"))
    return Output(str(tmp_path / ("out.parquet" if request.param == "file" else "out")))


@pytest.fixture
def run(
    ionos_emulator_env: Emulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Return a function that runs the command in this process, against the emulator."""
    monkeypatch.chdir(tmp_path)
    return partial(run_in_process, capsys, "embed", "--model", MODEL)


def start(
    emulator: Emulator, folder: Path, *arguments: object, python: Sequence[str] = ()
) -> "subprocess.Popen[str]":
    """Start the command in its own process."""
    return start_process(emulator, folder, "embed", "--model", MODEL, *arguments, python=python)


def wait_for_requests(emulator: Emulator, count: int, child: "subprocess.Popen[str]") -> None:
    while len(emulator.requests) < count:
        assert child.poll() is None, child.communicate()
        time.sleep(0.001)


def texts(count: int, changed: frozenset[int] = frozenset()) -> dict[str, str]:
    """Return texts by id; the texts with the numbers in `changed` differ."""
    return {
        f"id{number}": f"Boat {number}{' has a new sail' if number in changed else ''}."
        for number in range(count)
    }


def write_jsonl(path: Path, rows: dict[str, str]) -> Path:
    lines = (json.dumps({"id": id_, "text": text}) for id_, text in rows.items())
    path.write_text("\n".join(lines))
    return path


def embeddings_reply(count: int, dimensions: int) -> Reply:
    """Return a response with vectors of any length."""
    data = [
        {"object": "embedding", "index": i, "embedding": [0.5] * dimensions} for i in range(count)
    ]
    usage = {"prompt_tokens": count, "total_tokens": count}
    return Reply(json={"object": "list", "model": MODEL, "data": data, "usage": usage})


def requested(emulator: Emulator) -> list[str]:
    """Return the texts that were sent to the emulator, in order."""
    return [
        text
        for request in emulator.requests
        if request.path == "/v1/embeddings"
        for text in request.json["input"]
    ]


def texts_in(to: str) -> dict[str, str]:
    """Return the texts in an output by id."""
    return {id_: vector.text for (id_, _), vector in Output(to).read().items()}


def committed_texts(to: str) -> set[str]:
    """Return the texts in an output, whether it is finished or not."""
    if to.startswith("postgresql"):
        return {vector.text for vector in Output(to).read().values()}
    files = [Path(to), *Path(f"{to}.parts").glob("part-*.parquet")]
    if Path(to).is_dir():
        files = list(Path(to).glob("part-*.parquet"))
    found = [Output(str(file)).read() for file in files if file.exists()]
    return {vector.text for each in found for vector in each.values()}


def assert_contains(vectors: Vectors, rows: dict[str, str]) -> None:
    """Assert that every text has its own vector, and that there are no others."""
    assert {id_: vector.text for (id_, _), vector in vectors.items()} == rows
    for (_, part), vector in vectors.items():
        assert part == 0
        assert vector.numbers == pytest.approx(embed_text(vector.text, DIMENSIONS), abs=1e-6)
