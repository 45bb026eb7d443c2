"""Objects that replace their state in a forked child; real forks are in the integration tests."""

import pytest

from ionos_model_hub.client import Client
from ionos_model_hub.transport import fork_safety
from ionos_model_hub.transport.http.client import HttpClient

URL = "http://localhost:8400/v1"


class ForkableObject:
    forked = False

    def after_fork(self) -> None:
        self.forked = True


def test_registered_objects_are_reset() -> None:
    obj = ForkableObject()
    fork_safety.reset_after_fork(obj)
    fork_safety._after_fork()
    assert obj.forked


def test_registered_objects_are_not_kept_alive() -> None:
    obj = ForkableObject()
    fork_safety.reset_after_fork(obj)
    identity = id(obj)
    del obj
    assert identity not in {id(each) for each in fork_safety._forkable}


@pytest.mark.parametrize("proxy", [None, "http://localhost:3128"])
def test_child_does_not_close_connections_of_its_parent(proxy: str | None) -> None:
    client = Client(api_key="any", base_url=URL, proxy=proxy)
    inherited = client._io._get_http()
    client._io.after_fork()
    assert (
        inherited.idle._is_open
        if isinstance(inherited, HttpClient)
        else not inherited._client.is_closed
    )
    assert client._io._get_http() is not inherited
    client.close()
    inherited.close()


def test_unused_client_abandons_nothing_in_a_child() -> None:
    client = Client(api_key="any", base_url=URL)
    before = len(fork_safety._abandoned)
    client._io.after_fork()
    assert len(fork_safety._abandoned) == before
