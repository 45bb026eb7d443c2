"""Send the recorded requests of the tests to a real vLLM, directly and through the gateway.

    python benchmarks/vllm/gateway.py VENV MODELS [KIND…]

Prints for each kind of server how many responses have the same status and shape. `shape_of`
masks ids, words and numbers, because the model's text differs from run to run.
"""

import os
import sys
from pathlib import Path

import httpx
from servers import KEY, serving

from ionos_model_hub.emulator import Emulator
from ionos_model_hub.emulator.gateway.engine import KEY_VARIABLE
from ionos_model_hub.emulator.recording.differences import describe_differences

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from integration_tests.ionos_model_hub.emulator.recording import (  # noqa: E402
    Exchange,
    load_exchanges,
    shape_of,
)

MODEL_OF_KIND = {
    "embed": "BAAI/bge-m3",
    "embed-decoder": "Qwen/Qwen3-VL-Embedding-8B",
    "rerank": "Qwen/Qwen3-VL-Reranker-8B",
}
SERVERS_OF_KIND = {
    "chat": ("chat", "chat-qwen3"),
    "llama": ("chat-llama3_json",),
    "qwen": ("chat-qwen3_coder",),
    "reason": ("reason",),
    "reason-qwen3": ("reason-qwen3",),
    "embed": ("bert",),
    "embed-decoder": ("embed",),
    "rerank": ("rerank",),
}
"""Names of the servers in the recording."""

ATTEMPTS = 8


def main() -> int:
    """Compare the responses; return 0 only if all agree."""
    venv, models, *kinds = sys.argv[1:]
    failures = 0
    for kind in kinds or SERVERS_OF_KIND:
        with serving(Path(venv), Path(models), kind) as url, gateway(kind, url) as hub:
            failures += _compare(kind, url, hub)
    return 1 if failures else 0


def gateway(kind: str, url: str) -> Emulator:
    """Return the emulated hub in front of a server of this kind."""
    os.environ[KEY_VARIABLE] = KEY
    return Emulator(engine={MODEL_OF_KIND.get(kind, "*"): url}, profile="vllm", api_key=KEY)


def _compare(kind: str, url: str, hub: Emulator) -> int:
    """Print and return the number of requests whose responses differ.

    The text is random, and with it the finish reason. A response agrees if the engine itself gives
    a response of this shape in one of several attempts.
    """
    exchanges = [each for each in load_exchanges() if each.server in SERVERS_OF_KIND[kind]]
    different = []
    for exchange in exchanges:
        shape = shape_of(_send(hub.base_url, exchange))
        shapes = [shape_of(_send(url, exchange))]
        while shape != shapes[-1] and len(shapes) < ATTEMPTS:
            shapes.append(shape_of(_send(url, exchange)))
        if shape != shapes[-1]:
            different.append(
                f"- {exchange.name}: {next(describe_differences(shapes[0], shape), '')}"
            )
    sources = [request.response.headers.get("x-emulator-source") for request in hub.requests]
    print(f"{kind}: {len(exchanges) - len(different)} of {len(exchanges)} agree, ", end="")
    print(f"{sources.count('engine')} responses are from the engine")
    print("\n".join(different), flush=True)
    return len(different)


def _send(base: str, exchange: Exchange) -> httpx.Response:
    headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
    return httpx.request(
        exchange.method,
        f"{base}/{exchange.path}",
        content=exchange.content,
        headers=headers,
        timeout=120,
    )


if __name__ == "__main__":
    sys.exit(main())
