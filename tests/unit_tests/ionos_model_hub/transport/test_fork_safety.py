"""What a forked child does first; the forks themselves are in the integration tests."""

import pytest

from ionos_model_hub.client import Client
from ionos_model_hub.transport import fork_safety as forks
from ionos_model_hub.transport.http.client import HttpClient


class Thing:
    forked = False

    def after_fork(self) -> None:
        self.forked = True


def test_everything_registered_is_told() -> None:
    thing = Thing()
    forks.reset_after_fork(thing)
    forks._after_fork()
    assert thing.forked


def test_what_is_dropped_is_no_longer_told() -> None:
    thing = Thing()
    forks.reset_after_fork(thing)
    seen = id(thing)
    del thing
    assert seen not in {id(each) for each in forks._forkable}


@pytest.mark.parametrize("proxy", [None, "http://localhost:3128"])
def test_a_child_leaves_the_parents_connections_alone(proxy: str | None) -> None:
    client = Client(api_key="any", base_url="http://localhost:8400/v1", proxy=proxy)
    inherited = client._io._start()
    client._io.after_fork()
    assert (
        inherited.idle._is_open
        if isinstance(inherited, HttpClient)
        else not inherited._client.is_closed
    )
    assert client._io._start() is not inherited
    client.close()
    inherited.close()


def test_a_child_of_an_unused_client_has_nothing_to_leave() -> None:
    client = Client(api_key="any", base_url="http://localhost:8400/v1")
    before = len(forks._abandoned)
    client._io.after_fork()
    assert len(forks._abandoned) == before
