"""Run both adapters against a real vLLM and print a Markdown table.

    sh benchmarks/vllm/install.sh VENV
    VENV/bin/python benchmarks/vllm/models.py MODELS
    python benchmarks/vllm/run.py VENV MODELS [--gateway] [KIND…]

Needs `pip install -e ".[all]"`. Each server takes about 2 GiB of memory. `serve.sh` explains the
kinds. With `--gateway`, the emulated hub is in front of the server.
"""

import os
import sys
import traceback
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import langchain_checks  # noqa: F401  # registers its checks
import llama_index_checks  # noqa: F401
from checks import CASES, Case
from gateway import gateway
from servers import KEY, serving

KINDS = ("chat", "llama", "qwen", "reason", "embed", "rerank")
SUBJECTS = ("LangChain", "LlamaIndex")


def main() -> int:
    """Run the checks; return 0 only if all passed."""
    through_gateway = "--gateway" in sys.argv
    venv, models, *kinds = [each for each in sys.argv[1:] if each != "--gateway"]
    passed: Counter[tuple[str, str]] = Counter()
    total: Counter[tuple[str, str]] = Counter()
    failures: list[str] = []
    os.environ["IONOS_API_KEY"] = KEY
    for kind in kinds or KINDS:
        with ExitStack() as stack:
            url = stack.enter_context(serving(Path(venv), Path(models), kind))
            if through_gateway:
                url = stack.enter_context(gateway(kind, url)).base_url
            os.environ["IONOS_BASE_URL"] = url
            for case in CASES:
                if kind in case.kinds:
                    failure = _run(case)
                    total[case.topic, case.subject] += 1
                    passed[case.topic, case.subject] += not failure
                    failures += [f"{kind}: {case.subject}, {case.name}: {failure}"] * bool(failure)
    _print(passed, total, failures)
    return 1 if failures else 0


def _run(case: Case) -> str:
    """Return why a check failed, "" if it passed."""
    try:
        case.run()
    except Exception as error:  # noqa: BLE001  # any failure is reported in the table
        place = traceback.extract_tb(error.__traceback__)[-1]
        return (
            f"{type(error).__name__} in {Path(place.filename).name}:{place.lineno}: {error!s:.200}"
        )
    return ""


def _print(
    passed: Counter[tuple[str, str]], total: Counter[tuple[str, str]], failures: list[str]
) -> None:
    print(f"| topic | {' | '.join(SUBJECTS)} |\n|---|{'---|' * len(SUBJECTS)}")
    for topic in dict.fromkeys(topic for topic, _ in total):
        cells = (f"{passed[topic, each]}/{total[topic, each]}" for each in SUBJECTS)
        print(f"| {topic} | {' | '.join(cells)} |")
    print(f"\n{passed.total()} of {total.total()} passed.")
    print("\n".join(f"- {failure}" for failure in failures))


if __name__ == "__main__":
    sys.exit(main())
