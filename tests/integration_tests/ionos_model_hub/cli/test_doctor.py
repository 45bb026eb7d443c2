"""`ionos-model-hub doctor` with working and broken configurations."""

import base64
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import trustme
import uvicorn

from ionos_model_hub.cli import main
from ionos_model_hub.cli.doctor.findings import Status
from ionos_model_hub.emulator import Emulator, Reply, create_app

KEY = "canary-key-1d9c"

Doctor = Callable[..., tuple[int, str]]


@pytest.fixture
def doctor(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Doctor:
    """Run `doctor` with environment variables; return its exit code and output."""

    def run(
        url: str = "", key: str = KEY, arguments: Sequence[str] = (), **environment: str
    ) -> tuple[int, str]:
        for name, value in {"IONOS_BASE_URL": url, "IONOS_API_KEY": key, **environment}.items():
            monkeypatch.setenv(name, value)
        code = main(["doctor", *arguments])
        captured = capsys.readouterr()
        assert captured.err == ""
        assert KEY not in captured.out
        return code, captured.out

    return run


def statuses(output: str) -> dict[str, str]:
    """Return the status of each check."""
    lines = (line.split() for line in output.replace("base URL", "base_URL").splitlines())
    return {words[1]: words[0] for words in lines if len(words) > 1 and words[0] in set(Status)}


def token(expires: float) -> str:
    payload = base64.urlsafe_b64encode(json.dumps({"exp": expires}).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJub25lIn0.{payload}.canary-signature"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_working_configuration(doctor: Doctor, ionos_emulator: Emulator) -> None:
    code, output = doctor(ionos_emulator.base_url)
    assert code == 0, output
    assert set(statuses(output).values()) == {"ok"}
    assert len(statuses(output)) == 9
    assert "No errors found." in output
    assert "langchain-core" in output
    models, completion = ionos_emulator.requests[1:]
    assert (models.path, completion.path) == ("/v1/models", "/v1/chat/completions")
    assert completion.json["max_tokens"] == 32


def test_json_output(doctor: Doctor, ionos_emulator: Emulator) -> None:
    code, output = doctor(ionos_emulator.base_url, arguments=["--json"])
    report = json.loads(output)
    assert code == 0
    assert report["ok"] is True
    assert report["versions"].keys() >= {"Python", "ionos-model-hub", "httpx"}
    assert {check["status"] for check in report["checks"]} == {"ok"}
    assert len(report["checks"]) == 9
    code, output = doctor(ionos_emulator.base_url, key="", arguments=["--json"])
    assert code == 1
    assert json.loads(output)["ok"] is False


def test_first_request_has_no_key(doctor: Doctor, ionos_emulator: Emulator) -> None:
    doctor(ionos_emulator.base_url)
    assert "authorization" not in ionos_emulator.requests[0].headers
    assert all("authorization" in each.headers for each in ionos_emulator.requests[1:])


def test_token_that_expires_soon_is_a_warning(doctor: Doctor, ionos_emulator: Emulator) -> None:
    code, output = doctor(ionos_emulator.base_url, token(time.time() + 3 * 86_400 + 60))
    assert code == 0
    assert statuses(output)["expiry"] == "warning"
    assert "in 3 days" in output


def test_rejected_key_is_an_error_of_the_key(doctor: Doctor) -> None:
    with Emulator(api_key="another") as hub:
        code, output = doctor(hub.base_url)
        assert len(hub.requests) == 2
    assert code == 1
    found = statuses(output)
    assert found["key"] == "error"
    assert [found[check] for check in ("models", "response", "limits")] == ["skipped"] * 3
    assert "Read from IONOS_API_KEY. The server rejected it: " in output
    assert "(status 401, code paas-auth-1, trace id " in output
    assert "Fix: " in output
    assert "Errors: key." in output


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (token(1_700_000_000), "IONOS_API_KEY expired on 2023-11-14."),
        ("0b1f7a36-6d3b-4c0e-8f0e-3f0a6b2f9c11", "is the id of a token"),
        (f"{KEY} {KEY}", "IONOS_API_KEY contains whitespace"),
        ("", "None of IONOS_API_KEY, IONOS_API_TOKEN, IONOS_TOKEN is set."),
    ],
    ids=["expired", "token id", "whitespace", "none"],
)
def test_invalid_key_does_not_prevent_other_checks(
    key: str, message: str, doctor: Doctor, ionos_emulator: Emulator
) -> None:
    code, output = doctor(ionos_emulator.base_url, key)
    assert code == 1
    assert message in output
    assert not key or key not in output
    assert "canary" not in output
    found = statuses(output)
    assert [found[check] for check in ("key", "expiry", "models")] == [
        "error",
        "skipped",
        "skipped",
    ]
    assert [found[check] for check in ("connection", "TLS", "clock")] == ["ok", "ok", "ok"]
    assert len(ionos_emulator.requests) == 1


def test_variable_with_precedence_is_named(doctor: Doctor, ionos_emulator: Emulator) -> None:
    _, output = doctor(ionos_emulator.base_url, IONOS_TOKEN="other-canary")
    assert "Read from IONOS_API_KEY, which takes precedence over IONOS_TOKEN" in output
    assert "other-canary" not in output


def test_refused_connection(doctor: Doctor) -> None:
    code, output = doctor(f"http://127.0.0.1:{free_port()}/v1")
    assert code == 1
    assert statuses(output)["connection"] == "error"
    assert "refused the connection." in output
    assert "Skipped because the connection check failed." in output


def test_refused_connection_to_a_proxy(doctor: Doctor) -> None:
    proxy = f"http://127.0.0.1:{free_port()}"
    code, output = doctor("https://example.com/v1", https_proxy=proxy)
    assert code == 1
    assert "Through the proxy 127.0.0.1: " in output
    assert "proxy" in output.split("Fix: ")[1]


def test_unknown_host(doctor: Doctor) -> None:
    code, output = doctor("https://no-such-host.invalid/v1")
    assert code == 1
    assert "The name no-such-host.invalid cannot be resolved" in output


@pytest.mark.parametrize("path", ["/other/v1", "/v1/v1"])
def test_wrong_path_is_an_error_of_the_base_url(
    path: str, doctor: Doctor, ionos_emulator: Emulator
) -> None:
    code, output = doctor(ionos_emulator.base_url.removesuffix("/v1") + path)
    assert code == 1
    found = statuses(output)
    assert found["base_URL"] == "error"
    assert found["models"] == "skipped"
    assert "Fix: Correct the path in IONOS_BASE_URL; the hub's URL is https://" in output
    assert "Skipped because the base URL check failed." in output


def test_invalid_base_url(doctor: Doctor) -> None:
    code, output = doctor("https://example.com")
    assert code == 1
    assert "IONOS_BASE_URL must end in /v1" in output
    assert "Fix: " in output
    assert "https://example.com/v1" in output
    found = statuses(output)
    assert found["base_URL"] == "error"
    assert list(found.values()).count("skipped") == 6


def test_failed_trial_request(doctor: Doctor, ionos_emulator: Emulator) -> None:
    control = "\x1b[2J no\r"
    ionos_emulator.script(Reply(status=403, json={"error": {"message": f"{control}{KEY}"}}))
    code, output = doctor(ionos_emulator.base_url)
    assert code == 1
    assert statuses(output)["models"] == "ok"
    assert statuses(output)["response"] == "error"
    assert "***" in output
    assert "\x1b[2J" not in output


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def secure_hub(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a hub over TLS; return its URL."""
    certificate = tmp_path_factory.mktemp("tls") / "server.pem"
    authority.issue_cert("localhost", "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
        certificate
    )
    config = uvicorn.Config(
        create_app(), lifespan="off", log_config=None, ws="none", ssl_certfile=certificate
    )
    server = uvicorn.Server(config)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    port = listener.getsockname()[1]
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"https://127.0.0.1:{port}/v1"
    server.should_exit = True
    thread.join()
    listener.close()


def test_untrusted_certificate(doctor: Doctor, secure_hub: str) -> None:
    code, output = doctor(secure_hub)
    assert code == 1
    found = statuses(output)
    assert [found[check] for check in ("TLS", "clock", "models")] == ["error", "skipped", "skipped"]
    assert "Fix: Set SSL_CERT_FILE" in output
    assert "Skipped because the TLS check failed." in output


def test_trusted_certificate(secure_hub: str, authority: trustme.CA, tmp_path: Path) -> None:
    trusted = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(trusted)
    result = subprocess.run(
        [sys.executable, "-m", "ionos_model_hub.cli", "doctor"],
        capture_output=True,
        text=True,
        timeout=60,
        env={
            **os.environ,
            "SSL_CERT_FILE": str(trusted),
            "IONOS_API_KEY": KEY,
            "IONOS_BASE_URL": secure_hub,
        },
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "TLSv1.3; the certificate is valid until" in result.stdout
    assert set(statuses(result.stdout).values()) == {"ok"}
    assert KEY not in result.stdout


def test_https_to_a_plain_http_server(doctor: Doctor, ionos_emulator: Emulator) -> None:
    code, output = doctor(ionos_emulator.base_url.replace("http:", "https:"))
    assert code == 1
    assert "did not respond with TLS" in output
