"""Two processes on one output."""

from pathlib import Path

import pytest
from integration_tests.ionos_model_hub.cli.commands import Run

from ionos_model_hub.cli.embed.sinks import pgvector
from ionos_model_hub.emulator import Emulator

from .conftest import (
    SMALL_BATCHES,
    Output,
    assert_contains,
    start,
    texts,
    wait_for_requests,
    write_jsonl,
)


@pytest.fixture(autouse=True)
def short_lock_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pgvector, "_LOCK_TIMEOUT_MS", 50)


def test_second_process_on_an_output_is_refused(
    output: Output, run: Run, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    rows = texts(10)
    path = write_jsonl(tmp_path / "rows.jsonl", rows)
    arguments = ("--to", output.to, *SMALL_BATCHES)
    with start(ionos_emulator, tmp_path, "-", *arguments) as child:
        assert child.stdin is not None
        child.stdin.write(path.read_text() + "\n")
        child.stdin.flush()
        wait_for_requests(ionos_emulator, 1, child)  # it has the lock and waits for more input
        other_rejects = ("--rejects", tmp_path / "others.jsonl")
        result = run(path, *arguments, *other_rejects)
        assert result.returncode == 2
        assert "Another process is writing to " in result.stderr
        out, err = child.communicate('{"id": "last", "text": "Last."}\n', timeout=60)
    assert child.returncode == 0, err
    assert "11 embedded" in out
    assert_contains(output.read(), rows | {"last": "Last."})
    assert "0 embedded, 10 unchanged" in run(path, *arguments).stdout


def test_second_process_on_the_same_rejects_is_refused(
    run: Run, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(2))
    rejects = tmp_path / "rejects.jsonl"
    arguments = ("-", "--to", "first.parquet", "--rejects", rejects)
    with start(ionos_emulator, tmp_path, *arguments) as child:
        assert child.stdin is not None
        child.stdin.write("broken\n")
        child.stdin.flush()
        while not rejects.exists():
            assert child.poll() is None
        result = run(path, "--to", "second.parquet", "--rejects", rejects)
        assert result.returncode == 2
        assert f"Another process is writing to {rejects}." in result.stderr
        child.communicate(timeout=60)
    assert child.returncode == 1
    assert rejects.read_text().count("\n") == 1


@pytest.mark.slow
def test_processes_that_start_together(output: Output, tmp_path: Path) -> None:
    """Exactly one of them writes, or one after the other."""
    rows = texts(40)
    path = write_jsonl(tmp_path / "rows.jsonl", rows)
    with Emulator() as hub:
        children = [
            start(hub, tmp_path, path, "--to", output.to, "--rejects", f"r{number}", *SMALL_BATCHES)
            for number in range(3)
        ]
        errors = [child.communicate(timeout=100)[1] for child in children]
    assert {child.returncode for child in children} <= {0, 2}, errors
    assert any(child.returncode == 0 for child in children), errors
    for child, error in zip(children, errors, strict=True):
        assert child.returncode == 0 or "Another process is writing to " in error
    assert_contains(output.read(), rows)
