"""Inputs, output and rejects must be different files and folders."""

import os
from pathlib import Path

import pytest

from ionos_model_hub.cli.common.errors import UsageError
from ionos_model_hub.cli.embed.paths import check_paths, rejects_path


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.jsonl").write_text("{}")
    (tmp_path / "docs" / "deep").mkdir(parents=True)
    (tmp_path / "docs" / "a.txt").write_text("a")
    (tmp_path / "link.jsonl").symlink_to("rows.jsonl")
    os.link(tmp_path / "rows.jsonl", tmp_path / "hard.jsonl")
    (tmp_path / "other").symlink_to("docs")
    (tmp_path / "v1.2").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("input_", "to", "rejects"),
    [
        ("rows.jsonl", "out.parquet", "rows.jsonl"),
        ("rows.jsonl", "out.parquet", "link.jsonl"),
        ("link.jsonl", "out.parquet", "./docs/../rows.jsonl"),
        ("hard.jsonl", "out.parquet", "rows.jsonl"),
        ("docs/a.txt", "docs/", "r.jsonl"),
        ("docs", "docs", "r.jsonl"),
        ("docs", "other/", "r.jsonl"),
        ("docs/deep", "docs", "r.jsonl"),
        ("docs/a.txt", "out.parquet", "other/a.txt"),
        ("rows.jsonl", "out.parquet", "out.parquet"),
        ("rows.jsonl", "out.parquet", "./docs/../out.parquet"),
        ("rows.jsonl", "out.parquet", "out.parquet.parts"),
        ("rows.jsonl", "out.parquet", "out.parquet.parts/r.jsonl"),
        ("rows.jsonl", "docs", "docs/r.jsonl"),
        ("rows.jsonl", "docs", "docs"),
    ],
)
def test_same_file_or_folder_twice_is_refused(
    folder: Path, input_: str, to: str, rejects: str
) -> None:
    with pytest.raises(UsageError, match=r"cannot be an input|is in the output"):
        check_paths([input_], to, Path(rejects))


def test_output_cannot_be_its_own_input(folder: Path) -> None:
    (folder / "out.parquet").write_bytes(b"")
    with pytest.raises(UsageError, match="cannot be an input, because it is the output"):
        check_paths(["out.parquet"], "./out.parquet", Path("r.jsonl"))


@pytest.mark.parametrize(
    ("input_", "to", "rejects"),
    [
        ("rows.jsonl", "out.parquet", "r.jsonl"),
        (".", "out.parquet", "r.jsonl"),
        (".", "out", "out.rejects.jsonl"),
        ("docs", "docs/deep/out.parquet", "docs/r.jsonl"),
        ("docs/*.txt", "out/", "r.jsonl"),
        ("-", "v1.2", "r.jsonl"),
        ("-", "v2.0/", "r.jsonl"),
        ("-", "OUT.PARQUET", "r.jsonl"),
        ("-", "postgresql://h/d", "r.jsonl"),
    ],
)
def test_different_files_and_folders(folder: Path, input_: str, to: str, rejects: str) -> None:
    check_paths([input_], to, Path(rejects))


@pytest.mark.parametrize(
    ("to", "message"),
    [
        ("o.txt", "For a folder of this name write o.txt/."),
        ("o.csv", "must be a file ending in .parquet, a folder or"),
        ("-", "must be a file ending in .parquet"),
        ("mysql://h/d", "--to takes a path or postgresql://user@host/database, not mysql://"),
    ],
)
def test_names_of_unknown_outputs(to: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        check_paths(["rows.jsonl"], to, Path("r.jsonl"))


def test_default_file_for_rejects() -> None:
    assert rejects_path("a/out.parquet", "t", None) == Path("a/out.parquet.rejects.jsonl")
    assert rejects_path("a/out/", "t", None) == Path("a/out.rejects.jsonl")
    assert rejects_path("postgresql://h/d", 'a.my "t"/x', None) == Path("a.my_t_x.rejects.jsonl")
    assert rejects_path("out", "t", "mine.jsonl") == Path("mine.jsonl")
