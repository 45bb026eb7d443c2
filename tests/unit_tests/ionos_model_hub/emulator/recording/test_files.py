"""Recordings are readable files that restore the same bytes."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.emulator.recording.cassette import Cassette
from ionos_model_hub.emulator.recording.content import (
    describe,
    describe_event,
    restore,
    restore_event,
)
from ionos_model_hub.emulator.recording.files import (
    RecordedExchange,
    RecordingError,
    format_exchange,
    is_writable,
    read_exchanges,
    remove_exchanges,
    write_exchange,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
EVENT = {"seconds": 0.25, "json": {"choices": [{"delta": {"content": "Hi"}}]}}


def exchange(**changes: object) -> RecordedExchange:
    fields = {
        "method": "POST",
        "path": "/v1/chat/completions",
        "body": {"json": {"model": "m"}},
        "status": 200,
        "headers": {"content-type": "application/json"},
        "seconds": 0.5,
        "content": {"json": {"a": [1, 2.5], "text": "[\n 1,\n 2]"}},
    }
    return RecordedExchange(**{**fields, **changes})  # type: ignore[arg-type]


@given(JSON, st.booleans())
def test_json_bodies_are_restored(value: object, compact: bool) -> None:
    content = json.dumps(value, separators=(",", ":") if compact else None).encode("utf-8")
    assert restore(describe(content)) == content
    assert restore_event(describe_event(b"data: " + content + b"\n\n")) == (
        b"data: " + content + b"\n\n"
    )


@given(st.binary() | st.text().map(str.encode))
def test_other_bodies_are_restored(content: bytes) -> None:
    assert restore(describe(content)) == content


@pytest.mark.parametrize(
    "event", [b"data: [DONE]\n\n", b": ping\n\n", b'event: x\r\ndata: {"a":1}']
)
def test_events_without_json_are_restored(event: bytes) -> None:
    assert restore_event(describe_event(event)) == event


def test_written_recordings_are_read_in_order(tmp_path: Path) -> None:
    stream = exchange(content=None, events=(EVENT, EVENT))
    paths = [
        write_exchange(tmp_path, number, each) for number, each in [(2, stream), (1, exchange())]
    ]
    assert paths[0].name.startswith("0002-chat-completions-")
    (tmp_path / "notes.json").write_text("{}")
    read = read_exchanges(tmp_path)
    assert [each.content for each in read] == [exchange().content, None]
    assert read[1].events == (EVENT, EVENT)


def test_events_and_vectors_are_on_one_line() -> None:
    text = format_exchange(exchange(content=None, events=(EVENT, EVENT)))
    assert sum("seconds" in line and "delta" in line for line in text.splitlines()) == 2
    vector = format_exchange(exchange(content={"json": {"embedding": [0.5, -1e-7, 3]}}))
    assert '"embedding": [0.5, -1e-07, 3]' in vector


def test_empty_directory_has_no_recordings(tmp_path: Path) -> None:
    assert read_exchanges(tmp_path / "missing") == []


NAME = "0001-chat-1a2b3c4d.json"
INVALID = [
    {"status": 99},
    {"status": "many"},
    {"headers": None},
    {"headers": {"a": "b\r\nc: d"}},
    {"headers": {"a": "€"}},
    {"seconds": "x"},
    {"content": {}},
    {"content": {"json": 1, "separators": "x"}},
    {"content": {"base64": "ä"}},
    {"content": None, "events": [5]},
    {"content": None, "events": [{"json": 1}]},
    {"content": None, "events": [{"seconds": "x", "json": 1}]},
    {"more": 1},
]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("{}", "not a recording"),
        ("[]", "not a recording"),
        ('{"version": 9}', "version must be 1"),
        ('{"version": 1, "request": 5, "response": {}}', "not a recording"),
    ],
    ids=range(6),
)
def test_invalid_files_are_named(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / NAME).write_text(text)
    with pytest.raises(RecordingError, match=rf"{NAME}.*{reason}"):
        read_exchanges(tmp_path)


@pytest.mark.parametrize("change", INVALID, ids=str)
def test_invalid_responses_are_rejected(tmp_path: Path, change: dict[str, object]) -> None:
    value = exchange().to_json()
    value["response"] |= change
    (tmp_path / NAME).write_text(json.dumps(value))
    with pytest.raises(RecordingError, match=NAME):
        read_exchanges(tmp_path)


def test_other_files_are_neither_read_nor_deleted(tmp_path: Path) -> None:
    own = write_exchange(tmp_path, 1, exchange())
    others = [tmp_path / name for name in ("2024-report.json", "1234abc-x.json", NAME)]
    for path in others:
        path.write_text("{}")
    (tmp_path / "0002-chat-1a2b3c4d.json").mkdir()
    remove_exchanges(tmp_path)
    assert not own.exists()
    assert all(path.exists() for path in others)


def test_folder_of_a_new_directory_must_be_writable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[Path] = []
    monkeypatch.setattr(os, "access", lambda path, _: checked.append(path))
    with pytest.raises(ValueError, match=r"Recordings cannot be written to .*/new/recordings"):
        Cassette(tmp_path / "new/recordings", "once", "http://localhost/v1")
    assert checked == [tmp_path]
    assert Cassette(tmp_path / "new/recordings")  # only replays


def test_folder_on_a_missing_drive_is_not_writable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "exists", lambda _: False)
    assert not is_writable(tmp_path / "new")


def test_names_of_files_are_short(tmp_path: Path) -> None:
    path = write_exchange(tmp_path, 1, exchange(path="/v1/" + "a" * 400))
    assert len(path.name) < 80
    assert len(read_exchanges(tmp_path)) == 1
