"""Run the feature checks against all installed LlamaIndex packages and print a table.

    python benchmarks/compare_llamaindex.py [--failures]

Y: all checks of the row pass. P: some pass. N: none passes. Install the peers first:
llama-index-llms-openai-like and llama-index-llms-mistralai.
"""

from __future__ import annotations

import argparse
import logging
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index_features import CHECKS, Bench, Check, Hub, Subject

TIMEOUT = 30.0


def ionos(url: str, **options: Any) -> FunctionCallingLLM:
    """Make the LLM of this project."""
    from llama_index_ionos import IONOS

    return IONOS(**{"api_key": "any", "api_base": url, **options})


def openai_like(url: str, **options: Any) -> FunctionCallingLLM:
    """Make an OpenAILike with the flags that users need for such a server."""
    from llama_index.llms.openai_like import OpenAILike

    flags = {
        "model": "openai/gpt-oss-120b",
        "is_chat_model": True,
        "is_function_calling_model": True,
        "should_use_structured_outputs": options.get("pydantic_program_mode") is None,
    }
    return OpenAILike(**{"api_key": "any", "api_base": url, **flags, **options})


def openai(url: str, **options: Any) -> FunctionCallingLLM:
    """Make an OpenAI LLM with a model that the package knows."""
    from llama_index.llms.openai import OpenAI

    return OpenAI(**{"api_key": "any", "api_base": url, "model": "gpt-4o-mini", **options})


def mistralai(url: str, **options: Any) -> FunctionCallingLLM:
    """Make a MistralAI LLM with a model that the package knows."""
    from llama_index.llms.mistralai import MistralAI

    endpoint = url.removesuffix("/v1")
    return MistralAI(**{"api_key": "any", "endpoint": endpoint, **options})


MAKERS: dict[str, Callable[..., FunctionCallingLLM]] = {
    "ionos-model-hub": ionos,
    "llama-index-llms-openai-like": openai_like,
    "llama-index-llms-openai": openai,
    "llama-index-llms-mistralai": mistralai,
}


def subjects() -> Iterator[Subject]:
    """Yield the installed packages."""
    for package, make in MAKERS.items():
        try:
            name = package.removeprefix("llama-index-llms-").removesuffix("-model-hub")
            yield Subject(f"{name} {version(package)}", make)
        except PackageNotFoundError:
            continue


def failure_of(check: Check, subject: Subject) -> str | None:
    """Return why a check failed, or None if it passed."""
    outcomes: list[str | None] = []

    def run() -> None:
        with Hub() as hub:
            try:
                check.run(Bench(subject, hub))
            except BaseException as error:  # noqa: BLE001  # any error is a result
                outcomes.append(f"{type(error).__name__}: {error}"[:160].replace("\n", " "))
            else:
                outcomes.append(None)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(TIMEOUT)
    return outcomes[0] if outcomes else f"not finished after {TIMEOUT:g} s"


def table(results: dict[str, dict[Check, str | None]]) -> Iterator[str]:
    """Yield the lines of the table."""
    yield f"| feature | {' | '.join(results)} |"
    yield f"|---|{'---|' * len(results)}"
    for feature in dict.fromkeys(check.feature for check in CHECKS):
        marks = []
        for failures in results.values():
            row = [failures[check] for check in CHECKS if check.feature == feature]
            passed = sum(failure is None for failure in row)
            mark = "Y" if passed == len(row) else "P" if passed else "N"
            marks.append(f"{mark} ({passed}/{len(row)})" if mark == "P" else mark)
        yield f"| {feature} | {' | '.join(marks)} |"


def main() -> None:
    """Run all checks; print the table and, on request, the failed checks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--failures", action="store_true", help="list the checks that failed")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    sys.unraisablehook = lambda _: None  # peers raise errors in finalizers
    logging.disable(logging.CRITICAL)
    results = {
        subject.name: {check: failure_of(check, subject) for check in CHECKS}
        for subject in subjects()
    }
    print("\n".join(table(results)))
    if arguments.failures:
        for name, failures in results.items():
            for check, failure in failures.items():
                if failure:
                    print(f"\n{name} · {check.feature} · {check.name}\n    {failure}")


if __name__ == "__main__":
    main()
