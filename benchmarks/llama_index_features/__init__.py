"""What LlamaIndex users need of an LLM package, as checks that run against any of them."""

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
