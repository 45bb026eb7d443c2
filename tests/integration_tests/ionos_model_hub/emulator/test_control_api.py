"""The control API over HTTP: scripts, faults, the request log, events and access."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from ionos_model_hub.emulator import Emulator, Reply, serve
from ionos_model_hub.emulator.control import queue_handlers

BODY = {
    "model": "meta-llama/Llama-3.3-70B-Instruct",
    "messages": [{"role": "user", "content": "Hi"}],
}


@pytest.fixture
def control(ionos_emulator: Emulator) -> Iterator[httpx.Client]:
    root = ionos_emulator.base_url.removesuffix("v1")
    with httpx.Client(base_url=f"{root}_emulator/", timeout=10) as client:
        yield client


def content(http: httpx.Client, **options: Any) -> str:
    response = http.post("chat/completions", json={**BODY, **options})
    text: str = response.json()["choices"][0]["message"]["content"]
    return text


def test_script_is_uploaded_as_json(control: httpx.Client, http: httpx.Client) -> None:
    script = {"replies": [{"text": "one"}, {"text": "two", "times": 2}]}
    assert control.post("script", json=script).json() == {"added": 2, "pending": 2}
    assert [content(http), content(http)] == ["one", "two"]
    assert control.get("script").json() == {
        "replies": [{"reply": "Reply(text='two', times=2)", "times": 1}],
        "unexpected": [],
    }


def test_script_is_uploaded_as_yaml_and_replaced(control: httpx.Client, http: httpx.Client) -> None:
    control.post("script", json={"text": "first"})
    yaml = "- text: Grüße\n- text: next"
    response = control.put(
        "script", content=yaml.encode(), headers={"content-type": "application/yaml"}
    )
    assert response.json() == {"added": 2, "pending": 2}
    assert content(http) == "Grüße"
    assert control.delete("script").json() == {"pending": 0}
    assert content(http) == "Hello! How can I help you today?"


def test_invalid_scripts_are_rejected_and_change_nothing(control: httpx.Client) -> None:
    control.post("script", json=[{"text": "kept"}])
    for method in ("POST", "PUT"):
        response = control.request(method, "script", content='[{"text": "a"},\n{"texts": "b"}]')
        assert response.status_code == 400
        message = "the script, line 2: [1].texts: unknown field; did you mean 'text'?"
        assert response.json() == {"error": {"message": message}}
    assert len(control.get("script").json()["replies"]) == 1


def test_yaml_needs_its_content_type(control: httpx.Client) -> None:
    message = control.put("script", content="- text: a").json()["error"]["message"]
    assert message.startswith("the script is not valid JSON: ")
    assert message.endswith(". Set Content-Type: application/yaml for YAML.")
    message = control.put("script", content="[{").json()["error"]["message"]
    assert "YAML" not in message


def test_size_of_scripts_is_limited(control: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_handlers, "MAX_SCRIPT_BYTES", 1_000)
    monkeypatch.setattr(queue_handlers, "MAX_PENDING_REPLIES", 3)
    assert control.post("script", json=[{"text": "a" * 1_000}]).status_code == 413
    assert control.post("script", json=[{"text": "a"}] * 2).json()["pending"] == 2
    response = control.post("script", json=[{"text": "a"}] * 2)
    assert response.json() == {"error": {"message": "A script has at most 3 replies."}}
    assert control.put("script", json=[{"text": "a"}] * 3).json()["pending"] == 3


def test_faults(control: httpx.Client, http: httpx.Client, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(text="scripted"))
    control.put("faults", json={"error": "overloaded", "times": None})
    assert [http.post("chat/completions", json=BODY).status_code for _ in range(2)] == [529] * 2
    control.delete("faults")
    assert content(http) == "scripted"


def test_request_log(control: httpx.Client, http: httpx.Client) -> None:
    control.post("script", json={"text": "Hello"})
    http.headers["Content-Type"] = "application/json"
    http.post("chat/completions", content=json.dumps({**BODY, "user": "\ud800"}))
    http.post("chat/completions", content=b'{"temperature": NaN}')
    first, second = control.get("requests").json()["requests"]
    assert (first["number"], first["endpoint"], first["model"]) == (1, "chat", BODY["model"])
    assert first["json"]["user"] == "\ud800"
    assert first["headers"]["authorization"] == "***"
    assert first["response"]["status"] == 200
    assert first["response"]["usage"]["completion_tokens"] == 2
    assert first["response"]["source"] == "scripted"
    assert second["json"] == {"temperature": None}
    detail = control.get("requests/1").json()["response"]
    assert json.loads(detail["chunks"][0]["text"])["choices"][0]["message"]["content"] == "Hello"
    assert control.get("requests?limit=1").json()["requests"] == [second]
    assert control.get("requests?limit=x").status_code == 400
    assert control.get(f"requests?limit={'9' * 5000}").status_code == 400
    assert control.get("requests/3").status_code == 404
    assert control.get(f"requests/{'9' * 5000}").status_code == 404
    assert control.delete("requests").status_code == 200
    assert control.get("requests").json() == {"requests": []}


def test_verify_and_reset(control: httpx.Client, http: httpx.Client) -> None:
    assert control.get("verify").json() == {"ok": True, "problems": []}
    control.post("script", json={"text": "never"})
    assert control.get("verify").json()["problems"] == ["unused: Reply(text='never')"]
    content(http)
    control.post("faults", json={"text": "never"})
    control.post("reset")
    assert control.get("faults").json()["replies"] == []
    assert control.get("requests").json()["requests"] == []


def test_events(control: httpx.Client, http: httpx.Client) -> None:
    lines: list[str] = []
    connected = threading.Event()

    def listen() -> None:
        with control.stream("GET", "events") as response:
            for line in response.iter_lines():
                lines.append(line)
                connected.set()
                if line.startswith("event: clear"):
                    return

    thread = threading.Thread(target=listen)
    thread.start()
    assert connected.wait(10)
    content(http)
    control.delete("requests")
    thread.join(10)
    kinds = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    assert kinds == ["request", "response", "chunk", "end", "clear"]
    data = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
    assert [each["number"] for each in data] == [1, 1, 1, 1]
    assert data[0]["json"]["messages"] == BODY["messages"]
    assert "Hello! How can I" in data[2]["text"]
    assert data[3]["response"]["outcome"] == "complete"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("POST", "requests", "GET"), ("PATCH", "script", "GET"), ("GET", "reset", "POST")],
)
def test_responses_to_other_methods_name_an_allowed_one(
    control: httpx.Client, method: str, path: str, allowed: str
) -> None:
    response = control.request(method, path)
    assert (response.status_code, list(response.json())) == (405, ["error"])
    assert allowed in response.headers["Allow"].split(", ")


def test_unknown_paths_do_not_exist(control: httpx.Client) -> None:
    assert control.get("nothing").status_code == 404


@pytest.mark.parametrize("headers", [{"origin": "http://attacker.example"}, {"host": "attacker"}])
@pytest.mark.parametrize("path", ["requests", "events", "script", "/"])
def test_web_pages_cannot_use_the_control_api(
    control: httpx.Client, headers: dict[str, str], path: str
) -> None:
    url = path if path != "/" else str(control.base_url).removesuffix("_emulator/")
    response = control.get(url, headers=headers)
    assert response.status_code == 403
    assert "access-control-allow-origin" not in response.headers


def test_preflight_requests_are_rejected(control: httpx.Client) -> None:
    headers = {
        "origin": "http://attacker.example",
        "access-control-request-method": "PUT",
        "access-control-request-headers": "content-type",
    }
    response = control.options("script", headers=headers)
    assert response.status_code == 403
    assert not [name for name in response.headers if name.startswith("access-control")]


def test_control_token() -> None:
    with Emulator(control_token="secret") as emulator:
        url = emulator.base_url.removesuffix("v1") + "_emulator/requests"
        assert httpx.get(url).status_code == 401
        assert httpx.get(url, headers={"x-emulator-token": "secret"}).status_code == 200


def test_control_requests_are_not_recorded(control: httpx.Client, ionos_emulator: Emulator) -> None:
    control.get("requests")
    assert ionos_emulator.requests == []


@pytest.mark.parametrize(
    ("host", "options", "has_token"),
    [
        ("127.0.0.1", {}, False),
        ("127.0.0.1", {"control_token": "own"}, True),
        ("0.0.0.0", {"control_token": "own"}, True),  # noqa: S104
        ("0.0.0.0", {}, True),  # noqa: S104
    ],
)
def test_servers_on_other_addresses_need_a_token(
    host: str,
    options: Any,
    has_token: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    apps: list[Any] = []
    monkeypatch.setattr("uvicorn.Config.configure_logging", lambda config: None)
    monkeypatch.setattr(
        "uvicorn.Server.run", lambda server, sockets: apps.append(server.config.app)
    )
    urls: list[str] = []
    serve(host, 0, urls.append, **options)
    assert urls[0].startswith(f"http://{host}:")
    (app,) = apps
    with TestClient(app, base_url="http://localhost") as client:
        # The test client connects without a socket, so the server's address is that of the URL.
        assert client.get("/_emulator/requests").status_code == (401 if has_token else 200)
        for token in (options.get("control_token"), caplog.text.strip().rpartition(" ")[2]):
            if has_token and token:
                headers = {"x-emulator-token": token}
                response = client.get("/_emulator/requests", headers=headers)
                assert response.status_code == 200
    assert bool(caplog.records) is (has_token and not options)
