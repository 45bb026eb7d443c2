"""`ionos-model-hub emulator` as a process."""

import errno
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

import pytest

from ionos_model_hub.cli import main
from ionos_model_hub.cli.emulator.command import _addresses
from ionos_model_hub.cli.emulator.options import LATENCIES, PROFILES
from ionos_model_hub.emulator.latency import LATENCY_NAMES
from ionos_model_hub.emulator.profiles import ProfileName


@contextmanager
def running(*arguments: str) -> "Iterator[tuple[str, subprocess.Popen[str]]]":
    """Run the command; yield the base URL that it prints."""
    with subprocess.Popen(
        [sys.executable, "-m", "ionos_model_hub.cli", "emulator", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            found = re.search(r"http://\S+/v1", server.stdout.readline())
            assert found, server.communicate()
            assert f"export IONOS_BASE_URL={found[0]} " in server.stdout.readline()
            yield found[0], server
        finally:
            server.terminate()


def get_models(url: str, key: str = "any") -> int:
    request = urllib.request.Request(  # noqa: S310  # http to the local machine
        f"{url}/models", headers={"Authorization": f"Bearer {key}"}
    )
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
        status: int = response.status
        return status


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])  # noqa: S104
def test_url_with_the_real_port_works_as_soon_as_it_is_printed(host: str) -> None:
    with running("--port", "0", "--host", host) as (url, _):
        assert url.startswith("http://127.0.0.1:")
        assert ":0/" not in url
        assert get_models(url) == 200


def test_addresses_for_other_machines_need_allow_http() -> None:
    lines = list(_addresses("http://0.0.0.0:8400/v1", "any", "token"))
    assert lines[2] == "Live view: http://127.0.0.1:8400/?token=token"
    assert f"IONOS_BASE_URL=http://{socket.gethostname()}:8400/v1 " in lines[3]
    assert "IONOS_ALLOW_HTTP=1" in lines[3]
    assert "allow_http=True" in lines[3]
    assert "IONOS_ALLOW_HTTP=1" in list(_addresses("http://10.0.0.7:80/v1", "any", "t"))[1]
    local = list(_addresses("http://[::1]:8400/v1", "any", None))
    assert local[2] == "Live view: http://[::1]:8400/"
    assert not any("ALLOW_HTTP" in line for line in local)


def test_interrupt_ends_the_server() -> None:
    with running("--port", "0", "--api-key", "mine") as (url, server):
        assert get_models(url, "mine") == 200
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=30) in (0, 130)


def test_interrupt_ends_open_responses_without_an_error(tmp_path: Path) -> None:
    script = tmp_path / "script.yaml"
    script.write_text("stall_after: 0")
    with ExitStack() as stack:
        url, server = stack.enter_context(running("--port", "0", "--script", str(script)))
        address = urlsplit(url)

        def send(request: str) -> socket.socket:
            connection = socket.create_connection((address.hostname, address.port), 30)
            connection.sendall(f"{request}\r\nHost: localhost\r\n\r\n".encode())
            return stack.enter_context(connection)

        events = send("GET /_emulator/events HTTP/1.1").makefile()
        next(line for line in events if "connected" in line)
        send("POST /v1/rerank HTTP/1.1\r\nAuthorization: Bearer k")
        next(line for line in events if "event: request" in line)
        server.send_signal(signal.SIGINT)
        _, errors = server.communicate(timeout=30)
    assert not re.search("ERROR|Traceback", errors), errors


def test_port_in_use_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert main(["emulator", "--port", str(port)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    reason = os.strerror(errno.EADDRINUSE)
    expected = f"Cannot listen on 127.0.0.1:{port}: {reason}. Pass another --host or"
    assert expected in captured.err


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (["--host", "no.such.host.invalid"], 1, "Cannot listen on no.such.host.invalid:8400: "),
        (["--script", "missing.yaml"], 1, "missing.yaml: No such file or directory."),
        (["--gguf", "missing.gguf"], 1, "The model file missing.gguf does not exist."),
        (["--engine", "localhost"], 2, "must be an http or https URL, got 'localhost'"),
        (["--replay", "missing"], 2, "The directory missing contains no recordings"),
        (["--upstream", "http://localhost"], 2, "--upstream needs --record."),
        (["--burst", "5"], 2, "burst needs requests_per_second"),
    ],
)
def test_options_that_cannot_be_used_are_errors(
    arguments: list[str], code: int, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["emulator", *arguments]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("ionos-model-hub emulator: ")
    assert reason in captured.err


def test_choices_are_those_of_the_emulator() -> None:
    assert LATENCIES == LATENCY_NAMES
    assert get_args(ProfileName) == PROFILES


@pytest.mark.parametrize("port", ["99999", "-1", "http"])
def test_invalid_port_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main(["emulator", f"--port={port}"])
    assert exit_info.value.code == 2
    assert "must be between 0 and 65,535" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--host", "--control-token"])
def test_empty_host_or_token_is_refused(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main(["emulator", option, ""])
    assert exit_info.value.code == 2
    assert "must not be empty" in capsys.readouterr().err
