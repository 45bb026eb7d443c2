"""The commands of `containers/compose.yaml` as processes of this machine."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

CONTAINERS = Path(__file__).parents[3] / "containers"
COMPOSE = (CONTAINERS / "compose.yaml").read_text("utf-8")
SERVICES: dict[str, Any] = yaml.safe_load(COMPOSE)["services"]
# Resolves the host name of the service, as the network of the containers does.
RESOLVER = """
import socket
resolve = socket.getaddrinfo
def getaddrinfo(host, *arguments, **options):
    address = "127.0.0.1" if host in ("emulator", b"emulator") else host
    return resolve(address, *arguments, **options)
socket.getaddrinfo = getaddrinfo
"""
_PROGRAMS = {
    "python": [sys.executable],
    "ionos-model-hub": [sys.executable, "-m", "ionos_model_hub.cli"],
    "/opt/application.py": [str(CONTAINERS / "application.py")],
}


def local_command(command: list[str], port: int) -> list[str]:
    """Return the command of a container for this machine.

    Args:
        command: The command.
        port: Port that replaces 8400.
    """
    parts = [part for name in command for part in _PROGRAMS.get(name, [name])]
    parts = [part.replace("0.0.0.0", "127.0.0.1").replace("8400", str(port)) for part in parts]  # noqa: S104
    return [*parts, f"--port={port}"] if "emulator" in parts else parts


@dataclass(frozen=True)
class RunningEmulator:
    """The emulator of the compose file.

    Attributes:
        port: Port that it listens on, instead of 8400.
    """

    port: int


@pytest.fixture
def running_emulator() -> Iterator[RunningEmulator]:
    command = local_command(SERVICES["emulator"]["command"], 0)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        output = "".join(process.stdout.readline() for _ in range(3))
        port = re.search(r"http://127\.0\.0\.1:(\d+)/v1", output)
        assert port, output
        yield RunningEmulator(int(port[1]))
        process.terminate()


@pytest.fixture
def application_environment(running_emulator: RunningEmulator, tmp_path: Path) -> dict[str, str]:
    """The environment of the application, whose host names are resolved like in its network."""
    (tmp_path / "sitecustomize.py").write_text(RESOLVER, "utf-8")
    environment: dict[str, str] = SERVICES["application"]["environment"]
    url = environment["IONOS_BASE_URL"].replace("8400", str(running_emulator.port))
    path = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path)}
    return {**environment, **path, "IONOS_BASE_URL": url}
