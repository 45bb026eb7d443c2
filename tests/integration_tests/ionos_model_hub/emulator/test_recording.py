"""The profile `vllm` returns what vLLM returned for each recorded request.

Ids, times, numbers and words are masked; status, error fields, finish reasons, present and null
fields, and the sequence and kinds of chunks are compared. Two scores are printed (`pytest -s`):
with the tokens that the recorded model generated, which measures the emulated engine, and with
the emulator's default responses, where the words of its model differ as well.
"""

from collections.abc import Iterator

import httpx
import pytest
from integration_tests.ionos_model_hub.emulator.recording import (
    RECORDING,
    Exchange,
    load_exchanges,
    recorded_shape,
    shape_of,
)

from ionos_model_hub.emulator import Emulator, Reply

EXCHANGES = load_exchanges()
# Names and servers of the exchanges that differ, with the reason.
EXCEPTIONS = {
    ("n=2 stream", "chat"): "the recording omits the end of the second choice",
    ("n 200", "chat"): "the recording omits most choices",
    ("models", "chat"): "one server of the emulator serves all models",
    (
        "tools auto parallel stream",
        "chat-qwen3_coder",
    ): "the recorded model writes a tag that is not its special token",
    (
        "tools parallel_tool_calls=false stream",
        "chat-qwen3_coder",
    ): "the recorded model writes a tag that is not its special token",
}
MINIMUM = 221
MINIMUM_OF_DEFAULT_RESPONSES = 174


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Emulator]]:
    emulators = {
        name: Emulator(profile="vllm", **options) for name, options in RECORDING["servers"].items()
    }
    for emulator in emulators.values():
        emulator.start()
    yield emulators
    for emulator in emulators.values():
        emulator.stop()


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with httpx.Client(headers={"Content-Type": "application/json"}) as client:
        yield client


def matches(
    exchange: Exchange, servers: dict[str, Emulator], client: httpx.Client, *, same_words: bool
) -> bool:
    emulator = servers[exchange.server]
    emulator.reset()
    if same_words and exchange.generated:
        emulator.script(Reply(generated=exchange.generated))
    url = f"{emulator.base_url}/{exchange.path}"
    response = client.request(exchange.method, url, content=exchange.content)
    return bool(shape_of(response) == recorded_shape(exchange))


def report(score: int, words: str) -> None:
    share = score / len(EXCHANGES)
    print(f"\n{score} of {len(EXCHANGES)} responses match with {words}: {share:.1%}")  # noqa: T201


def test_responses_to_recorded_requests(servers: dict[str, Emulator], client: httpx.Client) -> None:
    different = {
        (exchange.name, exchange.server)
        for exchange in EXCHANGES
        if not matches(exchange, servers, client, same_words=True)
    }
    score = len(EXCHANGES) - len(different)
    report(score, "vLLM's words")
    assert different == EXCEPTIONS.keys()
    assert score >= MINIMUM >= 0.95 * len(EXCHANGES)


def test_default_responses_to_recorded_requests(
    servers: dict[str, Emulator], client: httpx.Client
) -> None:
    score = sum(matches(exchange, servers, client, same_words=False) for exchange in EXCHANGES)
    report(score, "the emulator's words")
    assert score >= MINIMUM_OF_DEFAULT_RESPONSES
