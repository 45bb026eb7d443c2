"""`--dry-run` counts and estimates, and neither sends nor writes anything."""

from pathlib import Path

import pytest
from integration_tests.ionos_model_hub.cli.commands import Run

from ionos_model_hub.cli import main
from ionos_model_hub.emulator import Emulator

from .conftest import MODEL, Output, texts, write_jsonl


def test_counts_and_estimates(
    output: Output, run: Run, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(90))
    assert run(path, "--to", output.to).returncode == 0
    write_jsonl(path, texts(300, frozenset({1})))
    ionos_emulator.reset()
    before = output.read()
    result = run(path, "--to", output.to, "--dry-run", "--batch-size", 10, "--price", 50)
    assert result.returncode == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "211 to embed, 89 unchanged, 0 rejected."
    assert lines[1].startswith("About 1,")
    assert lines[1].endswith(" tokens. Requests: 22, in at least 0:00:04 at 5 per second.")
    assert lines[2].endswith(" EUR at 50 EUR per million tokens.")
    assert lines[-1] == "Dry run: nothing was sent or written."
    assert ionos_emulator.requests == []
    assert output.read() == before


def test_nothing_is_created_and_no_key_is_needed(
    output: Output,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    path = write_jsonl(tmp_path / "rows.jsonl", texts(5) | {"long": "word " * 200})
    path.write_text(path.read_text() + "\nbroken\n")
    arguments = ("--to", output.to, "--model", MODEL, "--dry-run", "--requests-per-second", "0.5")
    code = main(["embed", str(path), *arguments])
    captured = capsys.readouterr()
    assert code == 1
    assert "6 to embed, 0 unchanged, 1 rejected." in captured.out
    assert "Requests: 2, in at least 0:00:04 at 0.5 per second." in captured.out
    assert f"1 may be too long for {MODEL}; see --too-long." in captured.out
    assert "rows.jsonl, line 7: not valid JSON" in captured.err
    assert not output.exists()
    assert [each.name for each in tmp_path.iterdir()] == ["rows.jsonl"]


def test_listed_price(run: Run, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(100))
    result = run(path, "--to", "o.parquet", "--dry-run", "--model", "BAAI/bge-m3")
    assert " EUR without VAT (price list of " in result.stdout
    result = run(path, "--to", "o.parquet", "--dry-run", "--model", "my/own")
    assert "EUR" not in result.stdout
