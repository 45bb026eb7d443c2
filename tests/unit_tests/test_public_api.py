"""The public API: every public name exists and is documented, and the docs use nothing else."""

import ast
import importlib
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

import pytest
from doc_examples import BLOCK, PAGES, ROOT

OURS = ("ionos_model_hub", "langchain_ionos", "llama_index_ionos")
NAMESPACE = re.compile(r"llama_index\.[a-z.]+\.ionos")
MODULES = (
    "ionos_model_hub",
    "ionos_model_hub.types",
    "ionos_model_hub.emulator",
    "ionos_model_hub.ocr",
    "ionos_model_hub.telemetry",
    "ionos_model_hub.ray",
    "langchain_ionos",
    "llama_index_ionos",
    *(
        ".".join(path.parent.relative_to(ROOT).parts)
        for path in sorted((ROOT / "llama_index").rglob("ionos/__init__.py"))
    ),
)
DOCUMENTS = [*PAGES, *sorted((ROOT / "notebooks").rglob("*.ipynb"))]


def load(name: str) -> ModuleType:
    if name == "ionos_model_hub.ray":
        pytest.importorskip("ray")
    return importlib.import_module(name)


@pytest.fixture(params=MODULES)
def module(request: pytest.FixtureRequest) -> ModuleType:
    return load(request.param)


def test_every_public_name_exists_and_is_listed(module: ModuleType) -> None:
    assert len(set(module.__all__)) == len(module.__all__)
    for name in module.__all__:
        assert hasattr(module, name)
        assert name in dir(module)


def test_public_classes_and_functions_are_documented(module: ModuleType) -> None:
    for name in module.__all__:
        value = getattr(module, name)
        if inspect.isclass(value) or inspect.isroutine(value):
            assert (inspect.getdoc(value) or "").strip(), name
            assert vars(value).get("__doc__") if inspect.isclass(value) else True, name


def test_public_methods_are_documented(module: ModuleType) -> None:
    for name in module.__all__:
        value = getattr(module, name)
        if not inspect.isclass(value) or not value.__module__.startswith(OURS):
            continue
        for attribute, member in vars(value).items():
            if not attribute.startswith("_") and inspect.isroutine(member):
                assert inspect.getdoc(getattr(value, attribute)), f"{name}.{attribute}"


def test_types_can_be_resolved() -> None:
    types = load("ionos_model_hub.types")
    for name in types.__all__:
        if inspect.isclass(kind := getattr(types, name)):
            assert get_type_hints(kind)


def code_of(path: Path) -> str:
    text = path.read_text("utf-8")
    if path.suffix == ".md":
        return "\n".join(BLOCK.findall(text))
    cells = json.loads(text)["cells"]
    lines = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    return re.sub(r"^(\s*)[%!].*$", r"\1pass", lines, flags=re.MULTILINE)


def our_imports(code: str) -> Iterator[tuple[str, str]]:
    """Yield the module and the name of each import from this distribution."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module:
            pairs: list[Any] = [(node.module, alias.name) for alias in node.names]
        elif isinstance(node, ast.Import):
            pairs = [(alias.name, "") for alias in node.names]
        else:
            continue
        for source, name in pairs:
            if source.partition(".")[0] in OURS or NAMESPACE.fullmatch(source):
                yield source, name


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_import_only_public_names(path: Path) -> None:
    for source, name in our_imports(code_of(path)):
        full_name = f"{source}.{name}"
        assert full_name in MODULES or source in MODULES, full_name
        if name and full_name not in MODULES:
            assert name in load(source).__all__, full_name


def test_docs_say_what_is_public() -> None:
    page = " ".join((ROOT / "docs/api/index.md").read_text("utf-8").split())
    assert "Everything else is internal" in page
    for module in MODULES[:8]:
        assert f"`{module}`" in page
