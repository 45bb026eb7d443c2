"""What the callers of the matrix have in common."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

from ionos_model_hub import ModelHubError

T = TypeVar("T")
Vectors = list[list[float]]

PROMPT = "Wer spricht?"
MESSAGES = [{"role": "user", "content": PROMPT}]
MODEL = "meta-llama/Llama-3.3-70B-Instruct"
TEXTS = ["eins", "zwei", "drei"]


class Caller(Protocol):
    """Makes one call with connections of its own, and closes them.

    What it returns is what the server said; what it raises is what users see.

    Attributes:
        family: What the framework's users expect errors to be.
    """

    family: type[Exception]

    def __init__(self, **options: Any) -> None: ...

    def chat(self) -> str:
        """Return the text of an answer."""

    def stream(self) -> list[str]:
        """Return the pieces of a streamed answer's text."""

    def embed(self) -> Vectors:
        """Return the vectors of `TEXTS`."""

    def rerank(self) -> list[int]:
        """Return the places of `TEXTS`, best first."""


class Configured:
    """Holds the settings of a caller's clients."""

    family: type[Exception] = ModelHubError

    def __init__(self, **options: Any) -> None:
        self.options = options


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on an event loop of its own."""
    return asyncio.run(coroutine)
