"""Run the clients of other projects against the emulator; print a table in Markdown.

Needs `pip install -e ".[emulator]"`; for openai-node also node and npm. The clients are installed
into the given folder, by default a temporary one.

    python benchmarks/third_party/run_clients.py [folder]
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ionos_model_hub.emulator import Call, Emulator, Reply

CLIENTS = Path(__file__).with_name("clients")
sys.path.insert(0, str(CLIENTS))
import checks  # noqa: E402  # from the folder above

PACKAGES = {
    "openai": "openai==3.3.0",
    "pydantic_ai": "pydantic-ai-slim[openai]==2.68.0",
    "litellm": "litellm==1.110.2",
    "haystack": "haystack-ai==3.4.1",
    "instructor": "instructor==1.17.0",
}
NODE_PACKAGE = "openai@6.49.0"
ROWS = ("chat", "stream", "tools", "structured_output", "embeddings", "rerank", "images", "models")
Outcomes = dict[str, str]  # errors by check; empty if it passed


def script() -> Iterator[Reply]:
    """Yield the replies that the checks expect."""
    booking = {"boat": checks.BOAT, "nights": checks.NIGHTS}
    forecast = Call("get_forecast", city=checks.CITY)
    yield Reply(text=checks.TEXT, contains=checks.QUESTION, times=None)
    yield Reply(tool_calls=[forecast], contains=checks.WEATHER, times=None)
    yield Reply(text=checks.SUMMARY, contains=checks.FORECAST, times=None)
    yield Reply(structured=booking, contains=checks.BOOKING_REQUEST, times=None)
    yield Reply(tool_calls=[Call("Booking", **booking)], contains=checks.BOOKING_CALL, times=None)
    yield Reply(error="rate_limited", retry_after=1, contains=checks.LIMITED, times=None)


def main() -> int:
    """Run all clients and print the table; return 0 only if all checks passed."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else temporary).resolve()
        with Emulator(script=script()) as emulator:
            results = dict(_run_all(folder, emulator.base_url))
    _print_table(results)
    failures = [
        f"- {client}, {check}: {error}"
        for client, outcomes in results.items()
        for check, error in outcomes.items()
        if error
    ]
    runs = sum(map(len, results.values()))
    print(f"\n{runs - len(failures)} of {runs} passed.", *failures, sep="\n")
    return 1 if failures else 0


def _run_all(folder: Path, url: str) -> Iterator[tuple[str, Outcomes]]:
    for name, package in PACKAGES.items():
        python = _install(folder / name, package)
        command = [str(python), str(CLIENTS / f"use_{name}.py")]
        yield package.replace("==", " "), _outcomes(command, url)
    if shutil.which("npm"):
        packages = _install_node(folder / "node")
        expected = folder / "expected.json"
        values = {name: value for name, value in vars(checks).items() if name.isupper()}
        expected.write_text(json.dumps(values), "utf-8")
        environment = {"NODE_PACKAGES": str(packages), "EXPECTED": str(expected)}
        command = ["node", str(CLIENTS / "use_openai.mjs")]
        yield f"npm {NODE_PACKAGE}".replace("@", " "), _outcomes(command, url, **environment)


def _install(root: Path, package: str) -> Path:
    """Return the Python of an environment with a package."""
    python = root / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(root)], check=True)
        pip = [str(python), "-m", "pip", "--quiet", "--quiet"]
        subprocess.run([*pip, "install", package], check=True)
    return python


def _install_node(root: Path) -> Path:
    """Return the folder of Node's packages."""
    if not root.exists():
        root.mkdir(parents=True)
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(["npm", "install", *options, NODE_PACKAGE], cwd=root, check=True)
    return root / "node_modules"


def _outcomes(command: list[str], url: str, **environment: str) -> Outcomes:
    ran = subprocess.run(
        command,
        env={**os.environ, **environment, "EMULATOR_URL": url},
        capture_output=True,
        text=True,
    )
    lines = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith('{"check"')]
    if not lines:
        return {"start": ran.stderr[-300:]}
    return {line["check"]: line["error"] for line in lines}


def _print_table(results: dict[str, Outcomes]) -> None:
    print(f"| what | {' | '.join(results)} |")
    print("|---" * (len(results) + 1) + "|")
    for check in (*ROWS, "errors"):
        cells = [_cell(outcomes, check) for outcomes in results.values()]
        print(f"| {check.replace('_', ' ')} | {' | '.join(cells)} |")


def _cell(outcomes: Outcomes, check: str) -> str:
    if check not in outcomes:
        return "-"
    return "failed" if outcomes[check] else "passed"


if __name__ == "__main__":
    sys.exit(main())
