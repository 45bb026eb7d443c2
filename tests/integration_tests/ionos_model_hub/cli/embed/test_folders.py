"""Folders and globs, however they are named."""

from pathlib import Path

import pytest
from integration_tests.ionos_model_hub.cli.commands import Run

from ionos_model_hub.emulator import Emulator

from .conftest import Output, requested, texts_in


def test_folder_is_embedded_once_however_it_is_named(
    output: Output,
    run: Run,
    tmp_path: Path,
    ionos_emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    docs = tmp_path / "docs"
    (docs / "deep").mkdir(parents=True)
    for name in ("a.txt", "deep/b.txt"):
        (docs / name).write_text(name)
    assert run("docs", "--to", output.to).returncode == 0
    ionos_emulator.reset()
    for name in ("./docs", "docs/", docs, "docs/../docs", "docs/**/*.txt"):
        assert "0 embedded, 2 unchanged" in run(name, "--to", output.to).stdout
    monkeypatch.chdir(docs)
    rejects = ("--rejects", tmp_path / "rejects.jsonl")
    assert "0 embedded, 2 unchanged" in run(".", "--to", output.to, *rejects).stdout
    monkeypatch.chdir("/")
    assert "0 embedded, 2 unchanged" in run(docs, "--to", output.to, *rejects).stdout
    assert requested(ionos_emulator) == []
    assert {id_ for id_, _ in output.read()} == {"docs/a.txt", "docs/deep/b.txt"}


@pytest.fixture
def mixed_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "d"
    folder.mkdir()
    (folder / "a.txt").write_text("A")
    (folder / "b.pdf").write_bytes(b"%PDF-1.7")
    (folder / "c.parquet").write_bytes(b"broken")
    return folder


@pytest.mark.parametrize("name", ["d", "d/*"])
def test_unreadable_files_of_folders_and_globs_are_skipped(
    mixed_folder: Path, name: str, run: Run
) -> None:
    result = run(name, "--to", "o.parquet")
    assert "(--format sets it): d/b.pdf.\n" in result.stderr
    assert "d/c.parquet: not a readable Parquet file: " in result.stderr
    assert result.returncode == 1  # because of c.parquet
    assert texts_in("o.parquet") == {"d/a.txt": "A"}


def test_unreadable_files_that_the_shell_expanded_are_rejected(
    mixed_folder: Path, run: Run
) -> None:
    (mixed_folder / "c.parquet").unlink()
    result = run("d/a.txt", "d/b.pdf", "--to", "o.parquet")
    assert result.returncode == 1
    assert "d/b.pdf: unknown format; set it with --format" in result.stderr
    assert texts_in("o.parquet") == {"d/a.txt": "A"}
