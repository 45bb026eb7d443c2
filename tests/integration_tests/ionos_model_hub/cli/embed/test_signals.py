"""Ctrl-C, SIGTERM and SIGHUP commit the received vectors."""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from integration_tests.ionos_model_hub.cli.commands import Run, environment

from ionos_model_hub.emulator import Emulator

from .conftest import (
    SMALL_BATCHES,
    Output,
    assert_contains,
    committed_texts,
    requested,
    start,
    texts,
    wait_for_requests,
    write_jsonl,
)


@pytest.mark.parametrize(
    ("number", "code", "reason"),
    [
        pytest.param(signal.SIGINT, 130, "interrupted", marks=pytest.mark.slow),
        (signal.SIGTERM, 143, "terminated by signal 15"),
        pytest.param(signal.SIGHUP, 129, "terminated by signal 1", marks=pytest.mark.slow),
    ],
)
def test_signals_commit_received_vectors(
    number: signal.Signals,
    code: int,
    reason: str,
    output: Output,
    run: Run,
    tmp_path: Path,
    first_hub: Emulator,
    ionos_emulator: Emulator,
) -> None:
    rows = texts(250)
    path = write_jsonl(tmp_path / "rows.jsonl", rows)
    # With so large a commit, nothing is committed before the signal.
    arguments = (path, "--to", output.to, "--batch-size", 5, "--concurrency", 2)
    child = start(first_hub, tmp_path, *arguments)
    wait_for_requests(first_hub, 10, child)
    child.send_signal(number)
    out, err = child.communicate(timeout=60)
    assert child.returncode == code, err
    assert f"embed: {reason}\n" in err
    assert "Traceback" not in err
    committed = committed_texts(output.to)
    assert len(committed) >= 30
    assert f"{len(committed)} vectors of this run are committed in " in err
    assert "Run the same command again to continue." in err
    assert f"{len(committed)} embedded, 0 unchanged" in out
    assert run(*arguments).returncode == 0
    assert_contains(output.read(), rows)
    assert Counter(requested(ionos_emulator)) == Counter(set(rows.values()) - committed)


def test_signal_while_parts_are_merged(
    run: Run, tmp_path: Path, first_hub: Emulator, ionos_emulator: Emulator
) -> None:
    program = """
import os, signal, sys
from ionos_model_hub.cli import main
from ionos_model_hub.cli.embed.sinks import parquet

def terminate(*arguments):
    os.kill(os.getpid(), signal.SIGTERM)
    raise AssertionError("the signal did not interrupt the merge")

parquet.ParquetSink._merge = terminate
sys.exit(main())
"""
    rows = texts(20)
    path = write_jsonl(tmp_path / "rows.jsonl", rows)
    arguments = (path, "--to", "out.parquet", *SMALL_BATCHES)
    child = start(first_hub, tmp_path, *arguments, python=("-c", program))
    _, err = child.communicate(timeout=60)
    assert child.returncode == 143, err
    assert "20 vectors of this run are committed in out.parquet.parts." in err
    result = run(*arguments)
    assert "0 embedded, 20 unchanged" in result.stdout
    assert_contains(Output("out.parquet").read(), rows)
    assert requested(ionos_emulator) == []


def test_ignored_hangup_stays_ignored(tmp_path: Path, ionos_emulator: Emulator) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(250))
    command = [sys.executable, "-m", "ionos_model_hub.cli", "embed", str(path)]
    child = subprocess.Popen(
        ["nohup", *command, "--to", "out.parquet", *map(str, SMALL_BATCHES)],  # noqa: S607
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environment(ionos_emulator),
    )
    wait_for_requests(ionos_emulator, 3, child)
    os.kill(child.pid, signal.SIGHUP)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 0, err
    assert "250 embedded" in out
