"""The compared packages, each configured as its documentation recommends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from types import ModuleType
from typing import Any

import langchain_fireworks
import langchain_groq
import langchain_mistralai
import langchain_openai
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel, BaseLLM
from openai import OpenAI

import langchain_ionos

KEY = "bench-secret-key"


@dataclass(frozen=True)
class Peer:
    """One package; its factories take a base URL and constructor arguments."""

    name: str
    distribution: str
    module: ModuleType
    known_model: str
    make_chat: Callable[..., BaseChatModel]
    make_embeddings: Callable[..., Embeddings] | None = None
    make_llm: Callable[..., BaseLLM] | None = None

    @property
    def title(self) -> str:
        return f"{self.name} {version(self.distribution)}"

    def chat(self, url: str, **options: Any) -> BaseChatModel:
        defaults = {"model": "served/model", "api_key": KEY, "max_retries": 0, "base_url": url}
        return self.make_chat(**{**defaults, **options})

    def embeddings(self, url: str, **options: Any) -> Embeddings:
        if self.make_embeddings is None:
            raise NotOfferedError
        return self.make_embeddings(url, **options)


class NotOfferedError(Exception):
    """The package does not offer this."""


def _openai_embeddings(url: str, **options: Any) -> Embeddings:
    # Otherwise it sends token arrays instead of text, which compatible servers reject.
    defaults = {"check_embedding_ctx_length": False, "max_retries": 0}
    return langchain_openai.OpenAIEmbeddings(
        model="served/embedder", api_key=KEY, base_url=url, **{**defaults, **options}
    )


def _mistral_embeddings(url: str, **options: Any) -> Embeddings:
    return langchain_mistralai.MistralAIEmbeddings(
        model="served/embedder", api_key=KEY, endpoint=f"{url}/", **{"max_retries": 1, **options}
    )


def _fireworks_embeddings(url: str, **options: Any) -> Embeddings:
    embeddings = langchain_fireworks.FireworksEmbeddings(
        model="served/embedder", api_key=KEY, **options
    )
    # There is no argument for the base URL.
    embeddings.client = OpenAI(api_key=KEY, base_url=url, max_retries=0)
    return embeddings


def _ionos_embeddings(url: str, **options: Any) -> Embeddings:
    defaults = {"max_retries": 0}
    return langchain_ionos.IONOSEmbeddings(
        model="served/embedder", api_key=KEY, base_url=url, **{**defaults, **options}
    )


PEERS = (
    Peer(
        "ionos",
        "ionos-model-hub",
        langchain_ionos,
        "openai/gpt-oss-120b",
        langchain_ionos.ChatIONOS,
        _ionos_embeddings,
        lambda url: langchain_ionos.IONOSLLM(model="m", api_key=KEY, base_url=url),
    ),
    Peer(
        "openai",
        "langchain-openai",
        langchain_openai,
        "gpt-4o",
        langchain_openai.ChatOpenAI,
        _openai_embeddings,
        lambda url: langchain_openai.OpenAI(model="m", api_key=KEY, base_url=url),
    ),
    Peer(
        "mistralai",
        "langchain-mistralai",
        langchain_mistralai,
        "mistral-large-latest",
        langchain_mistralai.ChatMistralAI,
        _mistral_embeddings,
    ),
    Peer(
        "groq",
        "langchain-groq",
        langchain_groq,
        "llama-3.3-70b-versatile",
        langchain_groq.ChatGroq,
    ),
    Peer(
        "fireworks",
        "langchain-fireworks",
        langchain_fireworks,
        "accounts/fireworks/models/gpt-oss-120b",
        langchain_fireworks.ChatFireworks,
        _fireworks_embeddings,
        lambda url: langchain_fireworks.Fireworks(
            model="m", fireworks_api_key=KEY, base_url=f"{url}/completions"
        ),
    ),
)
