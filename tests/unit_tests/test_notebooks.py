"""The committed notebooks were run completely, begin alike, and contain nothing of one machine."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
PATH_OR_PORT = re.compile(r"/(?:home|opt|root|tmp|usr|work|Users)/|127\.0\.0\.1:\d|localhost:\d")

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(path: Path) -> list[dict[str, Any]]:
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def test_there_are_notebooks() -> None:
    assert len(NOTEBOOKS) >= 7


@each_notebook
def test_cells_were_run_in_order(path: Path) -> None:
    cells = code_cells(path)
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))


@each_notebook
def test_outputs_contain_neither_errors_nor_warnings(path: Path) -> None:
    outputs = [output for cell in code_cells(path) for output in cell["outputs"]]
    assert outputs
    assert {output["output_type"] for output in outputs}.isdisjoint({"error"})
    assert {output.get("name") for output in outputs}.isdisjoint({"stderr"})


@each_notebook
def test_first_cell_selects_the_hub_or_the_emulator(path: Path) -> None:
    first = code_cells(path)[0]
    assert source(first) == source(code_cells(NOTEBOOKS[0])[0])
    assert "hub_or_emulator()" in source(first)
    assert "".join(first["outputs"][0]["text"]) == "Running on the emulator.\n"


@each_notebook
def test_no_path_or_port_of_one_machine_is_shown(path: Path) -> None:
    shown = [source(cell) for cell in code_cells(path)]
    for cell in code_cells(path):
        for output in cell["outputs"]:
            data = output.get("data", {})
            texts = {kind: data[kind] for kind in data if kind.startswith("text/")}
            shown += ["".join(output.get("text", ())), json.dumps(texts)]
    assert not PATH_OR_PORT.search("\n".join(shown))
