"""Commands with standard streams that are pipes, closed, full, or in another encoding."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ionos_model_hub.emulator import Emulator

PROGRAM = f"{sys.executable} -m ionos_model_hub.cli"
NEEDS_DEV_FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")


def shell(
    command: str, emulator: Emulator, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run a command line in a shell, without a terminal."""
    return subprocess.run(
        ["/bin/sh", "-c", f"{PROGRAM} {command}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=100,
        env={
            **os.environ,
            "IONOS_API_KEY": "k",
            "IONOS_BASE_URL": emulator.base_url,
            "PYTHONUNBUFFERED": "",  # as for most users: unbuffered output hides faults
            **environment,
        },
    )


@pytest.mark.parametrize("command", ["models", "chat Hallo"])
def test_output_can_be_piped_to_head(command: str, ionos_emulator: Emulator) -> None:
    assert shell(f"{command} | head -n 0", ionos_emulator).stderr == b""


@NEEDS_DEV_FULL
@pytest.mark.parametrize("command", ["doctor", "emulator --port 0"])
def test_full_disk_is_an_error_of_one_line(command: str, ionos_emulator: Emulator) -> None:
    result = shell(f"{command} > /dev/full", ionos_emulator)
    name = command.partition(" ")[0]
    message = f"ionos-model-hub {name}: No space left on the disk. Free some space.\n"
    assert (result.returncode, result.stderr.decode()) == (1, message)


def test_log_of_both_streams_is_in_order(ionos_emulator: Emulator, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A")
    command = f"embed {tmp_path}/a.txt --to {tmp_path}/o.parquet --model unknown 2>&1"
    counts, *_, last = shell(command, ionos_emulator).stdout.decode().splitlines()
    assert counts == "0 embedded, 0 unchanged, 0 rejected."
    assert last.endswith("Run the same command again to continue.")


@pytest.mark.parametrize("closed", ["<&-", "<&- >&- 2>&-"])
def test_streams_can_be_closed(closed: str, ionos_emulator: Emulator) -> None:
    result = shell(f"chat Say exactly: Hallo {closed}", ionos_emulator)
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout in (b"Hallo\n", b"")


def test_characters_that_the_encoding_lacks_are_replaced(ionos_emulator: Emulator) -> None:
    command = "chat 'Say exactly: Größe 5 €'"
    result = shell(command, ionos_emulator, PYTHONIOENCODING="latin-1")
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout.decode("latin-1") == "Größe 5 ?\n"


def test_json_is_ascii_unless_the_encoding_is_utf_8(ionos_emulator: Emulator) -> None:
    command = "chat --json 'Say exactly: Größe 5 €'"
    result = shell(command, ionos_emulator, PYTHONIOENCODING="latin-1")
    assert json.loads(result.stdout.decode("ascii"))["text"] == "Größe 5 €"
    result = shell(command, ionos_emulator, PYTHONIOENCODING="utf-8")
    assert "Größe 5 €" in result.stdout.decode()
