"""Every format in, every output out; what changes, what stays, what is rejected."""

import argparse
import csv
import json
from collections import Counter
from contextlib import closing
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from psycopg import sql

from ionos_model_hub.cli.embed.planning import open_sink
from ionos_model_hub.cli.embed.resume_index import Ledger
from ionos_model_hub.cli.embed.sinks import pgvector as pgvector_sink
from ionos_model_hub.emulator import Emulator, Reply

from .conftest import MODEL, Output, Run, asked, assert_holds, texts, write_jsonl


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
    shown = run(write(tmp_path, format_, rows), "--to", output.to, "--batch-size", 20)
    assert shown.returncode == 0, shown.stderr
    assert "151 embedded, 0 unchanged, 0 rejected.\nThe vectors are in " in shown.stdout
    assert shown.stderr == ""
    assert_holds(output.read(), rows)
    assert Counter(asked(ionos_emulator)) == Counter(rows.values())


def test_text_files_whole_and_by_line(output: Output, run: Run, tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "a.txt").write_text("One page.\nTwo lines.")
    (pages / "b.md").write_text("# Another")
    assert run("pages", "--to", output.to).returncode == 0
    assert_holds(output.read(), {"pages/a.txt": "One page.\nTwo lines.", "pages/b.md": "# Another"})
    assert run("pages/a.txt", "--lines", "--to", output.to).returncode == 0
    kept = {id_: vector.text for (id_, _), vector in output.read().items()}
    assert kept["pages/a.txt:2"] == "Two lines."


def test_only_what_changed_is_embedded_again(
    output: Output, run: Run, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    rows = texts(100)
    path = write_jsonl(tmp_path / "rows.jsonl", rows)
    run(path, "--to", output.to)
    ionos_emulator.reset()
    assert "0 embedded, 100 unchanged" in run(path, "--to", output.to).stdout
    assert asked(ionos_emulator) == []
    changed = texts(103, frozenset({5, 50}))
    write_jsonl(path, changed)
    assert "5 embedded, 98 unchanged" in run(path, "--to", output.to).stdout
    assert sorted(asked(ionos_emulator)) == sorted(
        changed[f"id{number}"] for number in (5, 50, 100, 101, 102)
    )
    assert_holds(output.read(), changed)


def test_another_model_of_the_same_length_embeds_again(
    run: Run, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(3))
    run(path, "--to", "out.parquet", "--model", "BAAI/bge-m3")
    shown = run(path, "--to", "out.parquet", "--model", "BAAI/bge-large-en-v1.5")
    assert "3 embedded" in shown.stdout
    shown = run(path, "--to", "out.parquet")
    assert shown.returncode == 2
    assert f"holds vectors of 1024 numbers, {MODEL} gives 768" in shown.stderr


def test_order_is_that_of_the_input(run: Run, tmp_path: Path) -> None:
    rows = texts(200)
    path = write_jsonl(tmp_path / "rows.jsonl", rows)
    run(path, "--to", "a.parquet", "--batch-size", 7, "--commit-every", 30)
    run(path, "--to", "b.parquet", "--batch-size", 64)
    first, second = pq.read_table(tmp_path / "a.parquet"), pq.read_table(tmp_path / "b.parquet")
    assert first.column("id").to_pylist() == list(rows)
    assert first == second


def test_long_texts_are_cut_and_lose_what_they_no_longer_have(
    output: Output, run: Run, tmp_path: Path
) -> None:
    long = " ".join(f"Sentence number {number}." for number in range(100))
    path = write_jsonl(tmp_path / "rows.jsonl", {"long": long, "short": "Short."})
    assert run(path, "--to", output.to, "--too-long", "split").returncode == 0
    kept = output.read()
    parts = [kept["long", part].text for part in range(len(kept) - 1)]
    assert len(parts) > 3
    assert "".join(parts) == long
    write_jsonl(path, {"long": parts[0] + parts[1], "short": "Short."})
    shown = run(path, "--to", output.to, "--too-long", "split")
    assert "0 embedded, 3 unchanged" in shown.stdout
    assert sorted(output.read()) == [("long", 0), ("long", 1), ("short", 0)]


def test_long_texts_are_reported(
    output: Output, run: Run, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    rows = texts(60)
    path = write_jsonl(tmp_path / "rows.jsonl", rows | {"long": "word " * 200})
    shown = run(path, "--to", output.to)
    assert shown.returncode == 1
    assert "1 rejected, listed in" in shown.stderr
    assert "maximum context length is 128 tokens" in shown.stderr
    assert "Cut it with --too-long split." in shown.stderr
    assert_holds(output.read(), rows)
    assert len(ionos_emulator.requests) == 3  # the long one alone, a question, the others


def test_a_long_text_can_end_the_work(output: Output, run: Run, tmp_path: Path) -> None:
    rows = {"long": "word " * 200, **texts(5)}
    path = write_jsonl(tmp_path / "rows.jsonl", rows)
    shown = run(path, "--to", output.to, "--too-long", "fail", "--concurrency", 1)
    assert shown.returncode == 1
    assert "rows.jsonl, line 1: This model's maximum context length" in shown.stderr
    assert "The vectors are in" not in shown.stdout


def test_invalid_rows_are_listed_with_file_and_line(
    output: Output, run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(
        b'{"id": "a", "text": "A"}\nbroken\n{"id": "b"}\n{"id": "a", "text": "B"}\n\xff\n'
    )
    shown = run("rows.jsonl", "--to", output.to, "--rejects", "bad.jsonl")
    assert shown.returncode == 1
    assert "1 embedded, 0 unchanged, 4 rejected." in shown.stdout
    rejects = [json.loads(line) for line in (tmp_path / "bad.jsonl").read_text().splitlines()]
    assert [(each["file"], each["line"]) for each in rejects] == [
        ("rows.jsonl", line) for line in (2, 3, 4, 5)
    ]
    assert rejects[2]["reason"] == "the id was there before"
    path.write_text('{"id": "a", "text": "A"}\n')
    assert run("rows.jsonl", "--to", output.to, "--rejects", "bad.jsonl").returncode == 0
    assert not (tmp_path / "bad.jsonl").exists()


def test_429_and_503_are_waited_out(
    output: Output, run: Run, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    rows = texts(40)
    path = write_jsonl(tmp_path / "rows.jsonl", rows)
    refusal = {"error": {"message": "Rate limit exceeded", "type": "requests"}}
    ionos_emulator.script(
        Reply(status=429, json=refusal, headers={"Retry-After": "0"}),
        Reply(status=503, json={}),
        Reply(status=429, json=refusal, headers={"Retry-After": "0"}),
    )
    shown = run(path, "--to", output.to, "--batch-size", 10)
    assert shown.returncode == 0, shown.stderr
    assert_holds(output.read(), rows)


def test_a_hub_that_is_down_ends_the_work_and_what_came_is_kept(
    output: Output, run: Run, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    rows = texts(40)
    path = write_jsonl(tmp_path / "rows.jsonl", rows)
    run(write_jsonl(tmp_path / "first.jsonl", texts(10)), "--to", output.to)
    ionos_emulator.script(*[Reply(status=402, json={"error": {"message": "Pay first"}})] * 50)
    shown = run(path, "--to", output.to, "--batch-size", 10, "--concurrency", 1)
    assert shown.returncode == 1
    assert "Pay first" in shown.stderr
    assert "0 rejected" in shown.stdout
    assert "the same command goes on from there" in shown.stderr
    ionos_emulator.reset()
    assert run(path, "--to", output.to, "--batch-size", 10).returncode == 0
    assert len(asked(ionos_emulator)) == 30
    assert_holds(output.read(), rows)


def test_what_files_hold_does_not_steer_the_terminal(run: Run, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(r'{"\u001b[31mred": 1}')
    shown = run("rows.jsonl", "--to", "out.parquet")
    assert "there is  [31mred" in shown.stderr
    assert "\x1b" not in shown.stderr


def test_a_disk_that_is_full_is_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    path = write_jsonl(tmp_path / "rows.jsonl", texts(2))
    monkeypatch.setattr("os.fsync", full)
    shown = run(path, "--to", "out.parquet")
    assert shown.returncode == 1
    assert "No space left on device\n0 vectors of this run are kept" in shown.stderr


def test_nul_is_no_character_of_postgresql(run: Run, tmp_path: Path, database: str) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", {"a": "one\0two", "b": "three"})
    shown = run(path, "--to", database)
    assert shown.returncode == 1
    assert "PostgreSQL stores no NUL characters" in shown.stderr
    assert_holds(Output(database).read(), {"b": "three"})


def test_the_table_is_made_for_its_vectors_and_another_is_refused(
    run: Run, tmp_path: Path, database: str
) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(2))
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA search")
        assert run(path, "--to", database, "--table", 'search.my "docs"').returncode == 0
        found = connection.execute(
            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute "
            'WHERE attrelid = \'search."my ""docs"""\'::regclass AND attname = \'embedding\''
        ).fetchone()
        assert found == ("vector(768)",)
        connection.execute("CREATE TABLE other (id text, embedding vector)")
        shown = run(path, "--to", database, "--table", "other")
        assert shown.returncode == 2
        assert "has no column part, text, model, digest" in shown.stderr
    assert run(path, "--to", database, "--table", "a.b.c").returncode == 2


def test_a_table_that_takes_no_more_ends_the_work(run: Run, tmp_path: Path, database: str) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(30))
    first = write_jsonl(tmp_path / "first.jsonl", texts(2))
    assert run(first, "--to", database).returncode == 0
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("ALTER TABLE embeddings ADD CHECK (text <> 'Boat 25.')")
    shown = run(path, "--to", database, "--batch-size", 10, "--commit-every", 10)
    assert shown.returncode == 1
    assert "violates check constraint" in shown.stderr
    assert "20 vectors of this run are kept" in shown.stderr
    assert_holds(Output(database).read(), texts(22))


def test_a_role_that_may_not_add_the_extension_is_told(
    run: Run, tmp_path: Path, database: str
) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(2))
    role = f"role_{tmp_path.name[-8:].strip('_').lower()}"
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
    shown = run(path, "--to", database.replace("//postgres:@", f"//{role}@"))
    assert shown.returncode == 2
    assert 'permission denied to create extension "vector"' in shown.stderr


def test_two_processes_do_not_write_to_one_output(
    output: Output, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pgvector_sink, "_LOCK_MILLISECONDS", 50)
    path = write_jsonl(tmp_path / "rows.jsonl", texts(2))
    options = argparse.Namespace(to=output.to, table="embeddings", model=MODEL)
    with Ledger() as ledger, closing(open_sink(options, ledger)):
        shown = run(path, "--to", output.to)
    assert shown.returncode == 2
    assert "Another process is writing to " in shown.stderr


def test_a_password_is_never_told(run: Run, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(2))
    for url in (
        "postgresql://me:s3cret@localhost:1/db",
        "postgresql://me:s3cret@h@localhost/db",
        "postgresql://me:x/s3cret@localhost/db",
        "postgresql://me:x:s3cret@localhost:no/db",
    ):
        shown = run(path, "--to", url)
        assert shown.returncode == 2
        assert "s3cret" not in shown.stdout + shown.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["none.jsonl", "--to", "o.parquet"], "No such file or folder: none.jsonl"),
        (["rows.jsonl"], "required: --to"),
        (["rows.jsonl", "--to", "rows.jsonl"], "it cannot be an input as well"),
        (["rows.jsonl", "--to", "mysql://h/d"], "--to takes a path or postgresql://"),
        (["rows.jsonl", "--to", "o.parquet", "--encoding", "utf-99"], "no encoding"),
        (["rows.jsonl", "--to", "o.parquet", "--rejects", "no/r.jsonl"], "There is no folder no"),
        (["rows.jsonl", "--to", "o.parquet", "--batch-size", "0"], "whole number of at least 1"),
        (["rows.jsonl", "--to", "o.parquet", "--requests-per-second", "x"], "a number above 0"),
        (["rows.jsonl", "--to", "o.parquet", "--delimiter", "::"], "one character"),
        (
            ["rows.jsonl", "--to", "o.parquet", "--model", "my/own", "--too-long", "split"],
            "How much my/own takes is not known; pass --max-tokens",
        ),
    ],
)
def test_wrong_usage_is_told(arguments: list[str], told: str, run: Run, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "rows.jsonl", texts(2))
    shown = run(*arguments)
    assert shown.returncode == 2
    assert told in shown.stderr
    assert "Traceback" not in shown.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows.jsonl"]
