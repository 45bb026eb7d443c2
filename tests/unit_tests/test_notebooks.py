"""What is committed of the notebooks: whole runs, the same beginning, nothing of one machine."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
OF_ONE_MACHINE = re.compile(r"/(?:home|opt|root|tmp|usr|work|Users)/|127\.0\.0\.1:\d|localhost:\d")

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(path: Path) -> list[dict[str, Any]]:
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def test_there_are_notebooks() -> None:
    assert len(NOTEBOOKS) >= 7


@each_notebook
def test_it_was_run_from_top_to_bottom(path: Path) -> None:
    cells = code_cells(path)
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))


@each_notebook
def test_its_outputs_hold_neither_errors_nor_warnings(path: Path) -> None:
    outputs = [output for cell in code_cells(path) for output in cell["outputs"]]
    assert outputs
    assert {output["output_type"] for output in outputs}.isdisjoint({"error"})
    assert {output.get("name") for output in outputs}.isdisjoint({"stderr"})


@each_notebook
def test_it_begins_like_all_others_on_the_emulator(path: Path) -> None:
    first = code_cells(path)[0]
    assert source(first) == source(code_cells(NOTEBOOKS[0])[0])
    assert "hub_or_emulator()" in source(first)
    assert "".join(first["outputs"][0]["text"]) == "Running on the emulator.\n"


@each_notebook
def test_nothing_in_it_belongs_to_one_machine(path: Path) -> None:
    shown = [source(cell) for cell in code_cells(path)]
    for cell in code_cells(path):
        for output in cell["outputs"]:
            shown.append("".join(output.get("text", ())))
            shown.append(
                json.dumps({k: v for k, v in output.get("data", {}).items() if k[:5] == "text/"})
            )
    assert not OF_ONE_MACHINE.search("\n".join(shown))
