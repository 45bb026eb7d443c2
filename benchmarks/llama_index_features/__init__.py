"""Checks of features that LlamaIndex users need; they run against any LLM package."""

from . import engine, operation, responses, structured, tools
from .checks import CHECKS, Bench, Check, Make, Subject
from .hub import Hub

__all__ = [
    "CHECKS",
    "Bench",
    "Check",
    "Hub",
    "Make",
    "Subject",
    "engine",
    "operation",
    "responses",
    "structured",
    "tools",
]
