"""Texts that are not embedded are identified and do not affect other texts."""

import json
from datetime import date
from pathlib import Path

import pytest
from integration_tests.ionos_model_hub.cli.commands import Run

from ionos_model_hub.emulator import Emulator, Reply
from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.endpoints.embeddings import create_embeddings

from .conftest import MODEL, Output, assert_contains, requested, texts, write_jsonl

HARMLESS = ["Hello"]


def vectors_of(texts: list[str]) -> Reply:
    body = {"model": MODEL, "input": texts, "encoding_format": "float"}
    return Reply(json=create_embeddings(body, ServerConfig(today=date(2026, 1, 1))))


def rejection(status: int) -> Reply:
    error = {"error": {"message": "I dislike it"}}
    return Reply(status=status, json=error, headers={"x-should-retry": "false"})


@pytest.mark.parametrize("status", [400, 413, 422, 500])
def test_rejected_text_is_found_by_halving(
    status: int, output: Output, run: Run, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    rows = texts(8)
    all_ = list(rows.values())
    path = write_jsonl(tmp_path / "rows.jsonl", rows)
    rejected = rejection(status)
    ionos_emulator.script(
        *(rejected, vectors_of(HARMLESS), vectors_of(all_[:4]), rejected),
        *(vectors_of(all_[4:6]), rejected, rejected, vectors_of(all_[7:])),
    )
    result = run(path, "--to", output.to, "--batch-size", 8)
    assert result.returncode == 1, result.stderr
    assert "7 embedded, 0 unchanged, 1 rejected" in result.stdout
    assert "rows.jsonl, line 7: rejected: I dislike it" in result.stderr
    assert_contains(output.read(), {id_: text for id_, text in rows.items() if id_ != "id6"})
    ionos_emulator.reset()
    assert run(path, "--to", output.to).returncode == 0
    assert requested(ionos_emulator) == [rows["id6"]]
    assert_contains(output.read(), rows)


def test_rejected_part_of_a_split_text_is_identified(
    run: Run, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    long = " ".join(f"Sentence number {number}." for number in range(60))
    path = write_jsonl(tmp_path / "rows.jsonl", {"long": long})
    arguments = (path, "--to", "out.parquet", "--too-long", "split")
    run(*arguments)
    parts = [vector.text for _, vector in sorted(Output("out.parquet").read().items())]
    (tmp_path / "out.parquet").unlink()
    half = len(parts) // 2
    ionos_emulator.script(
        *(rejection(400), vectors_of(HARMLESS)),
        *(rejection(400), vectors_of(parts[:1]), rejection(400), vectors_of(parts[half:])),
    )
    assert half == 2
    result = run(*arguments)
    assert result.returncode == 1
    assert "rows.jsonl, line 1, part 1: rejected: I dislike it" in result.stderr
    (line,) = (tmp_path / "out.parquet.rejects.jsonl").read_text().splitlines()
    assert (json.loads(line)["id"], json.loads(line)["part"]) == ("long", 1)


def test_texts_longer_than_estimated_are_found(output: Output, run: Run, tmp_path: Path) -> None:
    # The emulator counts line ends as tokens, the estimate does not.
    rows = texts(150)
    long = {"long": "\n".join("a" * 100), "longer": "\n".join("b" * 110)}
    shuffled = dict(sorted((rows | long).items(), key=lambda row: row[1]))
    path = write_jsonl(tmp_path / "rows.jsonl", shuffled)
    result = run(path, "--to", output.to)
    assert result.returncode == 1
    assert "150 embedded, 0 unchanged, 2 rejected" in result.stdout
    assert_contains(output.read(), rows)


def test_hub_that_rejects_everything_gets_two_requests_per_batch(
    run: Run, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(30))
    result = run(path, "--to", "out.parquet", "--model", "openai/gpt-oss-120b")
    assert result.returncode == 1
    assert "status 400" in result.stderr
    assert "0 embedded, 0 unchanged, 0 rejected" in result.stdout
    assert len(requested(ionos_emulator)) == 31


def test_hub_that_fails_meanwhile_is_the_reported_error(
    run: Run, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(4))
    down = Reply(
        status=500,
        json={"error": {"message": "The engine is down"}},
        headers={"x-should-retry": "false"},
    )
    ionos_emulator.script(rejection(400), down)
    result = run(path, "--to", "out.parquet")
    assert result.returncode == 1
    assert "The engine is down" in result.stderr
    assert "0 rejected" in result.stdout


def test_long_texts_are_reported(
    output: Output, run: Run, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    rows = texts(60)
    path = write_jsonl(tmp_path / "rows.jsonl", rows | {"long": "word " * 200})
    result = run(path, "--to", output.to)
    assert result.returncode == 1
    assert "1 rejected, listed in" in result.stderr
    assert "maximum context length is 128 tokens" in result.stderr
    assert "Split it with --too-long split." in result.stderr
    assert_contains(output.read(), rows)
    assert len(ionos_emulator.requests) == 3  # the long text, the harmless text, the others


def test_long_text_can_end_the_run(output: Output, run: Run, tmp_path: Path) -> None:
    rows = {"long": "word " * 200, **texts(5)}
    path = write_jsonl(tmp_path / "rows.jsonl", rows)
    result = run(path, "--to", output.to, "--too-long", "fail", "--concurrency", 1)
    assert result.returncode == 1
    assert "rows.jsonl, line 1: This model's maximum context length" in result.stderr
    assert "The vectors are in" not in result.stdout


def test_invalid_rows_are_listed_with_file_and_line(
    output: Output, run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(
        b'{"id": "a", "text": "A"}\nbroken\n{"id": "b"}\n{"id": "a", "text": "B"}\n\xff\n'
    )
    result = run("rows.jsonl", "--to", output.to, "--rejects", "bad.jsonl")
    assert result.returncode == 1
    assert "1 embedded, 0 unchanged, 4 rejected." in result.stdout
    rejects = [json.loads(line) for line in (tmp_path / "bad.jsonl").read_text().splitlines()]
    assert [(each["file"], each["line"]) for each in rejects] == [
        ("rows.jsonl", line) for line in (2, 3, 4, 5)
    ]
    assert rejects[2]["reason"] == "the id occurred before"
    path.write_text('{"id": "a", "text": "A"}\n')
    assert run("rows.jsonl", "--to", output.to, "--rejects", "bad.jsonl").returncode == 0
    assert not (tmp_path / "bad.jsonl").exists()


def test_control_characters_of_files_are_not_printed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(r'{"\u001b[31mred": 1}')
    result = run("rows.jsonl", "--to", "out.parquet")
    assert "found  [31mred" in result.stderr
    assert "\x1b" not in result.stderr
