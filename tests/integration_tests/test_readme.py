"""Every Python block of the README runs as printed, on the emulator."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ionos_model_hub.emulator import Emulator

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=[f"block{n}" for n in range(len(BLOCKS))])
def test_block_runs(block: str, ionos_emulator_env: Emulator) -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", block],
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip()
    assert "Warning" not in ran.stderr


def test_the_two_commands_are_there() -> None:
    commands = re.findall(r"```sh\n(.*?)\n```", README)
    assert len([each for each in commands if each.endswith("ionos-model-hub demo")]) == 1
    assert len([each for each in commands if each.endswith("pytest")]) == 1
