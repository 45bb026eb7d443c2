"""Each guarantee in SECURITY.md names existing tests."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
GUARANTEES = re.findall(
    r"^\| (?!guarantee)([A-Z`].*?) \| (.*?) \|$",
    (TESTS.parent / "SECURITY.md").read_text("utf-8"),
    re.MULTILINE,
)


def functions_in(file: str) -> set[str]:
    tree = ast.parse((TESTS / file).read_text("utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, functions)}


@pytest.mark.parametrize(("guarantee", "tests"), GUARANTEES, ids=[each for each, _ in GUARANTEES])
def test_guarantee_is_tested(guarantee: str, tests: str) -> None:
    named = re.findall(r"`(\S+)::(\w+)`", tests)
    assert named
    assert [test for file, test in named if test not in functions_in(file)] == []


def test_guarantees_are_found() -> None:
    assert len(GUARANTEES) > 30
