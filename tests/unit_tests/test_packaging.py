"""The distribution: extras, versions, contents of the sdist, and links of its description."""

import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from ionos_model_hub import __version__

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
CHANGELOG = (ROOT / "CHANGELOG.md").read_text("utf-8")
EXTRAS = PROJECT["project"]["optional-dependencies"]
# Extras whose lower bounds are installed and tested by `.ci/run`.
TESTED_EXTRAS = ("langchain", "llama-index", "emulator", "cli", "embed", "otel", "ray", "all")
REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)(?:\[[\w,-]+\])?>=([\d.]+)")

NAMED_VERSION = re.compile(
    r"ionos[-_]model[-_]hub(?:\[[\w,-]+\])?\W*(?:[=~>]=|v|/)?\s*(\d+\.\d+\.\d+)"
)

IMPORTS = [
    ("import langchain_ionos", "langchain_core", "langchain"),
    ("import langchain_ionos", "jsonschema", "langchain"),
    ("import llama_index_ionos", "llama_index.core", "llama-index"),
    ("import llama_index.llms.ionos", "llama_index.core", "llama-index"),
    ("from ionos_model_hub.emulator import Emulator", "starlette", "emulator"),
    ("from ionos_model_hub.emulator import load_script", "yaml", "emulator"),
    ("import ionos_model_hub.ray", "ray", "ray"),
    ("from ionos_model_hub.telemetry import OpenTelemetry", "opentelemetry.trace", "otel"),
    ("from ionos_model_hub.cli import embed; embed.run(None)", "pyarrow", "embed"),
    ("from ionos_model_hub.ocr import OCR; OCR()", "pypdfium2", "ocr"),
    ("from langchain_ionos import IONOSOCRLoader; IONOSOCRLoader('.')", "pypdfium2", "ocr"),
    ("from llama_index_ionos import IONOSOCRReader; IONOSOCRReader()", "pypdfium2", "ocr"),
]


@pytest.mark.parametrize(("code", "missing", "extra"), IMPORTS)
def test_missing_extra_is_an_import_error_with_the_pip_command(
    code: str, missing: str, extra: str
) -> None:
    hide = f"import sys; sys.modules[{missing!r}] = None; "
    ran = subprocess.run([sys.executable, "-c", hide + code], capture_output=True, text=True)

    error = ran.stderr.strip().splitlines()[-1]
    command = re.escape(f'pip install "ionos-model-hub[{extra}]"')
    assert re.fullmatch(rf"ImportError: .+ needs {missing}[.\w]*: {command}", error)


@pytest.mark.parametrize("package", ["ionos_model_hub", "langchain_ionos", "llama_index_ionos"])
def test_public_names_and_help_need_no_extra(package: str) -> None:
    code = (
        "import sys, pydoc; sys.modules['pypdfium2'] = None; "
        f"from {package} import *; assert pydoc.render_doc('{package}')"
    )
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["embed", "--help"]])
def test_command_line_help_needs_no_extra(arguments: list[str]) -> None:
    hidden = ["rich", "pyarrow", "psycopg", "starlette", "langchain_core", "llama_index.core"]
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({hidden!r})); "
        f"from ionos_model_hub.cli import main; main({arguments!r})"
    )
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)


def test_version_is_the_newest_one_of_the_changelog() -> None:
    newest = re.search(r"^## \[(?!Unreleased)(.+?)\] - (.+)$", CHANGELOG, re.MULTILINE)
    assert newest
    assert newest[1] == __version__
    assert re.fullmatch(r"unreleased|\d{4}-\d\d-\d\d", newest[2])


def test_installed_version_is_that_of_the_source() -> None:
    assert metadata.version("ionos-model-hub") == __version__


def test_docs_name_no_other_version() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), ROOT / "SECURITY.md"):
        for found in NAMED_VERSION.finditer(page.read_text("utf-8")):
            assert found[1] == __version__, f"{page.name}: {found[0]}"


def test_docs_list_every_extra_for_users() -> None:
    page = (ROOT / "docs/configuration.md").read_text("utf-8")
    development = {"bench", "dev", "docs", "fuzz", "local", "test", "ocr-emulator"}
    for extra in EXTRAS.keys() - development:
        assert f"| `{extra}` |" in page, extra


def test_python_versions_of_classifiers_and_requirement_agree() -> None:
    prefix = "Programming Language :: Python :: 3."
    classifiers = PROJECT["project"]["classifiers"]
    minors = [int(name.removeprefix(prefix)) for name in classifiers if name.startswith(prefix)]
    assert minors == list(range(minors[0], minors[-1] + 1))
    assert PROJECT["project"]["requires-python"] == f">=3.{minors[0]}"


def test_lower_bounds_are_those_that_ci_installs() -> None:
    pins = dict(
        line.split("==")
        for line in (ROOT / "tests/oldest.txt").read_text("utf-8").splitlines()
        if "==" in line
    )
    requirements = [
        *PROJECT["project"]["dependencies"],
        *(requirement for extra in TESTED_EXTRAS for requirement in EXTRAS[extra]),
    ]
    for requirement in requirements:
        if requirement.startswith("ionos-model-hub"):
            continue
        found = REQUIREMENT.match(requirement)
        assert found, f"{requirement} has no lower bound"
        bound, pin = found[2], pins[found[1]]
        assert pin.split(".")[: bound.count(".") + 1] == bound.split("."), requirement


def test_links_of_the_description_become_absolute() -> None:
    pytest.importorskip("hatchling")
    from hatch_build import absolute_links

    text = "[a](docs/a.md#b) [c](#c) [d](https://d.example) ![e](e.png)"
    assert absolute_links(text, "https://git.example/r") == (
        "[a](https://git.example/r/blob/HEAD/docs/a.md#b) [c](#c) [d](https://d.example) "
        "![e](https://git.example/r/raw/HEAD/e.png)"
    )


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_relative_links_lead_to_files_of_the_sdist(page: str) -> None:
    included = PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    for link in re.findall(r"\]\((?!https?:|#)([^)\s#]+)", (ROOT / page).read_text("utf-8")):
        assert (ROOT / link).exists(), link
        first = link.partition("/")[0]
        assert {f"/{first}", "/*.md"} & set(included), link


def test_hooks_of_pre_commit_are_the_commands_of_ci() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    commands = (ROOT / ".ci/run").read_text("utf-8").splitlines()
    entries = re.findall(r"entry: (.+)", hooks)
    assert len(entries) >= 5
    assert set(entries) <= set(commands)
