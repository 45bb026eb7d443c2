"""Register the provider name `ionos` with LangChain's factory functions."""

from __future__ import annotations

import warnings
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from langchain_ionos.convert.responses import PROVIDER

_FACTORIES = {
    "langchain.chat_models.base": "ChatIONOS",
    "langchain.embeddings.base": "IONOSEmbeddings",
}


def register() -> None:
    """Let `init_chat_model`, `init_embeddings` and `create_agent` accept `"ionos:<model>"`.

    LangChain keeps its providers in a private table and has no public function to add one. If
    the table does not exist, a warning says so and nothing changes; use the classes of this
    package directly. Repeated calls have no effect.

    Raises:
        ImportError: The package `langchain` is not installed.

    Example:
        >>> register()
        >>> from langchain.embeddings import init_embeddings
        >>> type(init_embeddings("ionos:BAAI/bge-m3", api_key="any")).__name__
        'IONOSEmbeddings'
    """
    if find_spec("langchain") is None:
        raise ImportError("register() needs langchain: pip install langchain")
    for module, class_name in _FACTORIES.items():
        providers = _provider_table(module)
        if isinstance(providers, dict):
            providers.setdefault(PROVIDER, ("langchain_ionos", class_name, _construct))
        else:
            warnings.warn(
                f"This version of langchain has no table of providers in {module}. "
                f"Use langchain_ionos.{class_name} instead of '{PROVIDER}:<model>'.",
                stacklevel=2,
            )


def _provider_table(module: str) -> object:
    try:
        return getattr(import_module(module), "_BUILTIN_PROVIDERS", None)
    except ModuleNotFoundError:
        return None


def _construct(cls: type[Any], **fields: Any) -> Any:
    return cls(**fields)
