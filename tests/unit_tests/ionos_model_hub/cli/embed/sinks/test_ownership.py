"""Outputs that are refused: files of others, other models and columns, two writers."""

import os
from pathlib import Path

import pyarrow as pa
import pytest

from ionos_model_hub.cli.common.errors import RunStoppedError, UsageError
from ionos_model_hub.cli.common.locks import PathLock
from ionos_model_hub.cli.embed.resume_index import ResumeIndex
from ionos_model_hub.cli.embed.sinks.parquet import ParquetSink
from ionos_model_hub.cli.embed.sinks.sink import OutputOptions

from .conftest import (
    OPTIONS,
    embedded,
    names,
    open_and_close,
    texts,
    write,
    write_foreign_parquet,
)


def test_foreign_parquet_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "theirs.parquet"
    content = write_foreign_parquet(path)
    with pytest.raises(UsageError, match="was not written by this command"):
        open_and_close(path)
    assert path.read_bytes() == content
    assert names(tmp_path) == ["theirs.parquet"]


def test_file_that_is_not_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.parquet"
    path.write_bytes(b"no parquet")
    with pytest.raises(UsageError, match="was not written by this command"):
        open_and_close(path)
    assert path.read_bytes() == b"no parquet"


def test_folder_name_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="is a file"):
        open_and_close(tmp_path / "file")


def test_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(UsageError, match="has files that this command did not write"):
        open_and_close(tmp_path)
    assert names(tmp_path) == ["notes.txt"]


@pytest.mark.parametrize("name", ["out.parquet", "out"])
def test_foreign_part_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / ("out.parquet.parts" if name == "out.parquet" else "out")
    folder.mkdir()
    content = write_foreign_parquet(folder / "part-000001.parquet")
    with pytest.raises(UsageError, match="was not written by this command"):
        open_and_close(tmp_path / name)
    assert (folder / "part-000001.parquet").read_bytes() == content


def test_other_files_in_an_output_are_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "out"
    write(target, [embedded("a", "1")])
    others = ["part-000001.parquet.unfinished", "notes.txt", "part-x.parquet"]
    for name in others:
        (target / name).write_text("theirs")
    write(target, [embedded("a", "2")])
    assert [(target / name).read_text() for name in others] == ["theirs"] * 3


def test_hidden_files_do_not_make_a_folder_foreign(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()
    (target / ".gitkeep").write_text("")
    write(target, [embedded("a", "1")])
    assert names(target) == [".gitkeep", "part-000001.parquet"]


@pytest.mark.parametrize("name", ["out.parquet", "out"])
def test_other_model_is_refused_with_the_fix(tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    write(target, [embedded("a", "1")])
    with pytest.raises(UsageError, match=r"has vectors of m, .* Pass --model m, or"):
        open_and_close(target, OutputOptions("other"))
    assert texts(target) == ["1"]


@pytest.mark.parametrize(
    ("written", "opened", "message"),
    [
        ({}, {"a": pa.string()}, "was written without --keep. Omit --keep, or"),
        ({"a": pa.string()}, {}, "was written with --keep a. Pass --keep a, or"),
        ({"a": pa.string()}, {"b": pa.string()}, "was written with --keep a. Pass --keep a, or"),
        ({"a": pa.int64()}, {"a": pa.string()}, "has columns of other types: a int64"),
    ],
)
def test_other_kept_columns_are_refused(
    tmp_path: Path, written: dict[str, pa.DataType], opened: dict[str, pa.DataType], message: str
) -> None:
    target = tmp_path / "out.parquet"
    kept = (None,) * len(written)
    write(target, [embedded("a", "1", kept=kept)], options=OutputOptions("m", written))
    with pytest.raises(UsageError, match=message):
        open_and_close(target, OutputOptions("m", opened))


def test_file_that_another_program_replaced_is_not_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "out.parquet"
    with ResumeIndex() as index:
        sink = ParquetSink(target, OPTIONS, index)
        sink.write([embedded("a", "1")])
        content = write_foreign_parquet(target)
        with pytest.raises(RunStoppedError, match="Another program changed"):
            sink.finish()
        sink.close()
    assert target.read_bytes() == content
    assert names(tmp_path / "out.parquet.parts") == ["part-000001.parquet"]


def test_link_to_an_output_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link.parquet").symlink_to(tmp_path / "out.parquet")
    write(tmp_path / "link.parquet", [embedded("a", "1")])
    assert (tmp_path / "link.parquet").is_symlink()
    assert texts(tmp_path / "out.parquet") == ["1"]


@pytest.mark.parametrize("name", ["out.parquet", "out"])
def test_second_writer_is_refused(tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    with ResumeIndex() as index:
        sink = ParquetSink(target, OPTIONS, index)
        with pytest.raises(UsageError, match="Another process is writing"):
            open_and_close(target)
        sink.close()
    open_and_close(target)


def test_lock_of_a_removed_folder_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    real_open = os.open

    def open_and_replace(path: Path, flags: int) -> int:
        descriptor = real_open(path, flags)
        folder.rmdir()  # by the process that held the lock
        folder.mkdir()
        return descriptor

    monkeypatch.setattr(os, "open", open_and_replace)
    with pytest.raises(FileNotFoundError):
        PathLock(folder)
    monkeypatch.undo()
    PathLock(folder).close()
