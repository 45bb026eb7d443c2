"""Encodings, byte order marks and compression."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pytest

from ionos_model_hub.cli.common.errors import UsageError
from ionos_model_hub.cli.embed.readers.fields import Fields
from ionos_model_hub.cli.embed.readers.reader import Reader

from .conftest import Read, reject, rows


def zstd(content: bytes) -> bytes:
    return pa.Codec("zstd").compress(content, asbytes=True)


@pytest.mark.parametrize(
    ("encoding", "notice"),
    [
        ("utf-8-sig", "Read as UTF-8 (byte order mark)"),
        ("utf-16", "Read as UTF-16 (byte order mark)"),
        ("utf-32", "Read as UTF-32 (byte order mark)"),
    ],
)
def test_byte_order_marks_are_detected_and_noticed(
    tmp_path: Path, read: Read, encoding: str, notice: str
) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes("id;text\n1;Fähre\n2;海\n".encode(encoding))
    reader = Reader()
    assert rows(read(path, reader)) == [("1", "Fähre"), ("2", "海")]
    assert reader.notices.take() == [
        f"{notice}: {path.as_posix()}",
        f"Columns are separated by ';': {path.as_posix()}",
    ]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-32-be", "cp1252"])
def test_encoding_that_is_set(tmp_path: Path, read: Read, encoding: str) -> None:
    path = tmp_path / "rows.jsonl"
    lines = [json.dumps({"id": str(i), "text": "Fähre"}, ensure_ascii=False) for i in range(3)]
    path.write_bytes("\r\n".join(lines).encode(encoding))
    assert rows(read(path, Reader(encoding=encoding))) == [(str(i), "Fähre") for i in range(3)]


def test_csv_of_a_german_spreadsheet(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes("sep=;\r\nname;preis\r\nFähre;5 €\r\n".encode("cp1252"))
    found = read(path, Reader(Fields("preis", "name")))
    assert (reject(found).line, len(found)) == (3, 1)
    assert "not in the encoding of the file; set --encoding" in reject(found).reason
    assert rows(read(path, Reader(Fields("preis", "name"), "cp1252"))) == [("Fähre", "5 €")]


@pytest.mark.parametrize("encoding", ["nonsense", "base64", "undefined"])
def test_unknown_encoding(encoding: str) -> None:
    with pytest.raises(UsageError, match=f"The encoding '{encoding}' is unknown"):
        Reader(encoding=encoding)


def test_missing_byte_order_mark_is_reported(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"text": "one"}\n')
    reason = reject(read(path, Reader(encoding="utf-16"))).reason
    assert reason.endswith("UTF-16 stream does not start with BOM; set --encoding")


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.csv"])
def test_invalid_utf_16_rejects_its_row_only(tmp_path: Path, read: Read, name: str) -> None:
    content = {
        "rows.jsonl": '{"text": "one"}\n{"text": "tX"}\n{"text": "two"}\n',
        "rows.csv": "text\none\ntX\ntwo\n",
    }[name]
    path = tmp_path / name
    path.write_bytes(content.encode("utf-16").replace("X".encode("utf-16-le"), b"\x00\xd8"))
    found = read(path)
    assert len(found) == 3
    assert "--encoding" in reject(found, 1).reason
    assert [text for _, text in rows([found[0], found[2]])] == ["one", "two"]


@pytest.mark.parametrize("compress", [gzip.compress, zstd], ids=["gzip", "zstd"])
def test_concatenated_compressed_files(tmp_path: Path, read: Read, compress: object) -> None:
    assert callable(compress)
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(compress(b"id,text\n1,one\n") + compress(b"2,two\n"))
    assert rows(read(path)) == [("1", "one"), ("2", "two")]


@pytest.mark.parametrize("compress", [gzip.compress, zstd], ids=["gzip", "zstd"])
@pytest.mark.parametrize("name", ["rows.jsonl", "rows.csv"])
def test_truncated_compressed_file(tmp_path: Path, read: Read, compress: object, name: str) -> None:
    assert callable(compress)
    header = "text\n" if name == "rows.csv" else ""
    lines = [
        f"text {i}\n" if name == "rows.csv" else f'{{"text": "text {i}"}}\n' for i in range(50_000)
    ]
    content = compress((header + "".join(lines)).encode())
    path = tmp_path / f"{name}.gz"
    path.write_bytes(content[:-20])
    *found, last = read(path)
    assert len(found) > 1000
    assert [text for _, text in rows(found)] == [f"text {i}" for i in range(len(found))]
    assert "the file is damaged from here on: Truncated compressed stream" in reject([last]).reason
    first_line = 1 if name == "rows.jsonl" else 2
    assert last.line == len(found) + first_line


def test_compression_is_detected_without_the_suffix(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(gzip.compress(b'{"id": 1, "text": "one"}'))
    assert rows(read(path)) == [("1", "one")]
