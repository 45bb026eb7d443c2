"""Wrong usage is refused with exit code 2, before anything is sent or written."""

import os
from pathlib import Path

import pytest
from integration_tests.ionos_model_hub.cli.commands import Run

from ionos_model_hub.emulator import Emulator

from .conftest import texts, write_jsonl


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.jsonl", "--to", "o.parquet"], "No such file or folder: none.jsonl"),
        (["rows.jsonl"], "required: --to"),
        (["rows.jsonl", "--to", ""], "--to: must not be empty"),
        (["", "--to", "o.parquet"], "INPUT: must not be empty"),
        (["rows.jsonl", "--to", "o.parquet", "--model", ""], "--model: must not be empty"),
        (["rows.jsonl", "--to", "mysql://h/d"], "--to takes a path or postgresql://"),
        (["rows.jsonl", "--to", "o.txt"], "For a folder of this name write o.txt/."),
        (["rows.jsonl", "--to", "o.parquet", "--encoding", "utf-99"], "'utf-99' is unknown"),
        (["rows.jsonl", "--to", "o.parquet", "--rejects", "no/r.jsonl"], "The folder no for"),
        (["rows.jsonl", "--to", "o.parquet", "--batch-size", "0"], "an integer of at least 1"),
        (["rows.jsonl", "--to", "o.parquet", "--requests-per-second", "x"], "a number above 0"),
        (["rows.jsonl", "--to", "o.parquet", "--delimiter", "::"], "one character"),
        (["rows.jsonl", "--to", "o.parquet", "--keep", "a,,b"], "names separated by commas"),
        (["rows.jsonl", "--to", "o.parquet", "--keep", "text"], "--keep cannot copy text"),
        (
            ["rows.jsonl", "--to", "o.parquet", "--model", "my/own", "--too-long", "split"],
            "The token limit of my/own is unknown. Pass --max-tokens.",
        ),
    ],
)
def test_invalid_arguments(arguments: list[str], message: str, run: Run, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "rows.jsonl", texts(2))
    result = run(*arguments)
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]


@pytest.mark.parametrize(
    ("inputs", "to", "rejects"),
    [
        (["rows.jsonl"], "rows.jsonl", None),
        (["rows.jsonl"], "o.parquet", "rows.jsonl"),
        (["rows.jsonl"], "o.parquet", "./link.jsonl"),
        (["rows.jsonl"], "o.parquet", "o.parquet"),
        (["rows.jsonl"], "o.parquet", "notes.md"),
        (["."], "o.parquet", "notes.md"),
        (["rows.jsonl"], "o.parquet", "docs"),
        (["docs"], "docs", None),
        (["docs/a.txt"], "docs/", None),
        (["rows.jsonl"], "docs/", None),
        (["rows.jsonl"], "theirs.parquet", None),
        (["theirs.parquet"], "theirs.parquet", None),
        (["rows.jsonl"], "notes.md", None),
        (["rows.jsonl"], "o", "o/r.jsonl"),
    ],
)
def test_files_of_the_user_are_never_changed(
    inputs: list[str],
    to: str,
    rejects: str | None,
    run: Run,
    tmp_path: Path,
    ionos_emulator: Emulator,
) -> None:
    write_jsonl(tmp_path / "rows.jsonl", texts(2))
    (tmp_path / "link.jsonl").symlink_to("rows.jsonl")
    (tmp_path / "notes.md").write_text("# Mine")
    (tmp_path / "theirs.parquet").write_bytes(b"PAR1 of another program PAR1")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("A")
    before = contents(tmp_path)
    result = run(*inputs, "--to", to, *(["--rejects", rejects] if rejects else []))
    assert result.returncode == 2, result.stdout
    assert contents(tmp_path) == before
    assert ionos_emulator.requests == []


def test_rejects_of_an_output_cannot_be_the_output(
    run: Run, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(20))
    assert run(path, "--to", "o.parquet").returncode == 0
    before = contents(tmp_path)
    result = run(path, "--to", "o.parquet", "--rejects", "o.parquet")
    assert result.returncode == 2
    assert "--rejects o.parquet is in the output o.parquet." in result.stderr
    assert contents(tmp_path) == before


def test_devices_are_not_deleted(run: Run, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(2))
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for device in ("/dev/null", str(pipe)):
        result = run(path, "--to", "o.parquet", "--rejects", device)
        assert result.returncode == 2
        assert f"{device} was not written by this command" in result.stderr
        assert Path(device).exists()


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else b""
        for path in folder.rglob("*")
    }
