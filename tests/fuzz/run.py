"""Fuzz the targets one after the other, guided by coverage, and print what came of it.

    python tests/fuzz/run.py --minutes 5            all targets
    python tests/fuzz/run.py --minutes 1 sse quirks

`seeds/TARGET/` holds inputs to start from; what is found on the way is kept in `corpus/TARGET/`,
and an input that breaks a promise in `broken/TARGET/`. It ends with 1 if there was one.
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
TARGETS = sorted(path.stem for path in (HERE / "targets").glob("*.py"))
LONGEST_INPUT = 2048  # bytes
LONGEST_RUN = 10  # seconds for one input
_FIGURE = re.compile(r"stat::(\w+):\s+(\d+)")


def main() -> int:
    told = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    told.add_argument("targets", nargs="*", default=TARGETS, metavar="TARGET", choices=TARGETS)
    told.add_argument("--minutes", type=float, default=1, help="for each target")
    told.add_argument("--memory", type=int, default=512, help="MiB that a target may take")
    options = told.parse_args()
    broken = [name for name in options.targets if not fuzz(name, options.minutes, options.memory)]
    print(f"broken: {', '.join(broken) or 'none'}")
    return 1 if broken else 0


def fuzz(name: str, minutes: float, memory: int) -> bool:
    """Fuzz one target in a process of its own; tell whether it held."""
    corpus, seeds, broken = (HERE / kind / name for kind in ("corpus", "seeds", "broken"))
    for folder in (corpus, seeds, broken):
        folder.mkdir(parents=True, exist_ok=True)
    arguments = [
        f"-max_total_time={minutes * 60:.0f}",
        f"-rss_limit_mb={memory}",
        f"-max_len={LONGEST_INPUT}",
        f"-timeout={LONGEST_RUN}",
        f"-dict={HERE / 'words.dict'}",
        f"-artifact_prefix={broken}/",
        "-print_final_stats=1",
        "-verbosity=1",
        str(corpus),
        str(seeds),
    ]
    ran = subprocess.run(
        [sys.executable, str(HERE / "one.py"), name, *arguments],
        env={**os.environ, "PYTHONPATH": str(HERE.parent)},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    figures = {key: int(value) for key, value in _FIGURE.findall(ran.stderr)}
    print(
        f"{name:20} {figures.get('number_of_executed_units', 0):>10,} inputs"
        f" {figures.get('average_exec_per_sec', 0):>8,}/s"
        f" {figures.get('peak_rss_mb', 0):>5} MiB"
        f"  {'held' if ran.returncode == 0 else 'BROKEN'}",
        flush=True,
    )
    if ran.returncode:
        print(_told(ran.stdout), _told(ran.stderr), sep="", flush=True)
    return ran.returncode == 0


def _told(output: str) -> str:
    """Leave out what libFuzzer and atheris say on their way."""
    lines = output[-20_000:].splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(("#", "INFO", "WARNING", "stat")))


if __name__ == "__main__":
    sys.exit(main())
