"""Unusual HTTP requests: media types, bodies that cannot be read, methods and paths."""

import json
from typing import Any

import httpx
import pytest

from ionos_model_hub.emulator import Emulator
from ionos_model_hub.emulator.profiles import ProfileName
from ionos_model_hub.emulator.recorded import MAX_NESTING

BODY = {
    "model": "meta-llama/Llama-3.3-70B-Instruct",
    "messages": [{"role": "user", "content": "Hi"}],
}
JSON = {"Content-Type": "application/json"}


def post(
    emulator: Emulator, content: bytes, path: str = "chat/completions", **headers: str
) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    url = f"{emulator.base_url}/{path}"
    return httpx.post(url, content=content, headers={"Authorization": "Bearer k", **named})


def error_of(response: httpx.Response) -> Any:
    assert response.status_code == 400
    return response.json()["error"]


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


@pytest.mark.parametrize("path", ["chat/completions", "completions", "embeddings", "rerank"])
@pytest.mark.parametrize("media_type", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_bodies_must_be_declared_as_json(
    ionos_emulator: Emulator, path: str, media_type: str
) -> None:
    error = error_of(post(ionos_emulator, json.dumps(BODY).encode(), path, content_type=media_type))
    assert error["message"].endswith("Unsupported Media Type: Only 'application/json' is allowed")


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_media_types(ionos_emulator: Emulator, media_type: str) -> None:
    content = json.dumps(BODY).encode()
    assert post(ionos_emulator, content, content_type=media_type).status_code == 200


BAD_BODIES = [b"", b"{", b"[]", b"null", b"\xff", b"\x1f\x8b", nested(100_000).encode()]


@pytest.mark.parametrize("content", BAD_BODIES, ids=range(len(BAD_BODIES)))
def test_bodies_that_are_not_json_objects(ionos_emulator: Emulator, content: bytes) -> None:
    error = error_of(post(ionos_emulator, content, **JSON))
    assert error["message"] == "The body must be a JSON object with at most 200 levels"


@pytest.mark.ionos_emulator(profile="vllm")
@pytest.mark.parametrize(
    "content",
    [
        b'{"model": "\xff"}',
        b'{"seed": 1%b}' % (b"0" * 5_000),
        f'{{"user": {nested(MAX_NESTING)}}}'.encode(),
        f'{{"user": {nested(100_000)}}}'.encode(),
    ],
    ids=["not UTF-8", "too many digits", "nested", "nested deeply"],
)
def test_engine_reports_bodies_that_cannot_be_read(
    ionos_emulator: Emulator, content: bytes
) -> None:
    assert error_of(post(ionos_emulator, content, **JSON)) == {
        "message": "There was an error parsing the body",
        "type": "Bad Request",
        "param": None,
        "code": 400,
    }


@pytest.mark.ionos_emulator(profile="vllm")
def test_engine_limits_the_length_of_validation_errors(ionos_emulator: Emulator) -> None:
    messages = [{"role": "user", "content": 1}] * 10
    content = json.dumps({**BODY, "messages": messages}).encode()
    lines = error_of(post(ionos_emulator, content, **JSON))["message"].split("\n")
    count = int(lines[0].split()[0])
    assert len(lines) == 12
    assert lines[-1] == f"  ...and {count - 10} more errors"
    name = "x" * 2_000
    error = error_of(post(ionos_emulator, json.dumps({**BODY, "stop": {name: 1}}).encode(), **JSON))
    assert all(len(line) < 1_100 for line in error["message"].split("\n"))


@pytest.mark.parametrize("profile", ["hub", "vllm"])
def test_nested_json(profile: ProfileName) -> None:
    parameters = json.loads(f'{{"type": "object", "x": {nested(MAX_NESTING - 5)}}}')
    tool = {"type": "function", "function": {"name": "f", "parameters": parameters}}
    content = json.dumps({**BODY, "tools": [tool], "temperature": float("nan")}).encode()
    with Emulator(profile=profile) as emulator:
        assert "temperature" in error_of(post(emulator, content, **JSON))["message"]
        content = content.replace(b"NaN", b"1")
        assert post(emulator, content, **JSON).status_code == 200
        url = emulator.base_url.removesuffix("v1")
        first, second = httpx.get(f"{url}_emulator/requests").json()["requests"]
        assert (first["json"]["temperature"], second["json"]["temperature"]) == (None, 1)
        assert httpx.get(f"{url}_emulator/page/requests/1").status_code == 200


@pytest.mark.ionos_emulator(profile="vllm")
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "chat/completions", "POST"),
        ("OPTIONS", "rerank", "POST"),
        ("HEAD", "models", "GET"),
        ("DELETE", "models", "GET"),
    ],
)
def test_engine_names_the_allowed_method(
    ionos_emulator: Emulator, method: str, path: str, allowed: str
) -> None:
    response = httpx.request(method, f"{ionos_emulator.base_url}/{path}")
    assert (response.status_code, response.headers["Allow"]) == (405, allowed)


@pytest.mark.ionos_emulator(profile="vllm")
def test_engine_redirects_paths_with_a_slash_at_the_end(ionos_emulator: Emulator) -> None:
    response = post(ionos_emulator, json.dumps(BODY).encode(), "chat/completions/", **JSON)
    assert (response.status_code, response.headers["Location"]) == (307, "/v1/chat/completions")


def test_hub_has_no_paths_with_a_slash_at_the_end(ionos_emulator: Emulator) -> None:
    assert post(ionos_emulator, b"{}", "chat/completions/", **JSON).status_code == 404
