"""`ionos-model-hub doctor` on ways to a hub that are well, and on ways that are not."""

import base64
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme
import uvicorn

from ionos_model_hub.cli import main
from ionos_model_hub.emulator import Emulator, Reply, create_app

KEY = "canary-key-1d9c"

Doctor = Callable[..., tuple[int, str]]


@pytest.fixture
def doctor(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Doctor:
    """Runs the doctor in an environment; returns its exit code and what it prints."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(url: str = "", key: str = KEY, **environment: str) -> tuple[int, str]:
        for name, value in {"IONOS_BASE_URL": url, "IONOS_API_KEY": key, **environment}.items():
            monkeypatch.setenv(name, value)
        code = main(["doctor"])
        told = capsys.readouterr()
        assert told.err == ""
        assert KEY not in told.out
        return code, told.out

    return run


def verdicts(told: str) -> dict[str, str]:
    """Return the verdict of each check."""
    lines = (line.split() for line in told.replace("base URL", "base_URL").splitlines())
    marks = ("ok", "note", "wrong", "-")
    return {words[1]: words[0] for words in lines if len(words) > 1 and words[0] in marks}


def token(ends: float) -> str:
    middle = base64.urlsafe_b64encode(json.dumps({"exp": ends}).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJub25lIn0.{middle}.canary-signature"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_all_is_well(doctor: Doctor, ionos_emulator: Emulator) -> None:
    code, told = doctor(ionos_emulator.base_url)
    assert code == 0, told
    assert set(verdicts(told).values()) == {"ok"}
    assert len(verdicts(told)) == 9
    assert "All is well." in told
    assert "langchain-core" in told
    models, answer = ionos_emulator.requests[1:]
    assert (models.path, answer.path) == ("/v1/models", "/v1/chat/completions")
    assert answer.json["max_tokens"] == 32


def test_the_first_request_carries_no_key(doctor: Doctor, ionos_emulator: Emulator) -> None:
    doctor(ionos_emulator.base_url)
    assert "authorization" not in ionos_emulator.requests[0].headers
    assert all("authorization" in each.headers for each in ionos_emulator.requests[1:])


def test_a_token_about_to_end_is_a_note(doctor: Doctor, ionos_emulator: Emulator) -> None:
    code, told = doctor(ionos_emulator.base_url, token(time.time() + 3 * 86_400 + 60))
    assert code == 0
    assert verdicts(told)["expiry"] == "note"
    assert "in 3 days" in told


def test_a_wrong_key(doctor: Doctor) -> None:
    with Emulator(api_key="another") as hub:
        code, told = doctor(hub.base_url)
        assert len(hub.requests) == 2
    assert code == 1
    assert verdicts(told)["models"] == "wrong"
    assert verdicts(told)["answer"] == "-"
    assert "(status 401, code paas-auth-1, trace id " in told
    assert "To mend: Check the token: it starts with 'eyJ', it may have expired" in told
    assert "Wrong: models." in told


@pytest.mark.parametrize(
    ("key", "told_of_it"),
    [
        (token(1_700_000_000), "From IONOS_API_KEY: api_key expired on 2023-11-14."),
        ("0b1f7a36-6d3b-4c0e-8f0e-3f0a6b2f9c11", "is the id of a token, not the token."),
        (f"{KEY} {KEY}", "contains whitespace"),
        ("", "None of IONOS_API_KEY, IONOS_API_TOKEN, IONOS_TOKEN is set."),
    ],
    ids=["expired", "token id", "blanks", "none"],
)
def test_a_key_that_cannot_be_one_hides_nothing_else(
    key: str, told_of_it: str, doctor: Doctor, ionos_emulator: Emulator
) -> None:
    code, told = doctor(ionos_emulator.base_url, key)
    assert code == 1
    assert told_of_it in told
    assert not key or key not in told
    assert "canary" not in told
    found = verdicts(told)
    assert [found[check] for check in ("key", "expiry", "models")] == ["wrong", "-", "-"]
    assert [found[check] for check in ("connection", "TLS", "clock")] == ["ok", "ok", "ok"]
    assert len(ionos_emulator.requests) == 1


def test_the_variable_that_counts_is_named(doctor: Doctor, ionos_emulator: Emulator) -> None:
    _, told = doctor(ionos_emulator.base_url, IONOS_TOKEN="other-canary")
    assert "From IONOS_API_KEY, which goes before IONOS_TOKEN" in told
    assert "other-canary" not in told


def test_nobody_listens(doctor: Doctor) -> None:
    code, told = doctor(f"http://127.0.0.1:{free_port()}/v1")
    assert code == 1
    assert verdicts(told)["connection"] == "wrong"
    assert "refused it." in told
    assert "Not checked, because of the connection." in told


def test_a_name_without_an_address(doctor: Doctor) -> None:
    code, told = doctor("https://no-such-host.invalid/v1")
    assert code == 1
    assert "The name no-such-host.invalid cannot be resolved" in told


@pytest.mark.parametrize("path", ["/other/v1", "/v1/v1"])
def test_a_wrong_path(path: str, doctor: Doctor, ionos_emulator: Emulator) -> None:
    code, told = doctor(ionos_emulator.base_url.removesuffix("/v1") + path)
    assert code == 1
    assert verdicts(told)["models"] == "wrong"
    assert "To mend: Check that base_url ends in /v1." in told


def test_an_address_that_cannot_be_one(doctor: Doctor) -> None:
    code, told = doctor("https://example.com")
    assert code == 1
    assert "base_url must end in /v1" in told
    assert "To mend: Write https://example.com/v1." in told
    found = verdicts(told)
    assert found["base_URL"] == "wrong"
    assert list(found.values()).count("-") == 6


def test_an_answer_that_fails(doctor: Doctor, ionos_emulator: Emulator) -> None:
    steer = "\x1b[2J no\r"
    ionos_emulator.script(Reply(status=403, json={"error": {"message": f"{steer}{KEY}"}}))
    code, told = doctor(ionos_emulator.base_url)
    assert code == 1
    assert verdicts(told)["models"] == "ok"
    assert verdicts(told)["answer"] == "wrong"
    assert "***" in told
    assert "\x1b[2J" not in told


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def secure_hub(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A hub behind TLS; its URL."""
    made = tmp_path_factory.mktemp("tls") / "server.pem"
    authority.issue_cert("localhost", "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
        made
    )
    config = uvicorn.Config(
        create_app(), lifespan="off", log_config=None, ws="none", ssl_certfile=made
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


def test_a_certificate_that_nobody_vouches_for(doctor: Doctor, secure_hub: str) -> None:
    code, told = doctor(secure_hub)
    assert code == 1
    found = verdicts(told)
    assert [found[check] for check in ("TLS", "clock", "models")] == ["wrong", "-", "-"]
    assert "To mend: Set SSL_CERT_FILE" in told
    assert "Not checked, because of the TLS." in told


def test_a_certificate_that_is_trusted(
    secure_hub: str, authority: trustme.CA, tmp_path: Path
) -> None:
    trusted = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(trusted)
    shown = subprocess.run(
        [sys.executable, "-m", "ionos_model_hub.cli", "doctor"],
        capture_output=True,
        text=True,
        timeout=60,
        env={
            **os.environ,
            "COLUMNS": "200",
            "SSL_CERT_FILE": str(trusted),
            "IONOS_API_KEY": KEY,
            "IONOS_BASE_URL": secure_hub,
        },
    )
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "TLSv1.3, with a certificate that is trusted until" in shown.stdout
    assert set(verdicts(shown.stdout).values()) == {"ok"}
    assert KEY not in shown.stdout


def test_plain_http_where_tls_was_meant(doctor: Doctor, ionos_emulator: Emulator) -> None:
    code, told = doctor(ionos_emulator.base_url.replace("http:", "https:"))
    assert code == 1
    assert "did not respond with TLS" in told
