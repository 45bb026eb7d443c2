"""Each promise of SECURITY.md names tests that are there."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PROMISES = re.findall(
    r"^\| (?!promise)([A-Z].*?) \| (.*?) \|$",
    (TESTS.parent / "SECURITY.md").read_text("utf-8"),
    re.M,
)


def functions_in(file: str) -> set[str]:
    tree = ast.parse((TESTS / file).read_text("utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, functions)}


@pytest.mark.parametrize(("promise", "held_by"), PROMISES, ids=[name for name, _ in PROMISES])
def test_a_promise_is_tested(promise: str, held_by: str) -> None:
    named = re.findall(r"`(\S+)::(\w+)`", held_by)
    assert named
    assert [test for file, test in named if test not in functions_in(file)] == []


def test_there_are_promises() -> None:
    assert len(PROMISES) > 20
