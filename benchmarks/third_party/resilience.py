"""What becomes of calls when LLMock breaks them; LLMock judges how they were retried."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
from callers import CALLERS, MODES, STREAMS, Caller
from servers import KEY

from ionos_model_hub import ModelHubError, errors

TEXT = "Grüße aus dem Hafen, und zwar aus dem alten: alles ist da und nichts ist doppelt."
OPTIONS = {"api_key": KEY, "timeout": 1.5, "max_retries": 2}


@dataclass(frozen=True)
class Scenario:
    """Faults for the next requests, and what must come of them.

    Attributes:
        name: As the table shows it.
        faults: Behaviours in LLMock's terms.
        requests: How many must be sent.
        error: What must be raised; None for a whole answer.
        partial: Whether the error must hold the beginning of the text.
        modes: In which modes the faults can happen.
    """

    name: str
    faults: list[dict[str, Any]]
    requests: int
    error: type[ModelHubError] | None = None
    partial: bool = False
    modes: tuple[str, ...] = MODES


def fail(status: int, times: int | None = 1, **more: Any) -> dict[str, Any]:
    return {"type": "fail", "status": status, "times": times, **more}


def cut(kind: str, after: int, **more: Any) -> dict[str, Any]:
    return {"type": "stream_fault", "kind": kind, "after_chunks": after, **more}


SCENARIOS = (
    Scenario("429 twice, Retry-After 0.5 s", [fail(429, 2, retry_after=0.5)], 3),
    Scenario("429 once, without Retry-After", [fail(429)], 2),
    Scenario("503 twice", [fail(503, 2)], 3),
    Scenario("500 once", [fail(500)], 2),
    Scenario("408, then 504", [fail(408), fail(504)], 3),
    Scenario("529 once", [fail(529)], 2),
    Scenario("500 for ever", [fail(500, None)], 3, errors.ServerError),
    Scenario("400", [fail(400)], 1, errors.BadRequestError),
    Scenario("401", [fail(401)], 1, errors.AuthenticationError),
    Scenario("404", [fail(404)], 1, errors.NotFoundError),
    Scenario("422", [fail(422)], 1, errors.BadRequestError),
    Scenario("answer after 0.8 s", [{"type": "delay", "seconds": 0.8}], 1),
    Scenario(
        "first token after 0.8 s", [{"type": "slow_first_token", "seconds": 0.8}], 1, modes=STREAMS
    ),
    Scenario("disconnect before the first chunk", [cut("disconnect", 0)], 2, modes=STREAMS),
    Scenario(
        "disconnect after 3 chunks",
        [cut("disconnect", 3)],
        1,
        errors.ConnectionFailedError,
        partial=True,
        modes=STREAMS,
    ),
    Scenario(
        "clean end after 3 chunks",
        [cut("truncate", 3)],
        1,
        errors.IncompleteStreamError,
        partial=True,
        modes=STREAMS,
    ),
    Scenario(
        "malformed chunk after 3",
        [cut("malformed", 3)],
        1,
        errors.ResponseError,
        partial=True,
        modes=STREAMS,
    ),
    Scenario(
        "stall of 4 s after 3 chunks",
        [cut("stall", 3, stall_seconds=4)],
        1,
        errors.RequestTimeoutError,
        partial=True,
        modes=STREAMS,
    ),
)


class Judge:
    """LLMock's control interface."""

    def __init__(self, url: str) -> None:
        self.url = f"{url}/v1"
        self._control = httpx.Client(base_url=f"{url}/_llmock", timeout=20)
        self.warnings: Counter[str] = Counter()

    def prepare(self, faults: list[dict[str, Any]]) -> None:
        self._control.post("/reset").raise_for_status()
        reply = {"type": "reply", "text": TEXT, "times": None}
        self._control.post("/scenario", json={"behaviors": [*faults, reply]}).raise_for_status()

    def verdict(self, requests: int) -> dict[str, Any]:
        """Return what is thought of a call, once all its requests have ended."""
        for _ in range(4):  # LLMock waits two seconds each time.
            verdict: dict[str, Any] = self._control.get("/verdict").raise_for_status().json()
            if verdict["attempts"] >= requests:
                break
        for finding in verdict["findings"]:
            self.warnings[finding["code"]] += finding["severity"] == "warning"
        return verdict


def run(url: str) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Yield for each scenario what went wrong with each caller, "" for each good run."""
    judge = Judge(url)
    for scenario in SCENARIOS:
        yield (
            scenario.name,
            {
                name: [
                    asyncio.run(_failure(judge, kind, scenario, mode)) for mode in scenario.modes
                ]
                for name, kind in CALLERS.items()
            },
        )
    yield f"LLMock's warnings: {dict(+judge.warnings) or 'none'}", {}


async def _failure(judge: Judge, kind: type[Caller], scenario: Scenario, mode: str) -> str:
    """Return what went wrong, "" if nothing did."""
    judge.prepare(scenario.faults)
    raised = None
    text = ""
    try:
        text = (await kind(judge.url, **OPTIONS).ask(mode, "Wer spricht?")).text
    except Exception as error:  # noqa: BLE001  # whatever comes is judged
        raised = error
    verdict = await asyncio.to_thread(judge.verdict, scenario.requests)
    faults = [_wrong_outcome(scenario, raised, text)]
    if verdict["attempts"] != scenario.requests:
        faults.append(f"{verdict['attempts']} requests")
    # LLMock cannot see that an error actual the caller of a broken stream.
    if not verdict["passed"] and raised is None:
        faults.append(", ".join(finding["code"] for finding in verdict["findings"]))
    if not verdict["passed"] and mode not in STREAMS:
        faults.append("verdict of a call is not clean")
    return "; ".join(f"{mode}: {fault}" for fault in faults if fault)


def _wrong_outcome(scenario: Scenario, raised: Exception | None, text: str) -> str:
    if scenario.error is None:
        if raised is not None:
            return f"raised {raised!r}"
        return "" if text == TEXT else f"said {text!r}"
    if not isinstance(raised, scenario.error):
        return f"{raised!r} instead of {scenario.error.__name__}"
    received = raised.partial.text if raised.partial else ""
    if scenario.partial and not (received and TEXT.startswith(received)):
        return f"kept {received!r}"
    return ""
