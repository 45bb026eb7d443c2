"""Fuzz the targets one after the other, guided by coverage, and print the results.

    python tests/fuzz/run.py --minutes 5            all targets
    python tests/fuzz/run.py --minutes 1 sse quirks

`seeds/TARGET/` contains the first inputs, `corpus/TARGET/` those that increased the coverage, and
`broken/TARGET/` those that violated an assertion. The exit code is 1 if there was one.
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
TARGETS = sorted(path.stem for path in (HERE / "targets").glob("*.py"))
MAX_INPUT = 2048  # bytes
MAX_SECONDS = 10  # for one input
_FIGURE = re.compile(r"stat::(\w+):\s+(\d+)")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("targets", nargs="*", default=TARGETS, metavar="TARGET", type=target)
    parser.add_argument("--minutes", type=float, default=1, help="for each target")
    parser.add_argument("--memory", type=int, default=512, help="memory limit in MiB")
    options = parser.parse_args()
    failed = [name for name in options.targets if not fuzz(name, options.minutes, options.memory)]
    print(f"failed: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


def target(name: str) -> str:
    """Return the name of a target; raises ArgumentTypeError for others."""
    # `choices` would reject the default in Python 3.11.
    if name not in TARGETS:
        message = f"unknown target {name!r}; choose from {', '.join(TARGETS)}"
        raise argparse.ArgumentTypeError(message)
    return name


def fuzz(name: str, minutes: float, memory: int) -> bool:
    """Fuzz one target in a separate process; return whether all assertions held."""
    corpus, seeds, broken = (HERE / kind / name for kind in ("corpus", "seeds", "broken"))
    for folder in (corpus, seeds, broken):
        folder.mkdir(parents=True, exist_ok=True)
    arguments = [
        f"-max_total_time={minutes * 60:.0f}",
        f"-rss_limit_mb={memory}",
        f"-max_len={MAX_INPUT}",
        f"-timeout={MAX_SECONDS}",
        f"-dict={HERE / 'words.dict'}",
        f"-artifact_prefix={broken}/",
        "-print_final_stats=1",
        "-verbosity=1",
        str(corpus),
        str(seeds),
    ]
    process = subprocess.run(
        [sys.executable, str(HERE / "one.py"), name, *arguments],
        env={**os.environ, "PYTHONPATH": str(HERE.parent)},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    figures = {key: int(value) for key, value in _FIGURE.findall(process.stderr)}
    print(
        f"{name:20} {figures.get('number_of_executed_units', 0):>10,} inputs"
        f" {figures.get('average_exec_per_sec', 0):>8,}/s"
        f" {figures.get('peak_rss_mb', 0):>5} MiB"
        f"  {'passed' if process.returncode == 0 else 'FAILED'}",
        flush=True,
    )
    if process.returncode:
        print(_clean(process.stdout), _clean(process.stderr), sep="", flush=True)
    return process.returncode == 0


def _clean(output: str) -> str:
    """Remove the progress messages of libFuzzer and atheris."""
    lines = output[-20_000:].splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(("#", "INFO", "WARNING", "stat")))


if __name__ == "__main__":
    sys.exit(main())
