"""`ionos-model-hub emulator` as a process."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ionos_model_hub.cli import main


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


def test_interrupt_ends_the_server() -> None:
    with running("--port", "0", "--api-key", "mine") as (url, server):
        assert get_models(url, "mine") == 200
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=30) in (0, 130)


def test_port_in_use_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert main(["emulator", "--port", str(port)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    expected = f"cannot listen on 127.0.0.1:{port}: {os.strerror(98)}. Pass another --host or"
    assert expected in captured.err


@pytest.mark.parametrize("port", ["99999", "-1", "http"])
def test_invalid_port_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main(["emulator", f"--port={port}"])
    assert exit_info.value.code == 2
    assert "must be between 0 and 65,535" in capsys.readouterr().err
