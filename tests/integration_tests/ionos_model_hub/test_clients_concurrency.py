"""Several requests in flight for one call of a client."""

import threading
from contextvars import ContextVar
from queue import SimpleQueue

import pytest
from integration_tests.ionos_model_hub.client_callers import Caller

from ionos_model_hub import Client, InvalidRequestError
from ionos_model_hub.emulator import Emulator


@pytest.mark.parametrize("concurrency", [0, -1])
def test_concurrency_below_one_is_an_error(caller: Caller, concurrency: int) -> None:
    with pytest.raises(InvalidRequestError, match="concurrency must be at least 1") as caught:
        caller.call("embed", ["a", "b"], batch_size=1, concurrency=concurrency)
    assert caught.value.param == "concurrency"


def test_requests_keep_the_context_of_the_call(caller: Caller) -> None:
    user = ContextVar("user", default="unknown")
    user.set("Ada")
    users: list[str] = []
    caller.options["on_call"] = lambda _: users.append(user.get())
    caller.call("embed", ["a", "b", "c"], batch_size=1)
    assert users == ["Ada"] * 3


def test_interrupt_does_not_wait_for_requests_in_flight(ionos_emulator: Emulator) -> None:
    started, released = threading.Event(), threading.Event()
    was_released: SimpleQueue[bool] = SimpleQueue()

    def progress(count: int) -> None:
        if count == 1:
            started.set()
            was_released.put(released.wait(5))
        else:
            started.wait(5)
            raise KeyboardInterrupt

    with Client(api_key="key", base_url=ionos_emulator.base_url) as client:
        with pytest.raises(KeyboardInterrupt):
            client.embed(["a", "b", "c"], batch_size=2, progress=progress)
        released.set()
        assert was_released.get(timeout=10)
