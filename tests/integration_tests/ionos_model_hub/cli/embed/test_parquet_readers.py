"""The Parquet output is read by common programs."""

from pathlib import Path

import pandas as pd
import pytest
from integration_tests.ionos_model_hub.cli.commands import Run

from ionos_model_hub.emulator.endpoints.vectors import embed_text

from .conftest import DIMENSIONS, MODEL

ROWS = '{"id": "a", "text": "A", "year": 1815}\n{"id": "b", "text": "B", "year": 1816}\n'


@pytest.fixture(params=["out.parquet", "out"])
def written(request: pytest.FixtureRequest, run: Run, tmp_path: Path) -> Path:
    (tmp_path / "rows.jsonl").write_text(ROWS)
    target = tmp_path / request.param
    assert run("rows.jsonl", "--to", target, "--keep", "year", "--commit-every", 1).returncode == 0
    return target


def assert_rows(rows: list[dict[str, object]]) -> None:
    assert [(row["id"], row["part"], row["text"]) for row in rows] == [("a", 0, "A"), ("b", 0, "B")]
    assert [(row["model"], row["year"]) for row in rows] == [(MODEL, "1815"), (MODEL, "1816")]
    for row in rows:
        assert list(row["vector"]) == pytest.approx(  # type: ignore[call-overload]
            embed_text(str(row["text"]), DIMENSIONS), abs=1e-6
        )


def test_pandas(written: Path) -> None:
    assert_rows(pd.read_parquet(written).to_dict("records"))


def test_polars(written: Path) -> None:
    pl = pytest.importorskip("polars")
    frame = pl.read_parquet(written)
    assert frame.schema["vector"] == pl.Array(pl.Float32, DIMENSIONS)
    assert_rows(frame.to_dicts())


def test_duckdb(written: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    files = f"{written}/*.parquet" if written.is_dir() else str(written)
    relation = duckdb.connect().sql(f"SELECT * FROM read_parquet('{files}') ORDER BY id")  # noqa: S608
    names = relation.columns
    assert_rows([dict(zip(names, row, strict=True)) for row in relation.fetchall()])
