"""Standard input."""

import gzip
import os
import signal
from pathlib import Path

from ionos_model_hub.emulator import Emulator

from .conftest import start, texts, texts_in, wait_for_requests, write_jsonl


def test_standard_input(tmp_path: Path, ionos_emulator: Emulator) -> None:
    content = write_jsonl(tmp_path / "rows.jsonl", texts(300)).read_text()
    child = start(ionos_emulator, tmp_path, "-", "--to", "o.parquet")
    out, err = child.communicate(content, timeout=60)
    assert child.returncode == 0, err
    assert "300 embedded" in out
    assert texts_in(str(tmp_path / "o.parquet")) == texts(300)


def test_compressed_csv_from_standard_input(tmp_path: Path, ionos_emulator: Emulator) -> None:
    child = start(ionos_emulator, tmp_path, "-", "--format", "csv", "--to", "o.parquet")
    assert child.stdin is not None
    child.stdin.buffer.write(gzip.compress(b"id;text\n1;one\n"))
    _, err = child.communicate(timeout=60)
    assert child.returncode == 0, err
    assert "Columns are separated by ';': standard input." in err
    assert texts_in(str(tmp_path / "o.parquet")) == {"1": "one"}


def test_standard_input_without_the_column(tmp_path: Path, ionos_emulator: Emulator) -> None:
    child = start(ionos_emulator, tmp_path, "-", "--format", "csv", "--to", "o.parquet")
    _, err = child.communicate("id,name\n1,one\n", timeout=60)
    assert child.returncode == 2
    assert "no field text or content or page_content, found id, name" in err
    assert not list(tmp_path.iterdir())


def test_standard_input_that_is_still_open_can_be_interrupted(
    tmp_path: Path, ionos_emulator: Emulator
) -> None:
    arguments = ("-", "--to", "o.parquet", "--batch-size", 1)
    with start(ionos_emulator, tmp_path, *arguments) as child:
        assert child.stdin is not None
        child.stdin.write('{"id": "a", "text": "A"}\n{"id": "b", "text": "B"}\n')
        child.stdin.flush()
        wait_for_requests(ionos_emulator, 1, child)
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=30) == 130


def test_named_pipe(tmp_path: Path, ionos_emulator: Emulator) -> None:
    content = write_jsonl(tmp_path / "rows.jsonl", texts(30)).read_text()
    os.mkfifo(tmp_path / "pipe")
    arguments = ("pipe", "--format", "jsonl", "--to", "o.parquet")
    with start(ionos_emulator, tmp_path, *arguments) as child:
        with (tmp_path / "pipe").open("w") as pipe:
            pipe.write(content)
        _, err = child.communicate(timeout=60)
    assert child.returncode == 0, err
    assert texts_in(str(tmp_path / "o.parquet")) == texts(30)
