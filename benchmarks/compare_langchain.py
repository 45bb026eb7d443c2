"""Compare langchain_ionos with its peers, feature by feature, and print a Markdown table.

Each cell is the result of a small call against a scripted server on loopback. Install the peers
first, preferably in a separate virtual environment:

    pip install -e ".[langchain,emulator,ocr]" cloudpickle \\
        langchain-openai langchain-mistralai langchain-groq langchain-fireworks
    python benchmarks/compare_langchain.py
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import time
import warnings
from importlib.metadata import version
from typing import Any

# Before the peers are imported, so that they connect to no other machine.
for _name in [name for name in os.environ if name.lower().endswith("_proxy")]:
    del os.environ[_name]
os.environ.update(HF_HUB_OFFLINE="1", LANGSMITH_TRACING="false")
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

import probes_engine  # noqa: E402
import probes_errors  # noqa: E402
import probes_objects  # noqa: E402
import probes_requests  # noqa: E402
import probes_rest  # noqa: E402
import probes_streams  # noqa: E402
from peers import PEERS  # noqa: E402
from verdicts import Verdict, judge  # noqa: E402

GROUPS = {
    "Requests": probes_requests.PROBES,
    "Streams": probes_streams.PROBES,
    "Failures": probes_errors.PROBES,
    "With a real engine": probes_engine.PROBES,
    "Objects": probes_objects.PROBES,
    "Embeddings and other features": probes_rest.PROBES,
}


def stay_on_loopback() -> None:
    """Reject connections to other machines."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1"):
            raise OSError("offline: only loopback is allowed here")
        connect(self, address)

    socket.socket.connect = guarded  # type: ignore[method-assign]  # intended


def main() -> None:
    """Run all probes; print the table and the reasons."""
    stay_on_loopback()
    began = time.monotonic()
    notes: list[str] = []
    counts = {peer.name: 0 for peer in PEERS}
    print(f"With langchain-core {version('langchain-core')}.\n")
    for group, probes in GROUPS.items():
        print("| " + " | ".join([f"**{group}**", *(peer.title for peer in PEERS)]) + " |")
        print("|---" * (len(PEERS) + 1) + "|")
        for feature, probe in probes.items():
            verdicts = {peer.name: judge(probe, peer) for peer in PEERS}
            print(
                "| " + " | ".join([feature, *_cells(feature, verdicts, notes)]) + " |", flush=True
            )
            for name, each in verdicts.items():
                counts[name] += each.mark == "Y"
        print()
    rows = sum(map(len, GROUPS.values()))
    print("Yes: " + ", ".join(f"{name} {count}/{rows}" for name, count in counts.items()))
    print(f"Measured in {time.monotonic() - began:.0f} s.\n")
    print("\n".join(notes))


def _cells(feature: str, verdicts: dict[str, Verdict], notes: list[str]) -> list[str]:
    """Return the cells of a row; each distinct reason becomes one note."""
    names: dict[str, list[str]] = {}
    for name, verdict in verdicts.items():
        if verdict.reason:
            names.setdefault(verdict.reason, []).append(name)
    number = {reason: len(notes) + place for place, reason in enumerate(names, start=1)}
    notes += [
        f"{number[reason]}. {feature} ({', '.join(peers)}): {reason}"
        for reason, peers in names.items()
    ]
    return [
        f"{verdict.mark} [{number[verdict.reason]}]" if verdict.reason else verdict.mark
        for verdict in verdicts.values()
    ]


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # threads of unfinished calls would keep the process alive
