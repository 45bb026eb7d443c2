"""The import rules of CONTRIBUTING: who may import whom, and what importing a package does."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import ionos_model_hub

CORE = Path(ionos_model_hub.__file__).parent
ROOT = CORE.parent
PACKAGES = ("ionos_model_hub", "langchain_ionos", "llama_index_ionos")
ADAPTERS = {"langchain_ionos", "llama_index_ionos"}
LANGCHAIN = {"langchain", "langchain_core", "langgraph", "langsmith"}
FRAMEWORKS = {*LANGCHAIN, "llama_index"}
RAY = {"ray", "numpy", "pandas", "pyarrow"}
MAX_ROOT_ENTRIES = 20


def modules(*folders: Path) -> list[Path]:
    paths = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    assert paths
    return paths


def modules_outside(*folders: str) -> list[Path]:
    """Return the modules of the core except those in some of its sub-packages."""
    excluded = {CORE / folder for folder in folders}
    return [path for path in modules(CORE) if excluded.isdisjoint(path.parents)]


def names_imported_by(node: ast.AST) -> Iterator[str]:
    """Yield the full name of each module or object that an import statement mentions."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are absolute"
        assert node.module
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imports_of(path: Path) -> set[str]:
    """Return everything that a file imports, inside of functions as well."""
    tree = ast.parse(path.read_text("utf-8"))
    return {name for node in ast.walk(tree) for name in names_imported_by(node)}


def packages_of(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports_of(path)}


def imports_any(path: Path, *packages: str) -> bool:
    """Return whether a file imports one of some packages or something inside of them."""
    prefixes = tuple(f"{package}." for package in packages)
    return any(f"{name}.".startswith(prefixes) for name in imports_of(path))


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


# 1. The core imports no framework


@pytest.mark.parametrize("path", modules_outside("cli", "ray"), ids=relative)
def test_core_imports_no_framework(path: Path) -> None:
    assert packages_of(path).isdisjoint(FRAMEWORKS | ADAPTERS)


@pytest.mark.parametrize("path", modules_outside("cli", "ray"), ids=relative)
def test_core_imports_neither_cli_nor_ray(path: Path) -> None:
    assert packages_of(path).isdisjoint(RAY)
    assert not imports_any(path, "ionos_model_hub.cli", "ionos_model_hub.ray")


@pytest.mark.parametrize("path", modules(CORE / "ray"), ids=relative)
def test_ray_imports_neither_adapters_nor_cli(path: Path) -> None:
    assert packages_of(path).isdisjoint(FRAMEWORKS | ADAPTERS)
    assert not imports_any(path, "ionos_model_hub.cli")


@pytest.mark.parametrize("path", modules_outside("cli", "emulator"), ids=relative)
def test_only_cli_imports_emulator(path: Path) -> None:
    assert not imports_any(path, "ionos_model_hub.emulator")
    assert packages_of(path).isdisjoint({"starlette", "uvicorn", "rich"})


# 2. An adapter imports its framework and the core


@pytest.mark.parametrize(
    ("adapter", "forbidden"),
    [
        ("langchain_ionos", {"llama_index", "llama_index_ionos", "openai"}),
        ("llama_index_ionos", {*LANGCHAIN, "langchain_ionos", "openai"}),
    ],
)
def test_adapter_imports_only_its_own_framework(adapter: str, forbidden: set[str]) -> None:
    for path in modules(ROOT / adapter):
        assert packages_of(path).isdisjoint(forbidden), path


@pytest.mark.parametrize("adapter", sorted(ADAPTERS))
def test_adapter_imports_neither_cli_nor_emulator(adapter: str) -> None:
    for path in modules(ROOT / adapter):
        assert not imports_any(path, "ionos_model_hub.cli", "ionos_model_hub.emulator"), path


# 3. wire/ and policy/ are pure

PURE = modules(CORE / "wire", CORE / "policy")
IMPURE_MODULES = {
    *("httpx", "httpcore", "httptools", "socket", "ssl", "asyncio", "logging"),
    *("time", "random", "secrets", "uuid", "threading", "os", "io", "subprocess", "pathlib"),
}
IMPURE_BUILTINS = {"open", "print", "input", "__import__", "eval", "exec"}


@pytest.mark.parametrize("path", PURE, ids=relative)
def test_wire_and_policy_do_no_io(path: Path) -> None:
    assert packages_of(path).isdisjoint(IMPURE_MODULES)
    tree = ast.parse(path.read_text("utf-8"))
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert {func.id for func in called if isinstance(func, ast.Name)}.isdisjoint(IMPURE_BUILTINS)


@pytest.mark.parametrize("path", PURE, ids=relative)
def test_wire_and_policy_import_no_outer_layer(path: Path) -> None:
    ours = {name for name in imports_of(path) if name.startswith("ionos_model_hub.")}
    allowed = {"wire", "policy", "errors", "catalogue"}
    assert {name.split(".")[1] for name in ours} <= allowed


# 4. transport/http/ imports nothing else of the package


@pytest.mark.parametrize("path", modules(CORE / "transport" / "http"), ids=relative)
def test_http_client_imports_nothing_else_of_the_package(path: Path) -> None:
    ours = {name for name in imports_of(path) if name.partition(".")[0] in PACKAGES}
    assert [name for name in ours if not name.startswith("ionos_model_hub.transport.http.")] == []


# 5. Importing has no side effects

IMPORT = """
import socket, sys
from importlib.util import find_spec
from pathlib import Path

folder = str(Path(find_spec({package!r}).origin).parent)

def refuse(*arguments, **options):
    raise AssertionError("importing opened a socket")

def refuse_to_open(event, arguments):
    # The import system opens modules. Files that others open while we import them are theirs.
    frame = sys._getframe(1) if event == "open" else None
    while frame and not frame.f_code.co_filename.startswith("<frozen importlib"):
        assert not frame.f_code.co_filename.startswith(folder), f"importing opened {{arguments[0]}}"
        frame = frame.f_back

socket.socket.__init__ = socket.create_connection = socket.getaddrinfo = refuse
sys.addaudithook(refuse_to_open)
from {package} import *
print("\\n".join(sys.modules))
"""
# Not rich, which httpx imports if it is installed.
EXTRAS = {"starlette", "uvicorn", "pymupdf", "redis", "ray", "pytest"}
HEAVY = {*RAY, "jsonschema", "openai", "tiktoken", "PIL", "opentelemetry"}


def modules_loaded_by(package: str) -> set[str]:
    """Import a package in a process without network access; return all modules in memory."""
    imported = subprocess.run(
        [sys.executable, "-c", IMPORT.format(package=package)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert imported.returncode == 0, imported.stderr
    assert imported.stderr == ""
    return set(imported.stdout.split())


def test_importing_the_core_loads_only_the_core() -> None:
    loaded = modules_loaded_by("ionos_model_hub")
    assert "ionos_model_hub.client" in loaded
    packages = {name.partition(".")[0] for name in loaded}
    assert packages & {*FRAMEWORKS, *ADAPTERS, *EXTRAS, *HEAVY} == set()
    assert loaded.isdisjoint(f"ionos_model_hub.{outer}" for outer in ("cli", "emulator", "ray"))


@pytest.mark.parametrize(
    ("adapter", "forbidden"),
    [
        ("langchain_ionos", {"llama_index", "llama_index_ionos"}),
        ("llama_index_ionos", {*LANGCHAIN, "langchain_ionos"}),
    ],
)
def test_importing_an_adapter_loads_no_extra(adapter: str, forbidden: set[str]) -> None:
    loaded = modules_loaded_by(adapter)
    assert f"{adapter}.embeddings" in loaded or f"{adapter}.embedding" in loaded
    assert {name.partition(".")[0] for name in loaded} & (forbidden | EXTRAS) == set()
    assert loaded.isdisjoint(f"ionos_model_hub.{outer}" for outer in ("cli", "emulator", "ray"))


# 6. No cycles


def modules_imported_by(node: ast.AST, known: set[str]) -> Iterator[str]:
    """Yield the known modules that a statement imports."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in known)
    elif isinstance(node, ast.ImportFrom) and node.module:
        for alias in node.names:
            submodule = f"{node.module}.{alias.name}"
            yield from {submodule if submodule in known else node.module} & known


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def import_graph(paths: list[Path]) -> dict[str, set[str]]:
    """Return the modules that each module imports, in functions and for types as well."""
    known = {module_name(path) for path in paths}
    return {
        module_name(path): {
            imported
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            for imported in modules_imported_by(node, known)
        }
        for path in paths
    }


def find_cycle(graph: dict[str, set[str]]) -> list[str]:
    """Return the modules of a cycle, or [] if there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        cycle: list[str] = error.args[1]
        return cycle
    return []


def test_there_are_no_import_cycles() -> None:
    graph = import_graph(modules(*(ROOT / package for package in PACKAGES)))
    assert find_cycle(graph) == []


def test_cycles_are_found() -> None:
    assert find_cycle({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    assert set(find_cycle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})) == {"a", "b", "c"}


def test_imports_anywhere_in_a_module_count() -> None:
    source = """
from typing import TYPE_CHECKING
import a
if TYPE_CHECKING:
    import b
else:
    from c import name
class C:
    from d import e
def f():
    import g
try:
    import h
except ImportError:
    pass
"""
    known = {"a", "b", "c", "d", "d.e", "g", "h"}
    imported = {
        name for node in ast.walk(ast.parse(source)) for name in modules_imported_by(node, known)
    }
    assert imported == {"a", "b", "c", "d.e", "g", "h"}


# Layout


def test_root_of_the_core_stays_small() -> None:
    ignored = {"__pycache__", "py.typed"}
    entries = {path.name for path in CORE.iterdir()} - ignored
    assert len(entries) <= MAX_ROOT_ENTRIES, sorted(entries)
