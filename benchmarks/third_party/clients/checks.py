"""Run the checks of one client, and print one JSON line for each."""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Callable
from typing import Any

BASE_URL = os.environ.get("EMULATOR_URL", "")
KEY = "any"
CHAT = "meta-llama/Llama-3.3-70B-Instruct"
EMBEDDING = "BAAI/bge-m3"
RERANK = "Qwen/Qwen3-VL-Reranker-8B"
IMAGE = "black-forest-labs/FLUX.1-schnell"

# What the emulator is scripted to return; see run_clients.py.
QUESTION, TEXT = "Say the greeting.", "Fair winds, and a hand's breadth of water: ½ m."
WEATHER, CITY, FORECAST = "Will it rain in Rostock?", "Rostock", "dry, 18 degrees"
SUMMARY = "It will stay dry in Rostock."
BOOKING_REQUEST, BOAT, NIGHTS = "Extract the booking.", "Ada", 3
BOOKING_CALL = "Extract the booking with the tool."
LIMITED = "Exceed the rate limit."

Check = Callable[[], Any]


def run_checks(**checks: Check) -> None:
    """Run each check and print its name with an empty error or the reason of the failure."""
    for name, check in checks.items():
        error = ""
        try:
            result = check()
            if inspect.isawaitable(result):
                import asyncio

                asyncio.run(result)
        except Exception as failure:  # noqa: BLE001  # it is reported
            error = f"{type(failure).__name__}: {failure}"[:300]
        print(json.dumps({"check": name, "error": error}), flush=True)


def equal(actual: object, expected: object) -> None:
    """Check that two values are equal."""
    if actual != expected:
        raise AssertionError(f"expected {expected!r}, got {actual!r}")


def raises(kind: type[BaseException], call: Check) -> BaseException:
    """Check that a call raises an exception of a kind, and return it."""
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")
