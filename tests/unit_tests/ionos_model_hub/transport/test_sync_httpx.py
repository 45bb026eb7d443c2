"""Requests of synchronous calls through httpx."""

from collections.abc import Iterator

import httpx
import pytest
from faults.scripted_sockets import FakeClock
from unit_tests.ionos_model_hub.transport.httpx_requests import outgoing

from ionos_model_hub.errors import RequestTimeoutError
from ionos_model_hub.transport import sync_httpx
from ionos_model_hub.transport.sync_httpx import SyncHttpx
from ionos_model_hub.transport.sync_io import run_blocking


@pytest.mark.parametrize(
    ("seconds_per_read", "expected"), [(0.001, [b"a", b"b", b"c", None]), (0.06, [b"a"])]
)
def test_reads_after_a_limit_return_data_that_has_arrived(
    monkeypatch: pytest.MonkeyPatch, seconds_per_read: float, expected: list[bytes | None]
) -> None:
    clock = FakeClock()
    monkeypatch.setattr(sync_httpx, "monotonic", clock)

    def slow_parts() -> Iterator[bytes]:
        for part in (b"a", b"b", b"c"):
            clock.now += seconds_per_read
            yield part

    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=slow_parts()))
    received = []
    with httpx.Client(transport=transport) as client:
        response = run_blocking(SyncHttpx(client, None).send(outgoing(read_timeout=0.0)))
        try:
            while not received or received[-1]:
                received.append(run_blocking(response.read()))
        except RequestTimeoutError:
            pass
    assert received == expected
