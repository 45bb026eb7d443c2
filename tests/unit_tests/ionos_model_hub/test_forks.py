"""What a forked child does first; the forks themselves are in the integration tests."""

import httpx

from ionos_model_hub import forks
from ionos_model_hub.client import Client


class Thing:
    forked = False

    def after_fork(self) -> None:
        self.forked = True


def test_everything_registered_is_told() -> None:
    thing = Thing()
    forks.forget_in_children(thing)
    forks._after_fork()
    assert thing.forked


def test_what_is_dropped_is_no_longer_told() -> None:
    thing = Thing()
    forks.forget_in_children(thing)
    seen = id(thing)
    del thing
    assert seen not in {id(each) for each in forks._forkable}


def test_a_child_leaves_the_parents_connections_alone() -> None:
    client = Client(api_key="any", base_url="http://localhost:8400/v1")
    inherited = client._io._client()
    client._io.after_fork()
    assert not inherited.is_closed
    assert forks._abandoned[-1] is inherited
    assert isinstance(client._io._client(), httpx.Client)
    assert client._io._client() is not inherited
    client.close()
    inherited.close()


def test_a_child_of_an_unused_client_has_nothing_to_leave() -> None:
    client = Client(api_key="any", base_url="http://localhost:8400/v1")
    before = len(forks._abandoned)
    client._io.after_fork()
    assert len(forks._abandoned) == before
