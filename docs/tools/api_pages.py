"""The pages of the API reference, made from the public names of each module."""

import ast
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULES = {
    "langchain": "langchain_ionos",
    "llama_index": "llama_index_ionos",
    "core": "ionos_model_hub",
    "types": "ionos_model_hub.types",
    "emulator": "ionos_model_hub.emulator",
    "ocr": "ionos_model_hub.ocr",
    "telemetry": "ionos_model_hub.telemetry",
    "ray": "ionos_model_hub.ray",
}
# The most important names of each page, which come first.
FIRST = (
    *("ChatIONOS", "IONOS", "IONOSEmbeddings", "IONOSEmbedding", "IONOSRerank", "IONOSLLM"),
    *("Client", "AsyncClient", "Stream", "AsyncStream", "Settings"),
    *("Emulator", "Reply", "Call", "OCR", "OpenTelemetry", "IONOSEmbedder", "ModelHubError"),
)
# Inherited methods that are documented with a class.
INHERITED = {
    "langchain_ionos.ChatIONOS": ("bind_tools", "with_structured_output", "close", "aclose"),
    "llama_index_ionos.IONOS": ("structured_predict", "get_tool_calls_from_response"),
}
INTRODUCTIONS = {
    "langchain": "The IONOS AI Model Hub for LangChain.",
    "llama_index": "The IONOS AI Model Hub for LlamaIndex. Each class can also be imported from a "
    "module of LlamaIndex's namespace:\n`llama_index.llms.ionos`, `llama_index.embeddings.ionos`, "
    "`llama_index.postprocessor.ionos`,\n`llama_index.readers.ionos` and "
    "`llama_index.tools.ionos`.",
    "core": "Clients, responses, settings and the catalogue of models. The errors have "
    "[their own page](errors.md).",
    "types": "Types of requests, for annotations.",
    "emulator": "A local Model Hub. [Testing](../testing.md) explains its use.",
    "ocr": "Text of scanned documents, without a framework. [OCR](../ocr.md) explains its use.",
    "telemetry": "Records of calls, and OpenTelemetry. [Observability](../observability.md) "
    "explains their use.",
    "ray": "Embeddings and chat for Ray Data. [Scaling](../scaling.md) explains its use.",
}


def is_error(name: str) -> bool:
    """Return whether a public name is that of an error class."""
    return name.endswith("Error")


def read_all(module: str) -> set[str]:
    """Return the names in `__all__` of a module, which may need packages that are missing."""
    path = ROOT.joinpath(*module.split("."))
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    for node in ast.parse(source.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    raise ValueError(f"{module} has no __all__")


def public_names(module: str, *, errors: bool = False) -> list[str]:
    """Return the names of a module that have an entry, in the order of the page."""
    names = {
        name for name in read_all(module) if not name.startswith("__") and is_error(name) == errors
    }
    return [each for each in FIRST if each in names] + sorted(names - {*FIRST}, key=str.lower)


def entry(module: str, name: str) -> str:
    """Return the directive that inserts the documentation of a name."""
    # A function with the same name as its module hides the module at runtime only.
    is_module = ROOT.joinpath(*module.split("."), f"{name}.py").exists()
    directive = f"::: {module}.{name}.{name}" if is_module else f"::: {module}.{name}"
    if names := INHERITED.get(f"{module}.{name}"):
        return f"{directive}\n    options:\n      inherited_members: [{', '.join(names)}]"
    return directive


def page(title: str, introduction: str, module: str, names: Iterable[str]) -> str:
    """Return the text of a page."""
    entries = "\n\n".join(entry(module, name) for name in names)
    return f"# {title}\n\n{introduction}\n\n{entries}\n"


def pages() -> dict[str, str]:
    """Return the text of each page by its path in `docs/`."""
    written = {
        f"api/{name}.md": page(f"`{module}`", INTRODUCTIONS[name], module, public_names(module))
        for name, module in MODULES.items()
    }
    introduction = (
        "All errors derive from `ModelHubError`. [Errors](../errors.md) explains when they are "
        "raised, and what to do about them."
    )
    names = public_names("ionos_model_hub", errors=True)
    return {**written, "api/errors.md": page("Errors", introduction, "ionos_model_hub", names)}
