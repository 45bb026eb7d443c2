"""An agent run: the model calls a tool, receives its result and responds."""

from __future__ import annotations

from benchmarks.speed.cases.base import Bench, Case, Work
from benchmarks.speed.subjects.base import Subject

RUNS = 8


def _agent(bench: Bench, subject: Subject) -> Work | None:
    if subject.agent is None:
        return None
    framing = "event" if subject.family == "llama_index" else "json"  # FunctionAgent always streams
    run = bench.make(subject.agent, bench.stub.url(f"agent.{framing}"))

    async def runs() -> None:
        for _ in range(RUNS):
            await run()

    return lambda: bench.run(runs())


CASES = (
    Case(
        "agent",
        "agent run of two model calls and a tool",
        RUNS,
        "run",
        _agent,
        baselines={
            "langchain": ("LangChain from memory", "httpx"),
            "llama_index": ("LlamaIndex from memory", "httpx"),
        },
    ),
)
