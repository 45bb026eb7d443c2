"""Make `ionos:` known to LangChain's factories."""

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
    """Let `init_chat_model`, `init_embeddings` and `create_agent` take `"ionos:<model>"`.

    LangChain keeps its providers in a private table and offers no other way in. Where that table
    is gone, a warning says so and nothing changes: use the classes of this package directly.
    Calling this again does nothing.

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
    for module, kind in _FACTORIES.items():
        providers = _providers_in(module)
        if isinstance(providers, dict):
            providers.setdefault(PROVIDER, ("langchain_ionos", kind, _construct))
        else:
            warnings.warn(
                f"This version of langchain keeps no table of providers in {module}: "
                f"use langchain_ionos.{kind} in place of '{PROVIDER}:<model>'.",
                stacklevel=2,
            )


def _providers_in(module: str) -> object:
    try:
        return getattr(import_module(module), "_BUILTIN_PROVIDERS", None)
    except ModuleNotFoundError:
        return None


def _construct(cls: type[Any], **fields: Any) -> Any:
    return cls(**fields)
