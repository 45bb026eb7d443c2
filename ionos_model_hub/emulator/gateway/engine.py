"""Addresses of engines, and which engine serves which model."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from ionos_model_hub.catalogue import MODELS, Model
from ionos_model_hub.emulator.upstream import checked_url

KEY_VARIABLE = "IONOS_ENGINE_API_KEY"
"""Environment variable with the API key of the engines."""

ALL_CHAT_MODELS = "*"
"""Stands for all chat models without an engine of their own."""

_TEXT_ENDPOINTS = ("chat", "completions")
_KIND_OF_ENDPOINT = {"embeddings": "embedding", "rerank": "rerank", "images": "image"}


@dataclass(frozen=True, slots=True)
class Engine:
    """An OpenAI-compatible server.

    Attributes:
        url: Its base URL, which usually ends in `/v1`.
        model: Name of the model there; None is the first one that the engine lists.
        api_key: Its API key, or None if it needs none.
    """

    url: str
    model: str | None = None
    api_key: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, address: str) -> Self:
        """Return the engine for an address: a URL, with `#MODEL` if it has several models.

        A URL without a path gets `/v1`. An API key may be in it as a password, else it is that of
        `IONOS_ENGINE_API_KEY`.

        Raises:
            ValueError: The address is not a URL.

        Example:
            >>> Engine.parse("http://localhost:11434#qwen3:4b")
            Engine(url='http://localhost:11434/v1', model='qwen3:4b')
        """
        url, _, model = address.partition("#")
        parts = urlsplit(checked_url(url, "engine"))
        path = parts.path.rstrip("/") or "/v1"
        host = parts.netloc.rpartition("@")[2]
        key = parts.password or os.environ.get(KEY_VARIABLE)
        return cls(f"{parts.scheme}://{host}{path}", model or None, key)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of requests to the engine."""
        headers = {"content-type": "application/json"}
        return {**headers, "authorization": f"Bearer {self.api_key}"} if self.api_key else headers


def parse_engines(engines: str | Mapping[str, str]) -> dict[str, Engine]:
    """Return the engines by the id of the hub's model that they serve.

    Args:
        engines: The address of an engine for all chat models, or addresses by model id.

    Raises:
        ValueError: An address is not a URL, or a model is not in the catalogue.
    """
    addresses = {ALL_CHAT_MODELS: engines} if isinstance(engines, str) else engines
    known = {model.id for model in MODELS}
    for name in addresses:
        if name != ALL_CHAT_MODELS and name not in known:
            raise ValueError(f"{name!r} is not a model of the catalogue")
    return {name: Engine.parse(address) for name, address in addresses.items()}


def split_mapping(text: str) -> tuple[str, str]:
    """Return the model id and the address of `MODEL=URL`; an address alone is for all chat models.

    Example:
        >>> split_mapping("BAAI/bge-m3=http://localhost:11434#bge-m3")
        ('BAAI/bge-m3', 'http://localhost:11434#bge-m3')
        >>> split_mapping("http://localhost:8000/v1")
        ('*', 'http://localhost:8000/v1')
    """
    model, separator, address = text.partition("=")
    if not separator or "://" in model:
        return ALL_CHAT_MODELS, text
    return model, address


def engine_for(engines: Mapping[str, Engine], endpoint: str, model: Model) -> Engine | None:
    """Return the engine that serves a model at an endpoint, or None.

    OCR models are served only by an engine of their own, because a text model cannot replace them.
    """
    kind = "chat" if endpoint in _TEXT_ENDPOINTS else _KIND_OF_ENDPOINT.get(endpoint)
    if model.kind != kind:
        return None
    if model.id in engines:
        return engines[model.id]
    return engines.get(ALL_CHAT_MODELS) if kind == "chat" and model.streaming else None
