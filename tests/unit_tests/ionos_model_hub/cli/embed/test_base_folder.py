"""The folder that ids of files are relative to."""

from pathlib import Path

import pytest

from ionos_model_hub.cli.embed.base_folder import find_base, folder_digest
from ionos_model_hub.cli.embed.readers.sources import Source


@pytest.fixture
def source(tmp_path: Path) -> Source:
    path = tmp_path / "project" / "docs" / "a.txt"
    path.parent.mkdir(parents=True)
    path.write_text("a")
    return Source(path, "text", 1, 0)


def test_first_run_uses_the_working_directory(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_base(None, [source]) == tmp_path


@pytest.mark.parametrize("folder", [".", "project", "project/docs", "elsewhere"])
def test_later_runs_find_it_from_any_working_directory(
    source: Source, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / folder)
    base = find_base(folder_digest(tmp_path / "project"), [source])
    assert base == tmp_path / "project"
    assert source.with_id(base).id == "docs/a.txt"


def test_moved_project_uses_the_working_directory(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path / "project")
    digest = folder_digest(tmp_path / "project")
    moved = tmp_path / "moved"
    (tmp_path / "project").rename(moved)
    monkeypatch.chdir(moved)
    base = find_base(digest, [Source(moved / "docs" / "a.txt", "text", 1, 0)])
    assert base == moved
