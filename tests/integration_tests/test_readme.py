"""All Python examples in README and docs that use this package run as printed.

The examples of a page run in one process, each in its own folder and with its own variables.
Examples that are tests run in pytest, and examples that need an optional package run separately.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from doc_examples import PAGES, ROOT, Example, read_examples

from ionos_model_hub.emulator import Emulator

README = ROOT / "README.md"
SHELL_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
RUNNABLE = re.compile(r"echo |ionos-model-hub (?:chat '|demo$|doctor$|embed docs\.jsonl|models$)")
LIGHT_PAGES = ("README", "quick_start", "chat")  # the other pages run with `--require-all`
# Packages outside the extra `test`, by a part of the name of the module that an example imports.
OPTIONAL_PACKAGES = {
    "ray": "ray",
    "chroma": "chromadb",
    "lancedb": "lancedb",
    "qdrant": "qdrant_client",
    "respx": "respx",
    "vcr": "vcr",
}
# Runs files one after another, and fails if one of them prints nothing.
RUN_FILES = """
import io, os, runpy, sys
from contextlib import redirect_stdout
from pathlib import Path

for path in map(Path, sys.argv[1:]):
    folder = path.with_suffix("")
    folder.mkdir()
    os.chdir(folder)
    with redirect_stdout(io.StringIO()) as output:
        runpy.run_path(str(path), run_name="__main__")
    if not output.getvalue().strip():
        sys.exit(f"{path.stem} prints nothing")
"""


def optional_package(example: Example) -> str:
    """Return the optional package that an example needs, or "" if there is none."""
    for name, package in OPTIONAL_PACKAGES.items():
        if re.search(rf"^(?:from|import) \S*{name}", example.code, re.MULTILINE):
            return package
    return "pytest_httpx" if "httpx_mock" in example.code else ""


def write(example: Example, folder: Path) -> str:
    """Write the code to a file whose lines have the same numbers as in the page."""
    path = folder / f"{'test_' if example.is_test else ''}line_{example.line}.py"
    path.write_text("\n" * (example.line - 1) + example.code, "utf-8")
    return str(path)


def groups() -> Iterator[Any]:
    """Yield the examples that run in one process, and the optional package that they need."""
    for page in PAGES:
        plain, tests = [], []
        for example in read_examples(page):
            if package := optional_package(example):
                name = f"{page.stem}-line-{example.line}"
                yield pytest.param(package, [example], id=name, marks=pytest.mark.slow)
            else:
                (tests if example.is_test else plain).append(example)
        marks = () if page.stem in LIGHT_PAGES else pytest.mark.slow
        for together, name in ((plain, page.stem), (tests, f"{page.stem}-tests")):
            if together:
                yield pytest.param("", together, id=name, marks=marks)


@pytest.mark.parametrize(("package", "examples"), list(groups()))
def test_examples_run(
    package: str,
    examples: list[Example],
    ionos_emulator_env: Emulator,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if package:
        pytest.importorskip(package)
    if any("PGVECTOR_URL" in example.code for example in examples):
        monkeypatch.setenv("PGVECTOR_URL", request.getfixturevalue("pgvector_url"))
    paths = [write(example, tmp_path) for example in examples]
    # Without the option, pytest-asyncio warns.
    pytest_options = ["-q", "-o", "asyncio_default_fixture_loop_scope=function"]
    command = ["-m", "pytest", *pytest_options] if examples[0].is_test else ["-c", RUN_FILES]
    ran = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", *command, *paths],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Warning" not in ran.stderr


def shell_examples() -> Iterator[Any]:
    """Yield the shell commands of pages that need only what they create themselves."""
    for page in PAGES:
        for found in SHELL_BLOCK.finditer(page.read_text("utf-8")):
            if all(RUNNABLE.match(line) for line in found[1].splitlines()):
                yield pytest.param(found[1], id=page.stem)


@pytest.mark.slow
@pytest.mark.parametrize("commands", list(shell_examples()))
def test_shell_examples_run(commands: str, ionos_emulator_env: Emulator, tmp_path: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(
        ["/bin/sh", "-e", "-c", commands],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip()


def test_readme_has_one_demo_and_one_test_command() -> None:
    commands = re.findall(r"```sh\n(.*?)\n```", README.read_text("utf-8"))
    assert len([each for each in commands if each.endswith("ionos-model-hub demo")]) == 1
    assert len([each for each in commands if each.endswith("pytest -n 4")]) == 1


def test_readme_is_short() -> None:
    assert len(README.read_text("utf-8").splitlines()) <= 200
