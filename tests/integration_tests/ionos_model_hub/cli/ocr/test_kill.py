"""Runs that are killed at defined points lose no stored page and read none of them again."""

import signal
from collections import Counter
from pathlib import Path

import pytest
from integration_tests.ionos_model_hub.cli.commands import Run, kill_at_call, start_process
from pages_of_requests import requested_pages

from ionos_model_hub.emulator import Emulator

from .conftest import SETTINGS, TEXTS, assert_complete, texts_in

OUTPUT = "ionos_model_hub.cli.ocr.output"
KILL_POINTS = [
    ("os", "fsync", "before", 5),
    (f"{OUTPUT}:PageFile", "finish", "after", 1),
]
FURTHER_KILL_POINTS = [
    ("os", "fsync", "before", 1),
    ("os", "fsync", "after", 1),
    ("pathlib:Path", "replace", "before", 1),
    ("os", "fsync", "after", 5),
    ("pathlib:Path", "replace", "after", 1),
    ("pathlib:Path", "replace", "before", 2),
    ("ionos_model_hub.cli.ocr.page_file", "write_all", "before", 5),
    (f"{OUTPUT}:PageFile", "finish", "before", 1),
    (f"{OUTPUT}:DocumentOutput", "finish", "after", 1),
]


@pytest.mark.parametrize(
    "point",
    [*KILL_POINTS, *(pytest.param(point, marks=pytest.mark.slow) for point in FURTHER_KILL_POINTS)],
)
def test_killed_run_is_resumed(
    point: tuple[str, str, str, int],
    run: Run,
    scan: Path,
    tmp_path: Path,
    first_hub: Emulator,
    ionos_emulator: Emulator,
) -> None:
    arguments = ("ocr", scan, *SETTINGS)
    child = start_process(first_hub, tmp_path, *arguments, python=kill_at_call(*point))
    child.communicate(timeout=100)
    assert child.returncode == -signal.SIGKILL
    stored = set(texts_in(tmp_path / "text/a.tif.jsonl"))
    result = run(scan, *SETTINGS)
    assert result.returncode == 0, result.stderr
    assert_complete(tmp_path)
    assert Counter(requested_pages(ionos_emulator)) == Counter(set(TEXTS) - stored)
