"""Measurements that need a new process: import, first response, memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from itertools import count

from benchmarks.speed.cases.base import Baselines, Bench, Case, Work
from benchmarks.speed.snippets import SNIPPETS
from benchmarks.speed.subjects.base import Subject

CALLS = 10_000
CALLS_OF_OTHERS = 1_000
IMPORT_BASELINES: Baselines = {
    "langchain": ("LangChain + httpx",),
    "llama_index": ("LlamaIndex + httpx",),
    "bare": ("httpx",),
}


FRAMES = 20
"""The number of frames by which the stack depth of a snippet grows with each round.

CPython stores frames in chunks of 16 KiB, and maps or unmaps a chunk with each call that crosses
the end of one. If such a call is frequent, an import takes up to a fifth longer. The position of
the ends depends on the caller. Therefore each round has another depth, the same for all subjects.
"""

# As after `pip install`, which compiles modules. The first run compiles an editable install.
_ENVIRONMENT = {name: os.environ[name] for name in os.environ if name != "PYTHONDONTWRITEBYTECODE"}


def _child(*arguments: str) -> Mapping[str, float]:
    command = [sys.executable, "-W", "ignore", "-m", *arguments]
    completed = subprocess.run(
        command, capture_output=True, text=True, check=True, env=_ENVIRONMENT
    )
    figures: Mapping[str, float] = json.loads(completed.stdout.splitlines()[-1])
    return figures


def _snippet(action: str, bench: Bench, subject: Subject) -> Work | None:
    snippet = SNIPPETS.get(subject.name)
    if snippet is None or (action == "answer" and not snippet.answer):
        return None
    url, depths = bench.stub.url("chat"), count(0, FRAMES)
    return lambda: _child("benchmarks.speed.snippets", action, subject.name, url, str(next(depths)))


def _memory(action: str, bench: Bench, subject: Subject) -> Work | None:
    maker = subject.call if action == "calls" else subject.embed
    if maker is None or "memory" in subject.name:
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
        baselines=IMPORT_BASELINES,
        max_rounds=6,
        has_warm_up=False,
        min_rounds=6,
    ),
    Case(
        "first-answer",
        "import, construct and first answer, fresh process",
        1,
        "process",
        partial(_snippet, "answer"),
        scale=(1e3, "ms"),
        baselines=IMPORT_BASELINES,
        max_rounds=4,
        has_warm_up=False,
    ),
    Case(
        "memory-calls",
        f"memory over {CALLS:,} calls (others: {CALLS_OF_OTHERS:,})",
        CALLS,
        "call",
        partial(_memory, "calls"),
        baselines={},
        max_rounds=1,
        has_warm_up=False,
    ),
    Case(
        "memory-embeddings",
        "peak memory of embeddings, 2,048 x 1,024",
        1,
        "run",
        partial(_memory, "embeddings"),
        scale=(1e3, "ms"),
        baselines={},
        max_rounds=1,
        has_warm_up=False,
    ),
)
