"""The interface of the callers in the fault matrix, and what they have in common."""

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
    """Makes one call with a new client and closes it.

    Returns the content of the response. Errors are raised as users see them.

    Attributes:
        base_error: The class that the framework requires of errors.
    """

    base_error: type[Exception]

    def __init__(self, **options: Any) -> None: ...

    def chat(self) -> str:
        """Return the text of a chat completion."""

    def stream(self) -> list[str]:
        """Return the parts of a streamed text."""

    def embed(self) -> Vectors:
        """Return the vectors of `TEXTS`."""

    def rerank(self) -> list[int]:
        """Return the indices of `TEXTS`, best first."""


class CallerWithOptions:
    """Stores the settings of a caller's clients."""

    base_error: type[Exception] = ModelHubError

    def __init__(self, **options: Any) -> None:
        self.options = options


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on a new event loop."""
    return asyncio.run(coroutine)
