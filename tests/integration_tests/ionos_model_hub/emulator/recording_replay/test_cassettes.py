"""Recording, replaying, their modes, and what is not recorded."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from ionos_model_hub.emulator import Emulator, Reply
from ionos_model_hub.emulator.recording.modes import RecordMode

KEY = "a-very-secret-key"
CHAT = "/chat/completions"


def body(text: str = "Hallo", **options: object) -> dict[str, Any]:
    message = {"role": "user", "content": text}
    return {"model": "openai/gpt-oss-120b", "messages": [message], **options}


def post(emulator: Emulator, path: str, json: object, key: str = KEY) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.post(emulator.base_url + path, json=json, headers=headers)


def recorder(directory: Path, upstream: Emulator, mode: RecordMode = "all") -> Emulator:
    return Emulator(record=directory, record_mode=mode, upstream=upstream.base_url)


def files(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


REQUESTS = [
    (CHAT, body()),
    (CHAT, body(stream=True, stream_options={"include_usage": True})),
    ("/completions", {"model": "openai/gpt-oss-120b", "prompt": "Hallo", "stream": True}),
    ("/embeddings", {"model": "BAAI/bge-m3", "input": ["a", "b"]}),
    (CHAT, body(temperature=9)),
    (CHAT, {"model": "unknown", "messages": []}),
]


def test_replayed_responses_are_identical(ionos_emulator: Emulator, tmp_path: Path) -> None:
    with recorder(tmp_path, ionos_emulator) as recording:
        recorded = [post(recording, *request) for request in REQUESTS]
        models = httpx.get(f"{recording.base_url}/models", headers={"Authorization": "Bearer any"})
    assert files(tmp_path)[1].startswith("0002-chat-completions-")
    with Emulator(replay=tmp_path) as replaying:
        replayed = [post(replaying, *request, key="another-key") for request in REQUESTS]
        url = f"{replaying.base_url}/models"
        assert httpx.get(url, headers={"Authorization": "Bearer x"}).content == models.content
    for one, other in zip(recorded, replayed, strict=True):
        assert (one.status_code, one.content) == (other.status_code, other.content)
        assert one.headers["x-trace-id"] == other.headers["x-trace-id"]
        assert one.headers["content-type"] == other.headers["content-type"]


def test_equal_requests_are_replayed_in_order(ionos_emulator: Emulator, tmp_path: Path) -> None:
    ionos_emulator.script(Reply(error="overloaded"), Reply(text="one"), Reply(text="two"))
    with recorder(tmp_path, ionos_emulator) as recording:
        recorded = [post(recording, CHAT, body()).text for _ in range(3)]
    with Emulator(replay=tmp_path) as replaying:
        assert [post(replaying, CHAT, body()).text for _ in range(6)] == recorded * 2


def test_keys_are_not_recorded(ionos_emulator: Emulator, tmp_path: Path) -> None:
    ionos_emulator.script(Reply(generated=[["Your key is ", KEY[:6], KEY[6:]]]))
    with recorder(tmp_path, ionos_emulator) as recording:
        post(recording, CHAT, body(f"my key is {KEY}", stream=True, metadata={"api_key": "hidden"}))
    text = "".join(path.read_text() for path in tmp_path.iterdir())
    assert KEY not in text
    assert "secret-key" not in text
    assert "hidden" not in text
    assert "authorization" not in text.lower()


def test_streams_are_recorded_with_their_timing(ionos_emulator: Emulator, tmp_path: Path) -> None:
    ionos_emulator.script(Reply(text="One two three", chunk_delay=0.05))
    with recorder(tmp_path, ionos_emulator) as recording:
        post(recording, CHAT, body(stream=True))
    exchange = json.loads(next(tmp_path.iterdir()).read_text())
    times = [event["seconds"] for event in exchange["response"]["events"]]
    assert times == sorted(times)
    assert times[-1] > times[0] > 0


def test_request_without_a_recording_is_an_error(ionos_emulator: Emulator, tmp_path: Path) -> None:
    with recorder(tmp_path, ionos_emulator) as recording:
        post(recording, CHAT, body("Hallo Welt"))
    with Emulator(replay=tmp_path) as replaying:
        response = post(replaying, CHAT, body("Hallo Berlin"))
    assert response.status_code == 400
    error = response.json()["error"]
    assert error["code"] == "not_recorded"
    assert f"Differences to {files(tmp_path)[0]}:" in error["message"]
    assert "- messages[0].content: recorded 'Hallo Welt', got 'Hallo Berlin'" in error["message"]


def test_once_records_only_without_recordings(ionos_emulator: Emulator, tmp_path: Path) -> None:
    with recorder(tmp_path / "new", ionos_emulator, "once") as recording:
        assert [post(recording, CHAT, body(text)).status_code for text in "ab"] == [200, 200]
    with recorder(tmp_path / "new", ionos_emulator, "once") as recording:
        assert post(recording, CHAT, body("a")).headers["x-emulator-source"] == "replay"
        assert post(recording, CHAT, body("c")).status_code == 400


def test_new_episodes_adds_recordings(ionos_emulator: Emulator, tmp_path: Path) -> None:
    for texts, sources in [("ab", ["upstream"] * 2), ("abc", ["replay", "replay", "upstream"])]:
        with recorder(tmp_path, ionos_emulator, "new_episodes") as recording:
            responses = [post(recording, CHAT, body(text)) for text in texts]
        assert [each.headers["x-emulator-source"] for each in responses] == sources
    assert [name[:4] for name in files(tmp_path)] == ["0001", "0002", "0003"]


def test_all_replaces_the_recordings(ionos_emulator: Emulator, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("kept")
    for text in "ab":
        with recorder(tmp_path, ionos_emulator, "all") as recording:
            post(recording, CHAT, body(text))
    assert len(files(tmp_path)) == 2
    assert (tmp_path / "notes.txt").exists()


def test_failures_of_the_connection_are_not_recorded(tmp_path: Path) -> None:
    with Emulator(api_key="other-key") as upstream, recorder(tmp_path, upstream) as recording:
        assert post(recording, CHAT, body()).status_code == 401
    with Emulator(record=tmp_path, upstream="http://127.0.0.1:9/v1") as recording:
        response = post(recording, CHAT, body())
    assert response.status_code == 503
    assert "http://127.0.0.1:9/v1" in response.json()["error"]["message"]
    assert files(tmp_path) == []


def test_stream_that_breaks_is_not_recorded(ionos_emulator: Emulator, tmp_path: Path) -> None:
    ionos_emulator.script(Reply(text="One two three", disconnect_after=2))
    with recorder(tmp_path, ionos_emulator) as recording:
        assert b'"error"' in post(recording, CHAT, body(stream=True)).content
    assert files(tmp_path) == []


def test_unusual_headers_are_forwarded(ionos_emulator: Emulator, tmp_path: Path) -> None:
    headers = {b"authorization": b"Bearer any", b"user-agent": "ä".encode("latin-1")}
    with recorder(tmp_path, ionos_emulator) as recording:
        response = httpx.get(f"{recording.base_url}/models", headers=headers)
    assert response.status_code == 200
    assert ionos_emulator.requests[-1].headers["user-agent"] == "ä"


def test_options_are_checked_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="is a file; pass a directory"):
        Emulator(record=tmp_path / "file", upstream="http://localhost/v1")
    with pytest.raises(ValueError, match="must be an http or https URL, got 'nonsense'"):
        Emulator(record=tmp_path, upstream="nonsense")
