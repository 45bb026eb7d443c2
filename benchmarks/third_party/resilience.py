"""Check the outcome of calls that LLMock disturbs; LLMock assesses the retries."""

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
    """Faults for the next requests, and the required outcome.

    Attributes:
        name: The label in the table.
        faults: Behaviours as LLMock defines them.
        requests: The required number of requests.
        error: The error that must be raised; None for a complete response.
        partial: Whether the error must contain the beginning of the text.
        modes: The modes in which the faults can occur.
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
    Scenario("permanent 500", [fail(500, None)], 3, errors.ServerError),
    Scenario("400", [fail(400)], 1, errors.BadRequestError),
    Scenario("401", [fail(401)], 1, errors.AuthenticationError),
    Scenario("404", [fail(404)], 1, errors.NotFoundError),
    Scenario("422", [fail(422)], 1, errors.BadRequestError),
    Scenario("response after 0.8 s", [{"type": "delay", "seconds": 0.8}], 1),
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


class LLMockControl:
    """The control interface of LLMock."""

    def __init__(self, url: str) -> None:
        self.url = f"{url}/v1"
        self._control = httpx.Client(base_url=f"{url}/_llmock", timeout=20)
        self.warnings: Counter[str] = Counter()

    def prepare(self, faults: list[dict[str, Any]]) -> None:
        self._control.post("/reset").raise_for_status()
        reply = {"type": "reply", "text": TEXT, "times": None}
        self._control.post("/scenario", json={"behaviors": [*faults, reply]}).raise_for_status()

    def verdict(self, requests: int) -> dict[str, Any]:
        """Return the assessment of a call after all its requests have ended."""
        for _ in range(4):  # LLMock waits two seconds each time.
            verdict: dict[str, Any] = self._control.get("/verdict").raise_for_status().json()
            if verdict["attempts"] >= requests:
                break
        for finding in verdict["findings"]:
            self.warnings[finding["code"]] += finding["severity"] == "warning"
        return verdict


def run(url: str) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Yield each scenario with the failures of each caller; "" stands for a run that passed."""
    control = LLMockControl(url)
    for scenario in SCENARIOS:
        yield (
            scenario.name,
            {
                name: [
                    asyncio.run(_run_scenario(control, kind, scenario, mode))
                    for mode in scenario.modes
                ]
                for name, kind in CALLERS.items()
            },
        )
    yield f"LLMock's warnings: {dict(+control.warnings) or 'none'}", {}


async def _run_scenario(
    control: LLMockControl, kind: type[Caller], scenario: Scenario, mode: str
) -> str:
    """Return why a call failed, "" if it passed."""
    control.prepare(scenario.faults)
    raised = None
    text = ""
    try:
        text = (await kind(control.url, **OPTIONS).chat(mode, "Wer spricht?")).text
    except Exception as error:  # noqa: BLE001  # any error is a result
        raised = error
    verdict = await asyncio.to_thread(control.verdict, scenario.requests)
    failures = [_check_outcome(scenario, raised, text)]
    if verdict["attempts"] != scenario.requests:
        failures.append(f"{verdict['attempts']} requests")
    # LLMock cannot see that the caller of a broken stream got an error.
    if not verdict["passed"] and raised is None:
        failures.append(", ".join(finding["code"] for finding in verdict["findings"]))
    if not verdict["passed"] and mode not in STREAMS:
        failures.append("LLMock reports a fault")
    return "; ".join(f"{mode}: {failure}" for failure in failures if failure)


def _check_outcome(scenario: Scenario, raised: Exception | None, text: str) -> str:
    if scenario.error is None:
        if raised is not None:
            return f"raised {raised!r}"
        return "" if text == TEXT else f"returned {text!r}"
    if not isinstance(raised, scenario.error):
        return f"{raised!r} instead of {scenario.error.__name__}"
    received = raised.partial.text if raised.partial else ""
    if scenario.partial and not (received and TEXT.startswith(received)):
        return f"partial response {received!r}"
    return ""
