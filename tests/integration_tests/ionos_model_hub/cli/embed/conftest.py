"""What the tests of `embed` share: inputs, outputs and the command."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pyarrow.parquet as pq
import pytest

from ionos_model_hub.cli import main
from ionos_model_hub.emulator import Emulator
from ionos_model_hub.emulator.endpoints.vectors import embed_text

MODEL = "sentence-transformers/paraphrase-multilingual-mpnet-base-v2"
DIMENSIONS = 768


@dataclass(frozen=True)
class Vector:
    """What an output holds of a text."""

    text: str
    numbers: tuple[float, ...]


Kept = dict[tuple[str, int], Vector]


@dataclass(frozen=True)
class Output:
    """An output and what it holds."""

    to: str

    def read(self) -> Kept:
        rows = self._table() if self.to.startswith("postgresql") else self._files()
        found = {(id_, part): Vector(text, tuple(numbers)) for id_, part, text, numbers in rows}
        assert len(found) == len(rows), "a key is there twice"
        return found

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


@dataclass(frozen=True)
class Shown:
    """What a command wrote, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Shown]


@pytest.fixture
def run(
    ionos_emulator_env: Emulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Return a function that runs the command against the emulator, in this process."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: object) -> Shown:
        capsys.readouterr()
        try:
            code = main(["embed", "--model", MODEL, *map(str, arguments)])
        except SystemExit as left:
            code = int(left.code or 0)
        written = capsys.readouterr()
        return Shown(code, written.out, written.err)

    return command


def environment(emulator: Emulator) -> dict[str, str]:
    return {**os.environ, "IONOS_API_KEY": "k", "IONOS_BASE_URL": emulator.base_url}


def texts(count: int, changed: frozenset[int] = frozenset()) -> dict[str, str]:
    """Return texts by id; those of some numbers are other than usual."""
    return {
        f"id{number}": f"Boat {number}{' has a new sail' if number in changed else ''}."
        for number in range(count)
    }


def write_jsonl(path: Path, rows: dict[str, str]) -> Path:
    lines = (json.dumps({"id": id_, "text": text}) for id_, text in rows.items())
    path.write_text("\n".join(lines))
    return path


def asked(emulator: Emulator) -> list[str]:
    """Return the texts that the emulator embedded or was asked to, in order."""
    return [
        text
        for request in emulator.requests
        if request.path == "/v1/embeddings"
        for text in request.json["input"]
    ]


def assert_holds(kept: Kept, rows: dict[str, str]) -> None:
    """Every text is there with its own vector, and nothing else."""
    assert {id_: vector.text for (id_, _), vector in kept.items()} == rows
    for (_, part), vector in kept.items():
        assert part == 0
        assert vector.numbers == pytest.approx(embed_text(vector.text, DIMENSIONS), abs=1e-6)
