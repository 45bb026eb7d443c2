"""The walls of the house: who may import whom, what importing costs, what is public."""

import ast
import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import ionos_model_hub
from ionos_model_hub import errors

CORE = Path(ionos_model_hub.__file__).parent
ROOT = CORE.parent
FRAMEWORKS = {"langchain", "langchain_core", "langgraph", "langsmith", "llama_index"}
ADAPTERS = {"langchain_ionos", "llama_index_ionos"}


def modules(*folders: Path) -> list[Path]:
    found = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    assert found
    return found


def imports_of(path: Path) -> Iterator[str]:
    """Yield the full name of each module that a file imports anywhere."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def packages_of(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports_of(path)}


def belongs(name: str, *packages: str) -> bool:
    """Tell whether a module is one of some packages or lies in one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def by_name(path: Path) -> str:
    return str(path.relative_to(ROOT))


WIRE_AND_POLICY = modules(CORE / "wire", CORE / "policy")


@pytest.mark.parametrize("path", WIRE_AND_POLICY, ids=by_name)
def test_wire_and_policy_do_no_io(path: Path) -> None:
    forbidden = {"httpx", "httpcore", "time", "random", "threading", "os", "asyncio", "logging"}
    assert packages_of(path).isdisjoint(forbidden | {"socket", "ssl", "subprocess", "pathlib"})
    called = [
        node.func
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
    ]
    names = {func.id for func in called if isinstance(func, ast.Name)}
    assert names.isdisjoint({"open", "print", "input", "__import__", "eval", "exec"})


@pytest.mark.parametrize("path", WIRE_AND_POLICY, ids=by_name)
def test_wire_and_policy_know_nothing_of_the_shells(path: Path) -> None:
    ours = {name for name in imports_of(path) if name.startswith("ionos_model_hub.")}
    allowed = ("wire", "policy", "errors", "catalogue")
    assert all(name.split(".")[1] in allowed for name in ours)


OUTERMOST = CORE / "cli"
RAY = CORE / "ray"
OF_RAY = {"ray", "numpy", "pandas", "pyarrow"}


@pytest.mark.parametrize(
    "path",
    [path for path in modules(CORE) if {OUTERMOST, RAY}.isdisjoint(path.parents)],
    ids=by_name,
)
def test_only_its_own_folder_imports_ray(path: Path) -> None:
    assert packages_of(path).isdisjoint(OF_RAY)
    assert not any(belongs(name, "ionos_model_hub.ray") for name in imports_of(path))


@pytest.mark.parametrize(
    "path", [path for path in modules(CORE) if OUTERMOST not in path.parents], ids=by_name
)
def test_the_core_imports_no_framework_and_no_outer_floor(path: Path) -> None:
    assert packages_of(path).isdisjoint(FRAMEWORKS | ADAPTERS)
    assert not any(belongs(name, "ionos_model_hub.cli") for name in imports_of(path))


@pytest.mark.parametrize(
    "path",
    [path for path in modules(CORE) if {OUTERMOST, CORE / "emulator"}.isdisjoint(path.parents)],
    ids=by_name,
)
def test_the_transport_does_not_know_the_emulator(path: Path) -> None:
    assert not any(belongs(name, "ionos_model_hub.emulator") for name in imports_of(path))
    assert packages_of(path).isdisjoint({"starlette", "uvicorn", "jsonschema", "rich"})


@pytest.mark.parametrize(
    ("adapter", "forbidden"),
    [
        ("langchain_ionos", {"llama_index", "llama_index_ionos", "openai"}),
        (
            "llama_index_ionos",
            {"langchain", "langchain_core", "langgraph", "langsmith", "langchain_ionos", "openai"},
        ),
    ],
)
def test_an_adapter_imports_its_own_framework_only(adapter: str, forbidden: set[str]) -> None:
    for path in modules(ROOT / adapter):
        assert packages_of(path).isdisjoint(forbidden), path


@pytest.mark.parametrize("adapter", sorted(ADAPTERS))
def test_an_adapter_leaves_commands_and_the_emulator_alone(adapter: str) -> None:
    outer = ("ionos_model_hub.cli", "ionos_model_hub.emulator")
    for path in modules(ROOT / adapter):
        assert not any(belongs(name, *outer) for name in imports_of(path)), path


IMPORT = """
import socket, sys

def refuse(*arguments, **options):
    raise AssertionError("importing opened a socket")

socket.socket.__init__ = socket.create_connection = socket.getaddrinfo = refuse
from ionos_model_hub import *
print("\\n".join(sys.modules))
"""


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """The modules that importing the core loads, in a process of its own without a network."""
    told = subprocess.run(
        [sys.executable, "-W", "error", "-c", IMPORT],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert told.returncode == 0, told.stderr
    return set(told.stdout.split())


def test_importing_the_core_loads_the_core_alone(loaded: set[str]) -> None:
    assert "ionos_model_hub.client" in loaded
    packages = {name.partition(".")[0] for name in loaded}
    heavy = {"starlette", "uvicorn", "jsonschema", "openai", "tiktoken", "pytest"}
    assert packages.isdisjoint(FRAMEWORKS | ADAPTERS | OF_RAY | heavy)
    outer = ("ionos_model_hub.cli", "ionos_model_hub.emulator", "ionos_model_hub.ray")
    assert not any(belongs(name, *outer) for name in loaded)


def rank(name: str) -> tuple[int, str]:
    """Constants first, then classes, then the rest, as ruff sorts."""
    if name.isupper():
        return 0, name
    return (1 if name[0].isupper() else 2), name


def test_the_public_names_are_sorted_and_complete() -> None:
    public = ionos_model_hub.__all__
    assert public == sorted(public, key=rank)
    assert len(public) == len(set(public))
    imported = {
        name
        for name in dir(ionos_model_hub)
        if not name.startswith("_")
        and not isinstance(getattr(ionos_model_hub, name), ModuleType)
        and name not in {"TYPE_CHECKING", "lazy_getattr"}
    }
    assert imported | {"__version__"} == set(public)


def test_every_public_error_is_there() -> None:
    kinds = {
        name
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, ionos_model_hub.ModelHubError)
    }
    assert kinds <= set(ionos_model_hub.__all__)
