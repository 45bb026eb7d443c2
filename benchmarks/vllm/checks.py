"""The registry of checks: which server kinds a check runs against, and what it covers."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

Check = Callable[[], None]

LLAMA = "meta-llama/Llama-3.3-70B-Instruct"
CHAT = ("chat", "llama", "qwen")
WRITES_CALLS = ("chat", "llama")
"""The kinds whose model writes tool calls in the form that their parser reads."""


@dataclass(frozen=True)
class Case:
    """One check.

    Attributes:
        subject: The adapter.
        topic: A row of the table.
        name: For the list of failures.
        kinds: Server kinds that it runs against.
        run: Raises an exception if the check fails.
    """

    subject: str
    topic: str
    name: str
    kinds: tuple[str, ...]
    run: Check


CASES: list[Case] = []


def check(
    subject: str, topic: str, *kinds: str, **variants: tuple[object, ...]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as a check, once for each value of an argument in `variants`."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        if not variants:
            CASES.append(Case(subject, topic, function.__name__, kinds, function))
        for argument, values in variants.items():
            for value in values:
                name = f"{function.__name__}[{getattr(value, '__name__', value)}]"
                run = partial(function, **{argument: value})
                CASES.append(Case(subject, topic, name, kinds, run))
        return function

    return register
