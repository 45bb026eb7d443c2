"""Files as other programs write them."""

import gzip
import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from integration_tests.ionos_model_hub.cli.commands import Run

from .conftest import texts, texts_in, write_jsonl


def test_semicolon_csv_with_byte_order_mark(run: Run, tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_bytes(
        'Nr;Bezeichnung;Preis\r\n1;"Fähre; groß";5,00\r\n'.encode("utf-8-sig")
    )
    arguments = ("export.csv", "--id-field", "Nr", "--text-field", "Bezeichnung")
    result = run(*arguments, "--to", "o.parquet", "--keep", "Preis")
    assert result.returncode == 0, result.stderr
    assert "Read as UTF-8 (byte order mark): export.csv.\n" in result.stderr
    assert "Columns are separated by ';': export.csv.\n" in result.stderr
    assert texts_in("o.parquet") == {"1": "Fähre; groß"}


def test_utf_16_with_tabs(run: Run, tmp_path: Path) -> None:
    (tmp_path / "unicode.csv").write_bytes("id\ttext\r\n1\tFähre\r\n".encode("utf-16"))
    result = run("unicode.csv", "--to", "o.parquet")
    assert result.returncode == 0, result.stderr
    assert "Read as UTF-16" in result.stderr
    assert "Columns are separated by tabs" in result.stderr
    assert texts_in("o.parquet") == {"1": "Fähre"}


def test_unclosed_quote_is_reported_with_its_lines(run: Run, tmp_path: Path) -> None:
    lines = ["id,text", *(f"{number},text {number}" for number in range(500))]
    lines[4] = '3,"text 3'
    (tmp_path / "rows.csv").write_text("\n".join(lines))
    result = run("rows.csv", "--to", "o.parquet")
    assert result.returncode == 1
    assert "3 embedded, 0 unchanged, 1 rejected." in result.stdout
    assert "rows.csv, lines 5 to 501: a quote is opened and never closed" in result.stderr
    (line,) = (tmp_path / "o.parquet.rejects.jsonl").read_text().splitlines()
    assert (json.loads(line)["line"], json.loads(line)["last_line"]) == (5, 501)


@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_compressed_files(run: Run, tmp_path: Path, suffix: str) -> None:
    content = write_jsonl(tmp_path / "plain", texts(500)).read_bytes()
    compressed = (
        gzip.compress(content)
        if suffix == "gz"
        else pa.Codec("zstd").compress(content, asbytes=True)
    )
    (tmp_path / f"rows.jsonl.{suffix}").write_bytes(compressed)
    result = run(f"rows.jsonl.{suffix}", "--to", "o.parquet")
    assert result.returncode == 0, result.stderr
    assert texts_in("o.parquet") == texts(500)


def test_damaged_compressed_file(run: Run, tmp_path: Path) -> None:
    content = write_jsonl(tmp_path / "plain", texts(5000)).read_bytes()
    (tmp_path / "rows.jsonl.gz").write_bytes(gzip.compress(content)[:-100])
    result = run("rows.jsonl.gz", "--to", "o.parquet")
    assert result.returncode == 1
    assert "the file is damaged from here on" in result.stderr
    assert len(texts_in("o.parquet")) > 1000


@pytest.mark.parametrize("format_", ["parquet", "jsonl"])
def test_float_ids_of_pandas(run: Run, tmp_path: Path, format_: str) -> None:
    frame = pd.DataFrame({"id": [1, 2, 3], "text": ["one", "two", "three"]})
    frame = pd.concat([frame, pd.DataFrame({"text": ["without id"]})])
    assert frame["id"].dtype == float
    path = tmp_path / f"rows.{format_}"
    if format_ == "parquet":
        frame.to_parquet(path)
    else:
        frame.to_json(path, orient="records", lines=True)
    result = run(path, "--to", "o.parquet")
    assert texts_in("o.parquet") == {"1": "one", "2": "two", "3": "three"}
    assert result.returncode == 1
    assert "the field id must be a string or a number" in result.stderr


def test_duplicate_columns_are_noticed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("id,text,text\n1,first,second\n")
    result = run("rows.csv", "--to", "o.parquet")
    assert result.returncode == 0
    assert "Duplicate column text, only the first is read: rows.csv.\n" in result.stderr
    assert texts_in("o.parquet") == {"1": "first"}
