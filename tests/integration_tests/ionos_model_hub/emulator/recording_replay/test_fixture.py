"""The fixture `ionos_recording` records a test once and replays it without the hub."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ionos_model_hub.emulator import Emulator

TEST = """
import pytest

from ionos_model_hub import Client

QUESTION = [{"role": "user", "content": "Say exactly: Hallo"}]


def test_greeting(ionos_recording):
    with Client(max_retries=0) as client:
        assert client.chat(QUESTION).text == "Hallo"


class TestOther:
    @pytest.mark.parametrize("name", ["a b", "a/b"])
    def test_greeting(self, ionos_recording, name):
        test_greeting(ionos_recording)
"""


def run_pytest(folder: Path, *arguments: str, url: str, key: str) -> str:
    """Run the test in a process of its own; return the output."""
    variables = {"IONOS_BASE_URL": url, "IONOS_API_KEY": key, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    plugins = ("-p", "no:cacheprovider", "-p", "ionos_model_hub.emulator.pytest_plugin")
    command = [sys.executable, "-m", "pytest", "-q", *plugins, *arguments]
    environment = {**os.environ, **variables}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    ).stdout


@pytest.mark.slow
def test_recorded_once_and_replayed(ionos_emulator: Emulator, tmp_path: Path) -> None:
    (tmp_path / "test_hub.py").write_text(TEST)
    url, key = ionos_emulator.base_url, "a-real-looking-key"
    output = run_pytest(tmp_path, url=url, key=key)
    assert "This request was not recorded" in output
    assert "(pytest --ionos-record=new_episodes)" in output
    assert ionos_emulator.requests == []
    assert "3 passed" in run_pytest(tmp_path, "--ionos-record=once", url=url, key=key)
    assert len(ionos_emulator.requests) == 3
    folder = tmp_path / "recordings" / "test_hub"
    recordings = list((folder / "test_greeting").iterdir())
    assert [path.name[:4] for path in recordings] == ["0001"]
    assert key not in recordings[0].read_text()
    assert len(list(folder.glob("TestOther.test_greeting-a-b-*"))) == 2
    assert "3 passed" in run_pytest(tmp_path, url="http://127.0.0.1:9/v1", key="other")
