"""Programs that follow the docs pass `mypy --strict` and pyright, and mistakes are reported."""

import inspect
import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from doc_examples import PAGES, ROOT, read_examples
from type_checks.checkers import Problem, run_mypy, run_pyright

import langchain_ionos
import llama_index_ionos
from ionos_model_hub.connection_fields import ConnectionMixin
from ionos_model_hub.settings.fields import field_names

pytest.importorskip("mypy")
pytest.importorskip("pyright")

PROGRAMS = Path(__file__).parent / "programs"
IMPORTED = re.compile(r"^(?:from|import) (\w+)", re.MULTILINE)
# Fields that LangChain and LlamaIndex initialize themselves.
NOT_DOCUMENTED = {"profile", "query_wrapper_prompt", "custom_get_token_ids"}

pytestmark = pytest.mark.timeout(600)
each_checker = pytest.mark.parametrize("check", [run_mypy, run_pyright])
Check = Callable[[Path], list[Problem]]


def write_examples(folder: Path) -> None:
    """Write the examples of README and docs to files, if their imports are installed.

    Examples of tests are left out, whose arguments are fixtures, by convention without types.
    """
    for page in PAGES:
        for example in read_examples(page):
            if not example.is_test and all(map(find_spec, IMPORTED.findall(example.code))):
                (folder / f"{page.stem}_line_{example.line}.py").write_text(example.code, "utf-8")


def required_arguments(kind: type[Any]) -> set[str]:
    """Return the names of the positional arguments that a class requires."""
    _self, *parameters = inspect.signature(kind.__init__).parameters.values()
    positional = (each for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD)
    return {each.name for each in positional if each.default is each.empty}


def write_constructions(folder: Path) -> None:
    """Write a program that passes each argument that the adapters' classes accept."""
    lines = ["from typing import Any", "", "value: Any = None"]
    for package in (langchain_ionos, llama_index_ionos):
        lines.append(f"import {package.__name__}")
        for name in package.__all__:
            kind = getattr(package, name)
            if isinstance(kind, type) and issubclass(kind, ConnectionMixin):
                required = required_arguments(kind)
                start = f"{package.__name__}.{name}({'value, ' * len(required)}"
                accepted = sorted({*field_names(kind)} - NOT_DOCUMENTED - required)
                lines += [f"{start}{each}=value)" for each in accepted]
    (folder / "constructions.py").write_text("\n".join(lines), "utf-8")


@each_checker
def test_documented_programs_have_no_errors(check: Check, tmp_path: Path) -> None:
    write_examples(tmp_path)
    assert len(list(tmp_path.iterdir())) > 15
    write_constructions(tmp_path)
    for program in PROGRAMS.glob("*_program.py"):
        copy(program, tmp_path)
    for adapter in ("langchain_ionos", "llama_index_ionos"):
        test = ROOT / "tests/unit_tests" / adapter / "test_typing.py"
        copy(test, tmp_path / f"{adapter}_test_typing.py")

    assert check(tmp_path) == []


@each_checker
def test_mistakes_are_reported(check: Check, tmp_path: Path) -> None:
    path = Path(copy(PROGRAMS / "mistakes.py", tmp_path))
    lines = path.read_text("utf-8").splitlines()
    expected = [number for number, line in enumerate(lines, 1) if line.endswith("# error")]

    assert sorted({problem.line for problem in check(tmp_path)}) == expected
