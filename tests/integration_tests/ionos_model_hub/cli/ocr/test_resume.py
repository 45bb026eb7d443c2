"""No page is read twice: after signals, failures, and if nothing changed."""

import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
from integration_tests.ionos_model_hub.cli.commands import Run, start_process
from pages_of_requests import has_text, requested_pages

from ionos_model_hub.emulator import Emulator, Reply

from .conftest import SETTINGS, TEXTS, assert_complete, read_pages, texts_in, write_scan


def test_unchanged_documents_are_not_read(
    run: Run, scan: Path, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    assert run(scan, *SETTINGS).returncode == 0
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "text").iterdir()}
    ionos_emulator.reset()
    result = run(scan, *SETTINGS)
    assert result.stdout.startswith("0 read, 8 unchanged, 0 rejected.")
    assert not ionos_emulator.requests
    assert {path: path.stat().st_mtime_ns for path in before} == before


@pytest.mark.parametrize("change", ["document", "max_side"])
def test_changes_replace_the_pages(
    change: str, run: Run, scan: Path, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    assert run(scan, *SETTINGS).returncode == 0
    ionos_emulator.reset()
    changed, extra = TEXTS, ("--max-side", 1000)
    if change == "document":
        changed, extra = ["Neu", TEXTS[1]], ()
        write_scan(scan, changed)
    assert run(scan, *SETTINGS, *extra).returncode == 0
    assert sorted(requested_pages(ionos_emulator)) == sorted(changed)
    assert texts_in(tmp_path / "text/a.tif.jsonl") == changed


def test_blank_pages_and_deleted_files(run: Run, tmp_path: Path, ionos_emulator: Emulator) -> None:
    """Blank pages of a finished document are known, although only the Markdown file has them."""
    scan = write_scan(tmp_path / "a.tif", ["Eins", "", "Drei"])
    ionos_emulator.script(Reply(error="bad_request", when=has_text("Drei")))
    assert run(scan, *SETTINGS).returncode == 1
    ionos_emulator.reset()
    assert run(scan, *SETTINGS).returncode == 0
    assert requested_pages(ionos_emulator) == ["Drei"]
    (tmp_path / "text/a.tif.jsonl").unlink()
    ionos_emulator.reset()
    assert run(scan, *SETTINGS).returncode == 0
    assert sorted(requested_pages(ionos_emulator)) == ["Drei", "Eins"]
    assert texts_in(tmp_path / "text/a.tif.jsonl") == ["Eins", "Drei"]


def test_incomplete_line_is_replaced(
    run: Run, scan: Path, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    """A power failure can leave the start of a line."""
    assert run(scan, *SETTINGS).returncode == 0
    (tmp_path / "text/a.tif.md").unlink()
    path = tmp_path / "text/a.tif.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    ionos_emulator.reset()
    assert run(scan, *SETTINGS).returncode == 0
    assert requested_pages(ionos_emulator) == TEXTS[-1:]
    assert_complete(tmp_path)


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow)],
)
def test_signals_store_received_pages(
    number: signal.Signals,
    code: int,
    run: Run,
    scan: Path,
    tmp_path: Path,
    first_hub: Emulator,
    ionos_emulator: Emulator,
) -> None:
    """The first page has no response, so that the pages after it wait to be returned."""
    first_hub.script(Reply(text="late", delay=100, when=has_text(TEXTS[0])))
    path = tmp_path / "text/a.tif.jsonl"
    with start_process(first_hub, tmp_path, "ocr", scan, *SETTINGS) as child:
        while len(read_pages(path)) < 3:
            assert child.poll() is None, child.communicate()
            time.sleep(0.001)
        os.kill(child.pid, number)
        _, errors = child.communicate(timeout=60)
    assert child.returncode == code
    assert "Run the same command again to continue." in errors
    stored = texts_in(path)
    assert run(scan, *SETTINGS).returncode == 0
    assert_complete(tmp_path)
    assert Counter(requested_pages(ionos_emulator)) == Counter(set(TEXTS) - set(stored))


def test_failure_of_the_hub_keeps_pages(
    run: Run, scan: Path, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    ionos_emulator.script(Reply(error="unauthorised", when=has_text(TEXTS[5]), times=None))
    result = run(scan, *SETTINGS)
    assert result.returncode == 1
    assert "pages of this run are stored in text. Run the same command again" in result.stderr
    stored = texts_in(tmp_path / "text/a.tif.jsonl")
    assert stored
    ionos_emulator.reset()
    assert run(scan, *SETTINGS).returncode == 0
    assert set(requested_pages(ionos_emulator)) == set(TEXTS) - set(stored)
    assert_complete(tmp_path)


def test_second_process_is_refused(
    run: Run, scan: Path, tmp_path: Path, first_hub: Emulator
) -> None:
    first_hub.script(Reply(text="late", delay=100, times=None))
    with start_process(first_hub, tmp_path, "ocr", scan, *SETTINGS) as child:
        while not first_hub.requests:
            assert child.poll() is None, child.communicate()
            time.sleep(0.001)
        result = run(scan, *SETTINGS)
        child.kill()
    assert result.returncode == 2
    assert "Another process is writing to text." in result.stderr


def test_output_may_contain_other_files(run: Run, scan: Path, tmp_path: Path) -> None:
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "README.md").write_text("# Scans")
    assert run(scan, *SETTINGS).returncode == 0
    assert (tmp_path / "text" / "README.md").read_text() == "# Scans"
