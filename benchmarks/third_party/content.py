"""Check that content from aimock is returned unchanged, and that its failures are typed errors."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
from callers import CALLERS, CALLS, MODES, Caller, Person
from servers import FIXTURES, KEY

from ionos_model_hub import ModelHubError, errors

OPTIONS = {"max_retries": 1, "timeout": 5}
GREETING = next(
    fixture["response"]["content"]
    for fixture in json.loads(FIXTURES.read_text("utf-8"))["fixtures"]
    if fixture["match"].get("userMessage") == "greeting"
)

Check = Callable[[Caller, str], Awaitable[None]]


async def text(caller: Caller, mode: str) -> None:
    assert (await caller.chat(mode, "a greeting")).text == GREETING


async def usage(caller: Caller, mode: str) -> None:
    assert (await caller.chat(mode, "a greeting")).tokens > 0


async def tool_calls(caller: Caller, mode: str) -> None:
    calls = (await caller.chat(mode, "the weather", tools=True)).calls
    assert calls == [("get_weather", {"city": "Köln"}), ("get_weather", {"city": "Łódź"})]


async def tool_result(caller: Caller, mode: str) -> None:
    assert (await caller.chat_with_tool_result(mode, "the weather")).text == "Take sunglasses."


async def structured(caller: Caller, mode: str) -> None:
    assert await caller.extract(mode, "a person") == Person(name="Jürgen Müßig", age=52)


async def embeddings(caller: Caller, mode: str) -> None:
    texts = [f"text {number % 100}" for number in range(150)]
    vectors = await caller.embed(mode, texts)
    assert len(vectors) == 150
    assert vectors[:50] == vectors[100:]
    assert len({tuple(vector) for vector in vectors}) == 100


CHECKS: dict[str, tuple[Check, tuple[str, ...]]] = {
    "text, byte for byte": (text, MODES),
    "usage": (usage, MODES),
    "two parallel tool calls": (tool_calls, MODES),
    "tool result and final message": (tool_result, MODES),
    "structured output": (structured, MODES),
    "150 embeddings in order": (embeddings, CALLS),
}

_STRICT = {"default_headers": {"x-aimock-strict": "true"}}
FAILURES: dict[str, tuple[dict[str, float], dict[str, Any], str, type[ModelHubError]]] = {
    "wrong key": ({}, {"api_key": "wrong"}, "a greeting", errors.AuthenticationError),
    "no prepared response (strict mode)": ({}, _STRICT, "unmatched prompt", errors.ServerError),
    "429": ({"rateLimitRate": 1}, {}, "a greeting", errors.RateLimitError),
    "500": ({"dropRate": 1}, {}, "a greeting", errors.ServerError),
    "disconnect": ({"disconnectRate": 1}, {}, "a greeting", errors.ConnectionFailedError),
    "malformed JSON": ({"malformedRate": 1}, {}, "a greeting", errors.ResponseError),
}


def run(url: str) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Yield each check with the failures of each caller; "" stands for a run that passed."""
    for name, (check, modes) in CHECKS.items():
        yield (
            name,
            {
                caller: [asyncio.run(_run_check(check, kind, url, mode)) for mode in modes]
                for caller, kind in CALLERS.items()
            },
        )
    for name, (chaos, options, prompt, error) in FAILURES.items():
        httpx.post(f"{url}/__aimock/chaos", json=chaos, headers=_AUTHORIZATION).raise_for_status()
        yield (
            name,
            {
                caller: [
                    asyncio.run(_expect_error(kind, url, mode, options, prompt, error))
                    for mode in MODES
                ]
                for caller, kind in CALLERS.items()
            },
        )


_AUTHORIZATION = {"authorization": f"Bearer {KEY}"}


async def _run_check(check: Check, kind: type[Caller], url: str, mode: str) -> str:
    try:
        await check(kind(f"{url}/v1", api_key=KEY, **OPTIONS), mode)
    except Exception as error:  # noqa: BLE001  # any error is a result
        return f"{mode}: {error!r}"
    return ""


async def _expect_error(
    kind: type[Caller],
    url: str,
    mode: str,
    options: dict[str, Any],
    prompt: str,
    error: type[ModelHubError],
) -> str:
    try:
        await kind(f"{url}/v1", **{"api_key": KEY, **OPTIONS, **options}).chat(mode, prompt)
    except error:
        return ""
    except Exception as other:  # noqa: BLE001  # any error is a result
        return f"{mode}: {other!r}"
    return f"{mode}: no error"
