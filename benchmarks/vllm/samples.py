"""Schemas and tools of both adapters' checks."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, RootModel, SecretStr


class Person(BaseModel):
    """A person."""

    name: str
    age: int


class Rich(BaseModel):
    """Types whose JSON Schema uses features that the engine's grammar rejects."""

    tags: set[str]
    path: Path
    secret: SecretStr


class Numbers(RootModel[list[int]]):
    """A list at the root."""


def get_weather(city: str) -> str:
    """Return the weather in a city."""
    return f"sunny in {city}"


def set_lamp(colour: Literal["red", "green"]) -> str:
    """Set the colour of the lamp."""
    return colour


def get_time() -> str:
    """Return the time."""
    return "noon"


def search(query: str = "all") -> str:
    """Search; the query is optional."""
    raise AssertionError(f"a truncated call was run: {query}")


def error_of(kind: type[Exception], run: Callable[[], object]) -> Exception:
    """Return the error of this class that a call raises."""
    try:
        run()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")
