"""What only a fresh process can tell: import, first answer, memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from itertools import count

from benchmarks.speed.cases.base import Bench, Case, Floors, Work
from benchmarks.speed.snippets import SNIPPETS
from benchmarks.speed.subjects.base import Subject

CALLS = 10_000
CALLS_OF_OTHERS = 1_000
IMPORT_FLOORS: Floors = {
    "langchain": ("LangChain + httpx",),
    "llama_index": ("LlamaIndex + httpx",),
    "bare": ("httpx",),
}


FRAMES = 20
"""By so many calls each run of a snippet is deeper in the stack than the one before it.

CPython keeps frames in chunks of 16 KiB, and maps and unmaps one with each call that crosses the
end of a chunk. Where such a call is a frequent one, an import takes up to a fifth longer, and where
the ends are depends on the caller. So no round has the same depth, and in a round all have one.
"""

# As installed: pip compiles what it installs, an editable install is compiled by the first run.
_ENVIRONMENT = {name: os.environ[name] for name in os.environ if name != "PYTHONDONTWRITEBYTECODE"}


def _child(*arguments: str) -> Mapping[str, float]:
    command = [sys.executable, "-W", "ignore", "-m", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=_ENVIRONMENT)
    actual: Mapping[str, float] = json.loads(done.stdout.splitlines()[-1])
    return actual


def _snippet(action: str, bench: Bench, subject: Subject) -> Work | None:
    snippet = SNIPPETS.get(subject.name)
    if snippet is None or (action == "answer" and not snippet.answer):
        return None
    url, depths = bench.stub.url("chat"), count(0, FRAMES)
    return lambda: _child("benchmarks.speed.snippets", action, subject.name, url, str(next(depths)))


def _memory(action: str, bench: Bench, subject: Subject) -> Work | None:
    offered = subject.call if action == "calls" else subject.embed
    if offered is None or "memory" in subject.name:
        return None
    calls = str(CALLS if subject.name.startswith("ours") and not bench.quick else CALLS_OF_OTHERS)
    port = str(bench.stub.port)
    return lambda: _child("benchmarks.speed.memory", action, subject.name, port, calls)


CASES = (
    Case(
        "import",
        "import, fresh process",
        1,
        "process",
        partial(_snippet, "import"),
        scale=(1e3, "ms"),
        floors=IMPORT_FLOORS,
        rounds=6,
        warms_up=False,
        least=6,
    ),
    Case(
        "first-answer",
        "import, construct and first answer, fresh process",
        1,
        "process",
        partial(_snippet, "answer"),
        scale=(1e3, "ms"),
        floors=IMPORT_FLOORS,
        rounds=4,
        warms_up=False,
    ),
    Case(
        "memory-calls",
        f"memory over {CALLS:,} calls (others: {CALLS_OF_OTHERS:,})",
        CALLS,
        "call",
        partial(_memory, "calls"),
        floors={},
        rounds=1,
        warms_up=False,
    ),
    Case(
        "memory-embeddings",
        "peak memory of embeddings, 2,048 x 1,024",
        1,
        "run",
        partial(_memory, "embeddings"),
        scale=(1e3, "ms"),
        floors={},
        rounds=1,
        warms_up=False,
    ),
)
