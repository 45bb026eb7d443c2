"""Find files by paths, globs and folders."""

from pathlib import Path

import pytest

from ionos_model_hub.cli.common.errors import UsageError
from ionos_model_hub.cli.common.notices import Notices
from ionos_model_hub.cli.embed.readers.reader import Reader
from ionos_model_hub.cli.embed.readers.sources import Source, find_inputs
from ionos_model_hub.cli.embed.records import Reject

from .conftest import reject

FILES = ("b.jsonl", "a.CSV", "in/c.md", "in/.hidden.txt", "notes.docx", "out.parquet")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("12345")
    return tmp_path


def find(*names: str, format_: str | None = None, outputs: tuple[Path, ...] = ()) -> list[Source]:
    return find_inputs(names, Notices(), format_, outputs).sources


def test_folder_is_read_in_order_and_without_the_output(folder: Path) -> None:
    found = find(str(folder), outputs=(folder / "out.parquet",))
    assert [source.path.relative_to(folder).as_posix() for source in found if source.path] == [
        "a.CSV",
        "b.jsonl",
        "in/c.md",
    ]
    assert [source.format for source in found] == ["csv", "jsonl", "text"]
    assert [(source.start, source.size) for source in found] == [(0, 5), (5, 5), (10, 5)]
    assert not any(source.is_explicit for source in found)


def test_each_file_is_read_once(folder: Path) -> None:
    found = find("b.jsonl", "**/*.md", "./b.jsonl", "*.jsonl", str(folder / "b.jsonl"))
    assert [source.name for source in found] == ["b.jsonl", "in/c.md"]
    assert [source.is_explicit for source in found] == [True, False]
    assert find("notes.docx", format_="text")[0].format == "text"


@pytest.mark.parametrize("name", ["in", "./in", "in/", "../{0}/in", "{1}/in", "in/*", "link"])
def test_ids_do_not_depend_on_how_a_folder_is_named(folder: Path, name: str) -> None:
    (folder / "link").symlink_to("in")
    (source,) = find(name.format(folder.name, folder))
    assert source.with_id(folder).id == "in/c.md"


def test_ids_of_files_outside_of_the_base_are_absolute(folder: Path) -> None:
    (source,) = find("b.jsonl")
    assert source.with_id(folder / "in").id == (folder / "b.jsonl").as_posix()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing.csv", "No such file or folder: missing.csv"),
        ("*.nothing", r"No such file or folder: \*.nothing"),
        ("notes.docx", "The format of notes.docx is unknown. Set it with --format."),
        ("*.docx", r"No files to embed in \*.docx"),
    ],
)
def test_names_without_readable_files(folder: Path, name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        find(name)


@pytest.mark.parametrize("name", [".", "*"])
def test_unknown_formats_in_folders_and_globs_are_skipped_with_a_notice(
    folder: Path, name: str
) -> None:
    notices = Notices()
    inputs = find_inputs([name], notices)
    assert len(inputs.sources) >= 3
    assert inputs.rejects == []
    (notice,) = notices.take()
    assert notice.startswith("Skipped because of an unknown format (--format sets it): notes.docx")


def test_unknown_format_of_a_named_file_is_a_reject_if_there_are_others(folder: Path) -> None:
    inputs = find_inputs(["notes.docx", "b.jsonl"], Notices())
    assert [source.name for source in inputs.sources] == ["b.jsonl"]
    assert inputs.rejects == [Reject("notes.docx", 0, "unknown format; set it with --format")]


def test_compressed_parquet_is_an_unknown_format(folder: Path) -> None:
    (folder / "a.parquet.gz").write_bytes(b"")
    with pytest.raises(UsageError, match="unknown"):
        find("a.parquet.gz")


def test_standard_input() -> None:
    inputs = find_inputs(["-", "-"], Notices())
    (source,) = inputs.sources
    assert (source.name, source.format, inputs.total_size) == ("standard input", "jsonl", None)
    assert source.with_id(Path("/")).id == "stdin"
    with pytest.raises(UsageError, match="Parquet cannot be read from standard input"):
        Reader().check(find("-", format_="parquet"))


def test_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No files to embed"):
        find(str(tmp_path))


def test_name_that_is_not_unicode(tmp_path: Path) -> None:
    path = tmp_path / "caf\udce9.txt"
    path.write_text("a")
    (source,) = find(str(path))
    assert source.name == f"{tmp_path.as_posix()}/caf?.txt"
    assert source.with_id(tmp_path).id == "caf?.txt"


def test_file_that_disappears_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "a"}')
    sources = find(str(path))
    path.unlink()
    found = list(Reader().read(sources))
    assert reject(found).reason == "No such file or directory"


def test_unreadable_file_in_a_folder_is_rejected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_text("text\none\n")
    (tmp_path / "b.csv").symlink_to("/proc/self/mem")  # opens, but cannot be read
    if not (tmp_path / "b.csv").is_file():
        pytest.skip("needs /proc")
    sources = find(str(tmp_path))
    reader = Reader()
    reader.check(sources)
    found = list(reader.read(sources))
    assert len(found) == 2
    assert "Input/output error" in reject(found, 1).reason
