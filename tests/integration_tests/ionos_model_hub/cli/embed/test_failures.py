"""Failures of the hub, the disk and the temporary index."""

import random
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from string import ascii_lowercase

import pytest
from integration_tests.ionos_model_hub.cli.commands import Run

from ionos_model_hub.cli.embed.resume_index import ResumeIndex
from ionos_model_hub.emulator import Emulator, Reply

from .conftest import Output, assert_contains, committed_texts, requested, texts, write_jsonl


def test_429_and_503_are_retried(
    output: Output, run: Run, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    rows = texts(40)
    path = write_jsonl(tmp_path / "rows.jsonl", rows)
    error = {"error": {"message": "Rate limit exceeded", "type": "requests"}}
    ionos_emulator.script(
        Reply(status=429, json=error, headers={"Retry-After": "0"}),
        Reply(status=503, json={}),
        Reply(status=429, json=error, headers={"Retry-After": "0"}),
    )
    result = run(path, "--to", output.to, "--batch-size", 10)
    assert result.returncode == 0, result.stderr
    assert_contains(output.read(), rows)


def test_hub_failure_ends_the_run_and_received_vectors_are_kept(
    output: Output, run: Run, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    rows = texts(40)
    path = write_jsonl(tmp_path / "rows.jsonl", rows).relative_to(tmp_path)
    run(write_jsonl(tmp_path / "first.jsonl", texts(10)), "--to", output.to)
    ionos_emulator.script(*[Reply(status=402, json={"error": {"message": "Pay first"}})] * 50)
    result = run(path, "--to", output.to, "--batch-size", 10, "--concurrency", 1)
    assert result.returncode == 1
    assert "Pay first" in result.stderr
    assert "The request was for rows.jsonl, lines 11 to 20.\n" in result.stderr
    assert "0 rejected" in result.stdout
    assert "No vectors of this run were committed." in result.stderr
    ionos_emulator.reset()
    assert run(path, "--to", output.to, "--batch-size", 10).returncode == 0
    assert len(requested(ionos_emulator)) == 30
    assert_contains(output.read(), rows)


def random_texts(count: int) -> dict[str, str]:
    """Return texts that Parquet cannot compress much."""
    pick = random.Random(0)
    return {
        f"id{number}": " ".join("".join(pick.choices(ascii_lowercase, k=4)) for _ in range(40))
        for number in range(count)
    }


def mount(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["mount", *arguments], capture_output=True, text=True)  # noqa: S607


def enlarge(disk: Path) -> None:
    mount("-o", "remount,size=32m", str(disk)).check_returncode()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if shutil.which("mount") is None:
        pytest.skip("a full disk cannot be simulated: there is no mount command")
    mounted = mount("-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder))
    if mounted.returncode:
        pytest.skip(f"a full disk cannot be simulated: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)  # noqa: S607


@pytest.mark.parametrize("name", ["out.parquet", "out"])
def test_full_disk_while_parts_are_written(
    name: str, run: Run, tmp_path: Path, small_disk: Path, ionos_emulator: Emulator
) -> None:
    rows = random_texts(1000)
    path = write_jsonl(tmp_path / "rows.jsonl", rows)
    target = small_disk / name
    arguments = (path, "--to", target, "--commit-every", 64)
    result = run(*arguments)
    assert result.returncode == 1
    assert "No space left on the disk" in result.stderr
    assert "Free some space." in result.stderr
    assert "Traceback" not in result.stderr
    committed = committed_texts(str(target))
    assert 64 <= len(committed) < 1000
    assert f"{len(committed)} vectors of this run are committed in {target}" in result.stderr
    assert not list(small_disk.rglob(".ionos*"))
    ionos_emulator.reset()
    enlarge(small_disk)
    assert run(*arguments).returncode == 0
    assert_contains(Output(str(target)).read(), rows)
    assert set(requested(ionos_emulator)) == set(rows.values()) - committed


def test_full_disk_while_parts_are_merged(
    run: Run, tmp_path: Path, small_disk: Path, ionos_emulator: Emulator
) -> None:
    rows = random_texts(400)
    path = write_jsonl(tmp_path / "rows.jsonl", rows)
    target = small_disk / "out.parquet"
    result = run(path, "--to", target)
    assert result.returncode == 1
    assert "No space left on the disk" in result.stderr
    assert f"400 vectors of this run are committed in {target}.parts." in result.stderr
    ionos_emulator.reset()
    enlarge(small_disk)
    assert "0 embedded, 400 unchanged" in run(path, "--to", target).stdout
    assert_contains(Output(str(target)).read(), rows)
    assert requested(ionos_emulator) == []


def test_full_disk_while_rejects_are_written(run: Run, tmp_path: Path, small_disk: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": "a", "text": "A"}\n' + '{"broken": "' + "x" * 500 + '"}\n' * 20_000)
    rejects = small_disk / "rejects.jsonl"
    result = run(path, "--to", "out.parquet", "--rejects", rejects)
    assert result.returncode == 1
    assert "No space left on the disk" in result.stderr
    assert "Traceback" not in result.stderr
    enlarge(small_disk)
    path.write_text('{"id": "a", "text": "A"}\n')
    assert run(path, "--to", "out.parquet", "--rejects", rejects).returncode == 0
    assert not rejects.exists()


def test_full_disk_of_the_temporary_index(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bool:
        raise sqlite3.OperationalError("database or disk is full")

    path = write_jsonl(tmp_path / "rows.jsonl", texts(2))
    monkeypatch.setattr(ResumeIndex, "add_row", fail)
    result = run(path, "--to", "out.parquet")
    assert result.returncode == 1
    assert "The temporary index failed: database or disk is full. Check" in result.stderr
    assert "No vectors of this run were committed." in result.stderr
