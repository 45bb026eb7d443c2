"""The list of texts that were not embedded."""

import json
from pathlib import Path

import pytest

from ionos_model_hub.cli.common.errors import RunStoppedError, UsageError
from ionos_model_hub.cli.common.rejects import RejectFile
from ionos_model_hub.cli.embed.records import WRITTEN_BY, Reject

FIRST = Reject("a.csv", 3, "broken", last_line=9)
SECOND = Reject("a.csv", 12, "too long", "id", part=2)


def test_rejects_are_json_lines_with_a_marker(tmp_path: Path) -> None:
    path = tmp_path / "rejects.jsonl"
    rejects = RejectFile(path, WRITTEN_BY)
    assert not path.exists()
    rejects.add(FIRST)
    rejects.add(SECOND)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    rejects.close()
    marker = {"written_by": WRITTEN_BY}
    assert lines == [
        {**marker, "file": "a.csv", "line": 3, "reason": "broken", "id": None, "last_line": 9}
        | {"part": None},
        {**marker, "file": "a.csv", "line": 12, "reason": "too long", "id": "id", "part": 2}
        | {"last_line": None},
    ]
    assert (rejects.count, rejects.first) == (2, [FIRST, SECOND])


def test_reject_as_text() -> None:
    assert str(FIRST) == "a.csv, lines 3 to 9: broken"
    assert str(SECOND) == "a.csv, line 12, part 2: too long"
    assert str(Reject("a.csv", 1, "bad")) == "a.csv, line 1: bad"


def test_list_of_an_earlier_run_is_deleted(tmp_path: Path) -> None:
    path = tmp_path / "rejects.jsonl"
    rejects = RejectFile(path, WRITTEN_BY)
    rejects.add(FIRST)
    rejects.close()
    RejectFile(path, WRITTEN_BY).close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content", ["", "# Notes\n", '{"file": "a"}\n', '["ionos-model-hub embed"]', "\xff" * 2000]
)
def test_files_of_others_are_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "notes.md"
    path.write_text(content, "latin-1")
    with pytest.raises(UsageError, match="was not written by this command"):
        RejectFile(path, WRITTEN_BY)
    assert path.read_text("latin-1") == content


def test_folders_links_and_devices_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        RejectFile(tmp_path, WRITTEN_BY)
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="was not written by this command"):
        RejectFile(tmp_path / "link", WRITTEN_BY)
    with pytest.raises(UsageError, match="was not written by this command"):
        RejectFile(Path("/dev/null"), WRITTEN_BY)


def test_file_created_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "rejects.jsonl"
    rejects = RejectFile(path, WRITTEN_BY)
    path.write_text("theirs")
    with pytest.raises(RunStoppedError, match="Another process created"):
        rejects.add(FIRST)
    assert [each.name for each in tmp_path.iterdir()] == ["rejects.jsonl"]
    assert path.read_text() == "theirs"


def test_second_writer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rejects.jsonl"
    rejects = RejectFile(path, WRITTEN_BY)
    rejects.add(FIRST)
    with pytest.raises(UsageError, match="Another process is writing"):
        RejectFile(path, WRITTEN_BY)
    rejects.close()
    RejectFile(path, WRITTEN_BY).close()
