"""The pages of the API reference, made from the public names of each module."""

from collections.abc import Iterable
from importlib import import_module

MODULES = {
    "langchain": "langchain_ionos",
    "llama_index": "llama_index_ionos",
    "core": "ionos_model_hub",
    "types": "ionos_model_hub.types",
    "emulator": "ionos_model_hub.emulator",
    "ray": "ionos_model_hub.ray",
}
# The most important names of each page, which come first.
FIRST = (
    *("ChatIONOS", "IONOS", "Client", "AsyncClient", "Stream", "AsyncStream", "Settings"),
    *("Emulator", "Reply", "Call", "IONOSEmbedder", "ModelHubError"),
)
INTRODUCTIONS = {
    "langchain": "The IONOS AI Model Hub for LangChain.",
    "llama_index": "The IONOS AI Model Hub for LlamaIndex. Each class can also be imported from a "
    "module of LlamaIndex's namespace:\n`llama_index.llms.ionos`, `llama_index.embeddings.ionos`, "
    "`llama_index.postprocessor.ionos` and\n`llama_index.tools.ionos`.",
    "core": "Clients, responses, settings and the catalogue of models. The errors have "
    "[their own page](errors.md).",
    "types": "Types of requests, for annotations.",
    "emulator": "A local Model Hub. [Testing](../testing.md) explains its use.",
    "ray": "Embeddings and chat for Ray Data. [Scaling](../scaling.md) explains its use.",
}


def is_error(value: object) -> bool:
    """Return whether a public object is an error class."""
    return isinstance(value, type) and issubclass(value, Exception)


def public_names(module: str, *, errors: bool = False) -> list[str]:
    """Return the names of a module that have an entry, in the order of the page."""
    imported = import_module(module)
    names = {
        name
        for name in imported.__all__
        if not name.startswith("__") and is_error(getattr(imported, name)) == errors
    }
    return [each for each in FIRST if each in names] + sorted(names - {*FIRST}, key=str.lower)


def page(title: str, introduction: str, module: str, names: Iterable[str]) -> str:
    """Return the text of a page."""
    entries = "\n\n".join(f"::: {module}.{name}" for name in names)
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
