"""Rows that are written in any format are read unchanged, and no content breaks a reader."""

import csv
import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ionos_model_hub.cli.common.errors import UsageError
from ionos_model_hub.cli.embed.readers.reader import Reader
from ionos_model_hub.cli.embed.records import Row

from .conftest import read_file, rows

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(
    lambda text: not text.isspace()
)
IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
ROWS = st.lists(st.tuples(IDS, TEXTS), max_size=8)
few_examples = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@few_examples
@given(written=ROWS, ascii_only=st.booleans())
def test_jsonl(tmp_path: Path, written: list[tuple[str, str]], ascii_only: bool) -> None:
    path = tmp_path / "rows.jsonl"
    lines = [json.dumps({"id": i, "text": t}, ensure_ascii=ascii_only) for i, t in written]
    path.write_bytes("\n".join(lines).encode())
    assert rows(read_file(path)) == written


@few_examples
@given(written=ROWS, delimiter=st.sampled_from(",;\t|"), is_set=st.booleans())
def test_csv(tmp_path: Path, written: list[tuple[str, str]], delimiter: str, is_set: bool) -> None:
    path = tmp_path / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL)
        writer.writerows([("id", "text"), *written])
    assert rows(read_file(path, Reader(delimiter=delimiter if is_set else None))) == written


@few_examples
@given(written=ROWS)
def test_parquet(tmp_path: Path, written: list[tuple[str, str]]) -> None:
    path = tmp_path / "rows.parquet"
    columns = {
        "id": [i for i, _ in written],
        "text": [t for _, t in written],
        "other": [1] * len(written),
    }
    types = pa.schema({"id": pa.string(), "text": pa.string(), "other": pa.int8()})
    pq.write_table(pa.table(columns, schema=types), path)
    assert rows(read_file(path)) == written


@few_examples
@given(text=TEXTS)
def test_text(tmp_path: Path, text: str) -> None:
    path = tmp_path / "page.txt"
    path.write_bytes(text.encode())
    without_mark = text.removeprefix("\ufeff")
    if without_mark and not without_mark.isspace():
        assert rows(read_file(path)) == [(path.as_posix(), without_mark)]


@few_examples
@given(written=ROWS, encoding=st.sampled_from(["utf-8-sig", "utf-16", "utf-32"]))
def test_csv_and_jsonl_with_byte_order_marks(
    tmp_path: Path, written: list[tuple[str, str]], encoding: str
) -> None:
    lines = [json.dumps({"id": i, "text": t}, ensure_ascii=False) for i, t in written]
    path = tmp_path / "rows.jsonl"
    path.write_bytes("\n".join(lines).encode(encoding))
    assert rows(read_file(path)) == written
    path = tmp_path / "rows.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([("id", "text"), *written])
    assert rows(read_file(path)) == written


@few_examples
@given(
    content=st.binary(max_size=200),
    name=st.sampled_from(["a.jsonl", "a.csv", "a.txt"]),
    prefix=st.sampled_from([b"", b"\xff\xfe", b"\xfe\xff", b"\x1f\x8b", b"\x28\xb5\x2f\xfd"]),
)
def test_no_content_breaks_a_reader(
    tmp_path: Path, content: bytes, name: str, prefix: bytes
) -> None:
    path = tmp_path / name
    content = prefix + content
    path.write_bytes(content)
    try:
        found = read_file(path, Reader(by_line=True))
    except UsageError:
        assert name == "a.csv" or prefix
        return
    for each in found:
        assert each.file == path.as_posix()
        assert each.line >= 0
        if isinstance(each, Row):
            assert each.text.encode().strip()
            assert each.bytes_read <= len(content)


@pytest.mark.parametrize("size", [10, 100_000])
@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_compressed_files(tmp_path: Path, suffix: str, size: int) -> None:
    written = [(str(number), f"text number {number}") for number in range(size)]
    content = "\n".join(json.dumps({"id": i, "text": t}) for i, t in written).encode()
    path = tmp_path / f"rows.jsonl{suffix}"
    if suffix == ".gz":
        content = gzip.compress(content)
    elif suffix == ".zst":
        content = pa.Codec("zstd").compress(content, asbytes=True)
    path.write_bytes(content)
    found = read_file(path)
    assert rows(found) == written
    last = found[-1]
    assert isinstance(last, Row)
    assert last.bytes_read == len(content)
