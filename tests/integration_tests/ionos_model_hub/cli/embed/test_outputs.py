"""Every format into every output, and the texts that a second run embeds again."""

import csv
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from integration_tests.ionos_model_hub.cli.commands import Run

from ionos_model_hub.emulator import Emulator

from .conftest import (
    MODEL,
    Output,
    assert_contains,
    embeddings_reply,
    requested,
    texts,
    texts_in,
    write_jsonl,
)


def write(folder: Path, format_: str, rows: dict[str, str]) -> Path:
    path = folder / f"rows.{format_}"
    if format_ == "jsonl":
        write_jsonl(path, rows)
    elif format_ == "parquet":
        pq.write_table(pa.table({"id": list(rows), "text": list(rows.values())}), path)
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter="\t" if format_ == "tsv" else ",")
            writer.writerows([("id", "text"), *rows.items()])
    return path


@pytest.mark.parametrize("format_", ["jsonl", "csv", "tsv", "parquet"])
def test_each_format_into_each_output(
    format_: str, output: Output, run: Run, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    rows = texts(150) | {"odd": 'Fähre, "海" \\ \t \\N \n 🚢'}
    result = run(write(tmp_path, format_, rows), "--to", output.to, "--batch-size", 20)
    assert result.returncode == 0, result.stderr
    assert "151 embedded, 0 unchanged, 0 rejected.\nThe vectors are in " in result.stdout
    assert result.stderr == ""
    assert_contains(output.read(), rows)
    assert Counter(requested(ionos_emulator)) == Counter(rows.values())


def test_text_files_and_their_lines(output: Output, run: Run, tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "a.txt").write_text("One page.\nTwo lines.")
    (pages / "b.md").write_text("# Another")
    assert run("pages", "--to", output.to).returncode == 0
    expected = {"pages/a.txt": "One page.\nTwo lines.", "pages/b.md": "# Another"}
    assert_contains(output.read(), expected)
    assert run("pages/a.txt", "--lines", "--to", output.to).returncode == 0
    vectors = {id_: vector.text for (id_, _), vector in output.read().items()}
    assert vectors["pages/a.txt:2"] == "Two lines."


def test_only_changes_are_embedded_again(
    output: Output, run: Run, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(100))
    run(path, "--to", output.to)
    ionos_emulator.reset()
    assert "0 embedded, 100 unchanged" in run(path, "--to", output.to).stdout
    assert requested(ionos_emulator) == []
    changed = texts(103, frozenset({5, 50}))
    write_jsonl(path, changed)
    assert "5 embedded, 98 unchanged" in run(path, "--to", output.to).stdout
    assert sorted(requested(ionos_emulator)) == sorted(
        changed[f"id{number}"] for number in (5, 50, 100, 101, 102)
    )
    assert_contains(output.read(), changed)


def test_other_models_are_refused(
    output: Output, run: Run, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(3))
    run(path, "--to", output.to)
    before = output.read()
    ionos_emulator.reset()
    result = run(path, "--to", output.to, "--model", "BAAI/bge-m3")
    assert result.returncode == 2
    assert f"has vectors of {MODEL}, which cannot be compared" in result.stderr
    assert f"Pass --model {MODEL}, or write to another output." in result.stderr
    assert requested(ionos_emulator) == []
    assert output.read() == before


def test_other_vector_length_from_the_server_is_refused(
    output: Output, run: Run, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(3))
    run(path, "--to", output.to)
    before = output.read()
    write_jsonl(path, texts(5))
    ionos_emulator.script(embeddings_reply(2, dimensions=512))
    result = run(path, "--to", output.to)
    assert result.returncode == 2
    assert f"vectors of 768 dimensions, the server returns 512 for {MODEL}." in result.stderr
    assert "Write to another output" in result.stderr
    assert output.read() == before


def test_vector_length_of_an_unknown_model_comes_from_the_server(
    output: Output, run: Run, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(2))
    ionos_emulator.script(embeddings_reply(2, dimensions=3))
    result = run(path, "--to", output.to, "--model", "my/own")
    assert result.returncode == 0, result.stderr
    assert {len(vector.numbers) for vector in output.read().values()} == {3}


def test_order_is_that_of_the_input(run: Run, tmp_path: Path) -> None:
    rows = texts(200)
    path = write_jsonl(tmp_path / "rows.jsonl", rows)
    run(path, "--to", "a.parquet", "--batch-size", 7, "--commit-every", 30)
    run(path, "--to", "b.parquet", "--batch-size", 64)
    first, second = pq.read_table(tmp_path / "a.parquet"), pq.read_table(tmp_path / "b.parquet")
    assert first.column("id").to_pylist() == list(rows)
    assert first == second


def test_long_texts_are_split_and_stale_parts_deleted(
    output: Output, run: Run, tmp_path: Path
) -> None:
    long = " ".join(f"Sentence number {number}." for number in range(100))
    path = write_jsonl(tmp_path / "rows.jsonl", {"long": long, "short": "Short."})
    assert run(path, "--to", output.to, "--too-long", "split").returncode == 0
    vectors = output.read()
    parts = [vectors["long", part].text for part in range(len(vectors) - 1)]
    assert len(parts) > 3
    assert "".join(parts) == long
    write_jsonl(path, {"long": parts[0] + parts[1], "short": "Short."})
    result = run(path, "--to", output.to, "--too-long", "split")
    assert "0 embedded, 3 unchanged" in result.stdout
    assert sorted(output.read()) == [("long", 0), ("long", 1), ("short", 0)]


@pytest.mark.parametrize("content", ["", "text\n", "text\n\n\n"])
def test_inputs_without_texts_write_no_output(
    output: Output, run: Run, tmp_path: Path, content: str
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(content)
    result = run(path, "--to", output.to)
    assert result.returncode == 0
    assert "No vectors were written: " in result.stdout
    assert "The vectors are in" not in result.stdout
    assert not output.exists()
    assert [each.name for each in tmp_path.iterdir()] == ["rows.csv"]


def test_inputs_of_which_all_are_rejected_write_no_output(
    output: Output, run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": 1}\n')
    result = run(path, "--to", output.to)
    assert result.returncode == 1
    assert "does not exist or is empty." in result.stdout
    assert not output.exists()


@pytest.mark.parametrize("name", ["new/deep/o.parquet", "new/deep/o/"])
def test_folders_of_the_output_are_created(name: str, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": "a", "text": "A"}\nbroken\n')
    assert run(path, "--to", name).returncode == 1
    assert texts_in(name) == {"a": "A"}
    assert (tmp_path / f"{name.rstrip('/')}.rejects.jsonl").is_file()
