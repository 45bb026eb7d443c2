"""Columns that are copied to the output."""

from pathlib import Path

import pandas as pd
import psycopg
import pyarrow.parquet as pq
from integration_tests.ionos_model_hub.cli.commands import Run

from .conftest import Output, texts, write_jsonl


def test_kept_columns_in_both_outputs(output: Output, run: Run, tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"text": ["A", "B"], "author": ["Ada", None], "year": [1815, 1816], "tags": [["x"], []]}
    )
    frame.to_parquet(tmp_path / "rows.parquet")
    arguments = ("rows.parquet", "--to", output.to, "--keep", "author,year,tags")
    assert run(*arguments).returncode == 0
    expected = [("Ada", 1815, '["x"]'), (None, 1816, "[]")]
    assert kept_values(output.to) == expected
    assert "0 embedded, 2 unchanged" in run(*arguments).stdout
    frame["year"] = [1815, 1900]
    frame.to_parquet(tmp_path / "rows.parquet")
    assert "1 embedded, 1 unchanged" in run(*arguments).stdout
    assert kept_values(output.to) == [expected[0], (None, 1900, "[]")]
    result = run("rows.parquet", "--to", output.to)
    assert result.returncode == 2
    assert "was written with --keep author,year,tags. Pass --keep" in result.stderr


def kept_values(to: str) -> list[tuple[object, ...]]:
    if to.startswith("postgresql"):
        with psycopg.connect(to) as connection:
            query = "SELECT author, year, tags FROM embeddings ORDER BY text"
            return connection.execute(query).fetchall()
    table = pq.read_table(to, columns=["text", "author", "year", "tags"]).sort_by("text")
    return [tuple(row.values())[1:] for row in table.to_pylist()]


def test_missing_kept_field_is_noticed(run: Run, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(2))
    result = run(path, "--to", "o.parquet", "--keep", "autor")
    assert result.returncode == 0
    assert "No row has a value of the field autor (--keep).\n" in result.stderr
