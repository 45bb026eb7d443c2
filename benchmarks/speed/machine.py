"""The machine, and the versions of the measured packages."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

PACKAGES = (
    "ionos-model-hub",
    "langchain-core",
    "langchain",
    "langgraph",
    "langchain-openai",
    "langchain-mistralai",
    "llama-index-core",
    "llama-index-llms-openai-like",
    "llama-index-embeddings-openai-like",
    "openai",
    "httpx",
    "httpcore",
    "h11",
    "httpx-aiohttp",
    "aiohttp",
    "pydantic",
    "orjson",
)


def processor() -> str:
    """Return the name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def description() -> dict[str, str]:
    """Return the facts that a reader needs to compare figures."""
    return {
        "machine": f"{processor()}, {len(os.sched_getaffinity(0))} cores, {platform.system()}",
        "load before": f"{os.getloadavg()[0]:.1f}",
        "Python": platform.python_version(),
        **{package: version(package) for package in PACKAGES},
    }
