"""Run mypy and pyright over user programs and collect what they report."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
# What third-party packages without complete annotations cause in strict mode.
NOT_OURS = ("UnknownMemberType", "UnknownVariableType", "UnknownArgumentType")
# LlamaIndex marks an overload as deprecated that also matches the calls in its documentation.
THEIR_MESSAGE = 'The method "run" in class "BaseWorkflowAgent" is deprecated'
PYRIGHT_RULES = {
    "typeCheckingMode": "strict",
    "reportMissingTypeStubs": False,
    "reportUnusedExpression": False,
    **{f"report{rule}": False for rule in NOT_OURS},
}
MYPY_LINE = re.compile(r"(?P<path>.+?):(?P<line>\d+): error: (?P<message>.*)")


class Problem(NamedTuple):
    """An error that a type checker reports."""

    file: str
    line: int
    message: str


def run_mypy(folder: Path) -> list[Problem]:
    """Return what `mypy --strict` reports about the files in a folder."""
    options = ["--strict", "--config-file=", "--disable-error-code=import-untyped"]
    paths = f"{ROOT}:{ROOT / 'tests'}"
    output = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "."],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "MYPYPATH": paths, "MYPY_CACHE_DIR": str(ROOT / ".mypy_cache/strict")},
    )
    count = len(list(folder.glob("*.py")))
    assert re.search(rf"\b{count} source files?", output.stdout), output.stdout + output.stderr
    found = filter(None, map(MYPY_LINE.match, output.stdout.splitlines()))
    return [Problem(Path(m["path"]).name, int(m["line"]), m["message"]) for m in found]


def run_pyright(folder: Path) -> list[Problem]:
    """Return what pyright reports in strict mode about the files in a folder."""
    config = {**PYRIGHT_RULES, "extraPaths": [str(ROOT), str(ROOT / "tests")]}
    (folder / "pyrightconfig.json").write_text(json.dumps(config), "utf-8")
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable]
    output = subprocess.run(
        [*command, "--project", str(folder)], cwd=folder, capture_output=True, text=True
    )
    report = json.loads(output.stdout)
    assert report["summary"]["filesAnalyzed"] == len(list(folder.glob("*.py")))
    return [
        Problem(Path(found["file"]).name, found["range"]["start"]["line"] + 1, found["message"])
        for found in report["generalDiagnostics"]
        if found["severity"] == "error" and not found["message"].startswith(THEIR_MESSAGE)
    ]
