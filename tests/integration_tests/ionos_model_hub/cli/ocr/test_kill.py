"""Runs that are killed at defined points lose no stored page and read none of them again."""

import signal
from collections import Counter
from pathlib import Path

import pytest
from pages_of_requests import requested_pages

from ionos_model_hub.emulator import Emulator

from .conftest import SETTINGS, TEXTS, Run, assert_complete, start, texts_in

KILL_AT_CALL = """
import os, pathlib, signal, sys
from importlib import import_module
from ionos_model_hub.cli import main

owner, attribute, nth, when = {owner}, {attribute!r}, {nth}, {when!r}
real = getattr(owner, attribute)
calls = 0

def call_and_kill(*arguments, **options):
    global calls
    calls += 1
    if calls == nth and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    result = real(*arguments, **options)
    if calls == nth:
        os.kill(os.getpid(), signal.SIGKILL)
    return result

setattr(owner, attribute, call_and_kill)
sys.exit(main())
"""


OUTPUT = "import_module('ionos_model_hub.cli.ocr.output')"
KILL_POINTS = [
    ("os", "fsync", 5, "before"),
    (f"{OUTPUT}.PageFile", "finish", 1, "after"),
]
FURTHER_KILL_POINTS = [
    ("os", "fsync", 1, "before"),
    ("os", "fsync", 1, "after"),
    ("pathlib.Path", "replace", 1, "before"),
    ("os", "fsync", 5, "after"),
    ("pathlib.Path", "replace", 1, "after"),
    ("pathlib.Path", "replace", 2, "before"),
    ("import_module('ionos_model_hub.cli.ocr.page_file')", "write_all", 5, "before"),
    (f"{OUTPUT}.PageFile", "finish", 1, "before"),
    (f"{OUTPUT}.DocumentOutput", "finish", 1, "after"),
]


@pytest.mark.parametrize(
    "point",
    [*KILL_POINTS, *(pytest.param(point, marks=pytest.mark.slow) for point in FURTHER_KILL_POINTS)],
)
def test_killed_run_is_resumed(
    point: tuple[str, str, int, str],
    run: Run,
    scan: Path,
    tmp_path: Path,
    first_hub: Emulator,
    ionos_emulator: Emulator,
) -> None:
    owner, attribute, nth, when = point
    program = KILL_AT_CALL.format(owner=owner, attribute=attribute, nth=nth, when=when)
    child = start(first_hub, tmp_path, scan, *SETTINGS, python=("-c", program))
    child.communicate(timeout=100)
    assert child.returncode == -signal.SIGKILL
    stored = set(texts_in(tmp_path / "text/a.tif.jsonl"))
    result = run(scan, *SETTINGS)
    assert result.returncode == 0, result.stderr
    assert_complete(tmp_path)
    assert Counter(requested_pages(ionos_emulator)) == Counter(set(TEXTS) - stored)
