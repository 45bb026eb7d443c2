"""Clients of one credential share a rate limiter, a retry budget and server capabilities."""

import gc
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from weakref import ref

import pytest

from ionos_model_hub.settings import Settings
from ionos_model_hub.transport.credential_state import (
    MAX_UNUSED_STATES,
    CredentialRegistry,
    CredentialState,
    credential_state,
    registry,
)
from ionos_model_hub.transport.rate_limiter import LocalRateLimiter

URL = "http://localhost:8400/v1"


def settings(**options: Any) -> Settings:
    defaults = {"api_key": "key", "base_url": URL, "requests_per_second": 5}
    return Settings(**{**defaults, **options})


def test_one_credential_has_one_state() -> None:
    state = credential_state(settings())
    assert credential_state(settings(api_key=" Bearer key ")) is state
    assert credential_state(settings(max_retries=0, base_url=f"{URL}/")) is state


@pytest.mark.parametrize("other", [{"api_key": "other"}, {"base_url": "http://localhost:8401/v1"}])
def test_other_credentials_have_their_own_state(other: dict[str, Any]) -> None:
    state = credential_state(settings())
    assert credential_state(settings(**other)) is not state


def test_key_function_is_a_credential() -> None:
    def key() -> str:
        return "key"

    state = credential_state(settings(api_key=key))
    assert credential_state(settings(api_key=key)) is state
    assert credential_state(settings(api_key=lambda: "key")) is not state
    assert credential_state(settings()) is not state


class Vault:
    def key(self) -> str:
        return "key"


def test_bound_methods_of_one_object_are_one_credential() -> None:
    vault = Vault()
    state = credential_state(settings(api_key=vault.key))
    assert credential_state(settings(api_key=vault.key)) is state
    assert credential_state(settings(api_key=Vault().key)) is not state


def test_threads_get_one_state() -> None:
    with ThreadPoolExecutor(8) as threads:
        states = list(threads.map(lambda _: credential_state(settings()), range(200)))
    assert len({id(state) for state in states}) == 1


def test_latest_settings_configure_the_rate_limiter() -> None:
    state = credential_state(settings(requests_per_second=2, burst=1))
    limiter = state.rate_limiter
    assert isinstance(limiter, LocalRateLimiter)
    assert [limiter.reserve(0.0, 0) for _ in range(2)] == pytest.approx([0.0, 0.5])
    credential_state(settings(requests_per_second=10, burst=1))
    assert [limiter.reserve(0.0, 0) for _ in range(2)] == pytest.approx([0.0, 0.1])


def test_forked_child_does_not_wait_for_a_lock_of_its_parent() -> None:
    state = credential_state(settings())
    with registry._lock:
        registry.after_fork()
        assert credential_state(settings()) is state


def test_recently_used_states_are_kept_without_clients() -> None:
    for number in range(MAX_UNUSED_STATES + 1):
        credential_state(settings(api_key=f"key-{number}")).server.rejects_stream_options = True
    latest = credential_state(settings(api_key=f"key-{MAX_UNUSED_STATES}"))
    assert latest.server.rejects_stream_options
    assert credential_state(settings(api_key="key-1")).server.rejects_stream_options
    assert not credential_state(settings(api_key="key-0")).server.rejects_stream_options


def test_state_in_use_is_kept() -> None:
    state = credential_state(settings(api_key="in-use"))
    for number in range(2 * MAX_UNUSED_STATES):
        credential_state(settings(api_key=f"key-{number}"))
    assert credential_state(settings(api_key="in-use")) is state


def test_unused_states_are_freed() -> None:
    states = [
        ref(credential_state(settings(api_key=f"key-{number}")))
        for number in range(2 * MAX_UNUSED_STATES)
    ]
    gc.collect()
    assert len([state for state in states if state() is not None]) == MAX_UNUSED_STATES


def test_limiter_factory_is_used_for_later_clients() -> None:
    limiters: dict[str, LocalRateLimiter] = {}
    before = credential_state(settings())
    registry.use_limiter_factory(lambda each: limiters.setdefault(each.url, LocalRateLimiter()))
    state = credential_state(settings())
    assert state is not before
    assert state.rate_limiter is limiters[URL]
    assert credential_state(settings()) is state


def test_reset_forgets_states_and_limiter_factory() -> None:
    made: list[str] = []

    def make(settings: Settings) -> LocalRateLimiter:
        made.append(settings.url)
        return LocalRateLimiter()

    before = credential_state(settings())
    registry.use_limiter_factory(make)
    registry.reset()
    assert credential_state(settings()) is not before
    assert made == []


def test_registry_contains_no_key() -> None:
    secret = "canary-credential"
    own = CredentialRegistry()
    own.get(settings(api_key=secret))
    seen: list[object] = [own]
    for depth in range(6):
        seen += [each for each in gc.get_referents(*seen) if isinstance(each, _DATA)]
        assert secret.encode() not in repr(seen).encode(), depth


_DATA = (str, bytes, tuple, list, dict, CredentialState, CredentialRegistry, LocalRateLimiter)


def test_identity_is_salted_per_registry() -> None:
    first, second = CredentialRegistry(), CredentialRegistry()
    assert first._identity(settings()) != second._identity(settings())
    assert first._identity(settings()) == first._identity(settings())
