"""The files of the output, and the pipeline with `embed`."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from integration_tests.ionos_model_hub.cli.commands import Run
from pages_of_requests import has_text, requested_pages

from ionos_model_hub.emulator import Emulator, Reply, render_document, render_page

from .conftest import numbered, read_pages, texts_in, write_scan

MODEL = "lightonai/LightOnOCR-2-1B"


def test_markdown_and_jsonl(run: Run, tmp_path: Path) -> None:
    write_scan(tmp_path / "scans/a.tif", ["# Eins", "", "Drei"])
    result = run("scans", "--to", "text")
    assert (result.returncode, result.stdout) == (
        0,
        "3 read, 0 unchanged, 0 rejected.\nThe pages are in text.\n",
    )
    header, markdown = (tmp_path / "text/a.tif.md").read_text().split("\n", 1)
    assert header.startswith("<!-- written by ionos-model-hub ocr: {")
    assert markdown == (
        "\n<!-- page 1 -->\n\n# Eins\n\n<!-- page 2 -->\n\n<!-- page 3 -->\n\nDrei\n"
    )
    first, second = read_pages(tmp_path / "text/a.tif.jsonl")
    digest = first.pop("digest")
    assert first == {
        "id": "a.tif#1",
        "text": "# Eins",
        "source": "scans/a.tif",
        "page": 1,
        "total_pages": 3,
        "model": MODEL,
        "written_by": "ionos-model-hub ocr",
    }
    assert (second["id"], second["page"], second["digest"]) == ("a.tif#3", 3, digest)


def test_names_in_the_output(run: Run, tmp_path: Path) -> None:
    for name in ("scans/2025/a.png", "scans/2026/a.png", "b.png"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(render_page(name))
    (tmp_path / "scans/notes.txt").write_text("notes")
    result = run("scans", tmp_path / "b.png", "--to", "text")
    assert result.returncode == 0
    assert "Skipped because of an unknown format: scans/notes.txt." in result.stderr
    assert run("scans/202*/*.png", "--to", "globbed").returncode == 0
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.md")}
    inner = ("2025/a.png.md", "2026/a.png.md")
    assert names == {
        "text/b.png.md",
        *(f"text/{name}" for name in inner),
        *(f"globbed/{name}" for name in inner),
    }
    assert read_pages(tmp_path / "text/b.png.jsonl")[0]["source"] == "b.png"


@pytest.mark.parametrize("arguments", [("a/x.png", "b/x.png"), ("a", "b")])
def test_two_documents_with_the_same_name_are_refused(
    arguments: tuple[str, ...], run: Run, tmp_path: Path
) -> None:
    for folder in "ab":
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.png").write_bytes(render_page("x"))
    result = run(*arguments, "--to", "text")
    assert result.returncode == 2
    assert "a/x.png and b/x.png would both be written to x.png.md" in result.stderr
    assert not (tmp_path / "text").exists()


def test_rejected_pages_are_listed_and_read_by_the_next_run(
    run: Run, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    texts = numbered(4)
    write_scan(tmp_path / "a.tif", texts)
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 broken")
    ionos_emulator.script(Reply(error="bad_request", when=has_text(texts[1])))
    result = run("a.tif", "broken.pdf", "--to", "text")
    assert (result.returncode, result.stdout.splitlines()[0]) == (
        1,
        "3 read, 0 unchanged, 2 rejected.",
    )
    rejects = read_pages(tmp_path / "text.rejects.jsonl")
    assert {(each["source"], each["page"]) for each in rejects} == {
        ("a.tif", 2),
        ("broken.pdf", None),
    }
    assert "<!-- page 2 could not be read -->" in (tmp_path / "text/a.tif.md").read_text()

    ionos_emulator.reset()
    (tmp_path / "broken.pdf").write_bytes(render_document(["Repaired"]))
    result = run("a.tif", "broken.pdf", "--to", "text")
    assert (result.returncode, result.stdout.splitlines()[0]) == (
        0,
        "2 read, 3 unchanged, 0 rejected.",
    )
    assert set(requested_pages(ionos_emulator)) == {texts[1], "Repaired"}
    assert texts_in(tmp_path / "text/a.tif.jsonl") == texts
    assert not (tmp_path / "text.rejects.jsonl").exists()


def test_truncated_pages_are_reported(run: Run, tmp_path: Path, ionos_emulator: Emulator) -> None:
    (tmp_path / "a.png").write_bytes(render_page("Hello"))
    ionos_emulator.script(Reply(text="# Tit", finish_reason="length"))
    result = run("a.png", "--to", "text")
    assert result.returncode == 0
    assert "reached the token limit: a.png, page 1." in result.stderr
    assert read_pages(tmp_path / "text/a.png.jsonl")[0]["truncated"] is True


def test_text_layers_on_request(run: Run, tmp_path: Path, ionos_emulator: Emulator) -> None:
    from unit_tests.ionos_model_hub.ocr.conftest import text_pdf

    (tmp_path / "a.pdf").write_bytes(text_pdf("This page was written, not scanned."))
    assert run("a.pdf", "--to", "text", "--use-text-layer").returncode == 0
    assert texts_in(tmp_path / "text/a.pdf.jsonl") == ["This page was written, not scanned."]
    assert not ionos_emulator.requests


def test_pages_are_embedded_with_their_source(run: Run, tmp_path: Path) -> None:
    texts = ["# Eins", "", "Drei"]
    write_scan(tmp_path / "scans/2026/a.tif", texts)
    assert run("scans", "--to", "text").returncode == 0
    result = run(
        *("text/**/*.jsonl", "--keep", "source,page", "--to", "vectors.parquet"), name="embed"
    )
    assert result.returncode == 0, result.stderr
    rows = pq.read_table(tmp_path / "vectors.parquet").to_pylist()
    assert [(row["id"], row["text"], row["source"], row["page"]) for row in rows] == [
        ("2026/a.tif#1", "# Eins", "scans/2026/a.tif", "1"),
        ("2026/a.tif#3", "Drei", "scans/2026/a.tif", "3"),
    ]


def test_run_without_pages_says_so(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no scan")
    result = run("notes.txt", "--to", "text")
    assert result.returncode == 1
    assert result.stdout == "0 read, 0 unchanged, 1 rejected.\nNo pages were written.\n"
