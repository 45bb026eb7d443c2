"""Texts that the hub refuses cost no other text."""

from datetime import date
from pathlib import Path

import pytest

from ionos_model_hub.emulator import Emulator, Reply
from ionos_model_hub.emulator.endpoints.embeddings import create_embeddings

from .conftest import MODEL, Output, Run, asked, assert_holds, texts, write_jsonl

HELLO = ["Hello"]


def answered(texts: list[str]) -> Reply:
    body = {"model": MODEL, "input": texts, "encoding_format": "float"}
    return Reply(json=create_embeddings(body, 0, date(2026, 1, 1)))


@pytest.mark.parametrize("status", [400, 413, 422, 500])
def test_a_refused_text_is_found_by_halving(
    status: int, output: Output, run: Run, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    rows = texts(8)
    all_ = list(rows.values())
    path = write_jsonl(tmp_path / "rows.jsonl", rows)
    error = {"error": {"message": "I dislike it"}}
    refused = Reply(status=status, json=error, headers={"x-should-retry": "false"})
    ionos_emulator.script(
        *(refused, answered(HELLO), answered(all_[:4]), refused),
        *(answered(all_[4:6]), refused, refused, answered(all_[7:])),
    )
    shown = run(path, "--to", output.to, "--batch-size", 8)
    assert shown.returncode == 1, shown.stderr
    assert "7 embedded, 0 unchanged, 1 rejected" in shown.stdout
    assert "rows.jsonl, line 7: refused: I dislike it" in shown.stderr
    assert_holds(output.read(), {id_: text for id_, text in rows.items() if id_ != "id6"})
    ionos_emulator.reset()
    assert run(path, "--to", output.to).returncode == 0
    assert asked(ionos_emulator) == [rows["id6"]]
    assert_holds(output.read(), rows)


def test_texts_that_are_longer_than_estimated_are_found_too(
    output: Output, run: Run, tmp_path: Path
) -> None:
    # Line ends are tokens for the emulator, and none in the estimate.
    rows = texts(150)
    long = {"long": "\n".join("a" * 100), "longer": "\n".join("b" * 110)}
    shuffled = dict(sorted((rows | long).items(), key=lambda row: row[1]))
    path = write_jsonl(tmp_path / "rows.jsonl", shuffled)
    shown = run(path, "--to", output.to)
    assert shown.returncode == 1
    assert "150 embedded, 0 unchanged, 2 rejected" in shown.stdout
    assert_holds(output.read(), rows)


def test_a_hub_that_refuses_everything_gets_two_requests_a_batch(
    run: Run, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(30))
    shown = run(path, "--to", "out.parquet", "--model", "openai/gpt-oss-120b")
    assert shown.returncode == 1
    assert "is no embedding model" in shown.stderr
    assert "0 embedded, 0 unchanged, 0 rejected" in shown.stdout
    assert len(asked(ionos_emulator)) == 31
