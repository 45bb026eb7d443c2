"""Run the bare client and both adapters against third-party test servers; print Markdown.

Needs `pip install -e ".[langchain,llama-index]"`; for aimock also node and npm. The servers are
installed into the given folder, by default a temporary one.

    python benchmarks/third_party/run.py [folder]
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import content
import resilience
from callers import CALLERS
from servers import AIMOCK, LLMOCK, aimock, llmock


def main() -> int:
    """Run and print all checks; return 0 only if all passed."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else temporary).resolve()
        with llmock(folder) as url:
            failed = _table(LLMOCK, resilience.run(url))
        if shutil.which("node"):
            with aimock(folder) as url:
                failed += _table(AIMOCK, content.run(url))
        else:
            print("node is not installed: aimock was not run.")
    return 1 if failed else 0


def _table(title: str, rows: Iterator[tuple[str, dict[str, list[str]]]]) -> int:
    """Print the rows as they arrive; return the number of failed runs."""
    started = time.monotonic()
    passed: Counter[str] = Counter()
    failures: list[str] = []
    runs = 0
    print(f"\n### {title}\n\n| what | {' | '.join(CALLERS)} |")
    print("|---" * (len(CALLERS) + 1) + "|")
    notes = []
    for name, results in rows:
        if not results:
            notes.append(name)
            continue
        cells = []
        for caller, outcomes in results.items():
            successes = outcomes.count("")
            passed[caller] += successes
            runs += len(outcomes)
            cells.append(f"{successes}/{len(outcomes)}")
            failures += [f"{caller}, {name}, {outcome}" for outcome in outcomes if outcome]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    print(f"\n{sum(passed.values())} of {runs} passed in {time.monotonic() - started:.0f} s.")
    print("\n".join([*notes, *(f"- {failure}" for failure in failures)]))
    return len(failures)


if __name__ == "__main__":
    sys.exit(main())
