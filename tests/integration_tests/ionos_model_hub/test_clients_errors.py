"""Errors and retries, through `Client` and `AsyncClient`."""

import pytest
from integration_tests.ionos_model_hub.client_callers import (
    LLAMA,
    USER,
    AsyncCaller,
    Caller,
    SyncCaller,
)

from ionos_model_hub import (
    AuthenticationError,
    ConnectionFailedError,
    NotFoundError,
    RateLimitError,
    ResponseError,
    ServerError,
)
from ionos_model_hub.emulator import Emulator, Reply


def test_unknown_model(caller: Caller) -> None:
    with pytest.raises(NotFoundError, match="ionos-model-hub models") as caught:
        caller.call("chat", USER, model="unknown/model")
    assert caught.value.request_id
    assert caught.value.attempts == 1


def test_wrong_key_is_an_error_that_does_not_show_it() -> None:
    with Emulator(api_key="the-right-one") as hub:
        for kind in (SyncCaller, AsyncCaller):
            with pytest.raises(AuthenticationError, match="paas-auth-1") as caught:
                kind(api_key="the-wrong-one", base_url=hub.base_url).call("chat", USER)
            assert "the-wrong-one" not in str(caught.value)
            assert caught.value.__context__ is None


def test_refused_connection(caller: Caller) -> None:
    kind = type(caller)
    with pytest.raises(ConnectionFailedError) as caught:
        kind(api_key="any", base_url="http://127.0.0.1:9/v1", max_retries=1).call("models")
    assert caught.value.attempts == 2
    assert caught.value.__context__ is None


def test_temporary_failures_are_retried(caller: Caller, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(status=503, json={}), Reply(status=500, json={}))
    assert caller.call("chat", USER, model=LLAMA).text
    assert len(ionos_emulator.requests) == 3


def test_retries_stop_at_max_retries(caller: Caller, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(*[Reply(status=503, json={})] * 5)
    with pytest.raises(ServerError) as caught:
        caller.call("chat", USER, model=LLAMA)
    assert len(ionos_emulator.requests) == caught.value.attempts == 3


def test_long_retry_after_ends_the_call(caller: Caller, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(status=429, headers={"retry-after": "3600"}, json={}))
    with pytest.raises(RateLimitError) as caught:
        caller.call("chat", USER, model=LLAMA)
    assert caught.value.retry_after == 3600
    assert len(ionos_emulator.requests) == 1


def test_base64_embeddings_have_a_hint(caller: Caller, ionos_emulator: Emulator) -> None:
    with pytest.raises(ServerError, match="base64") as caught:
        caller.call("embed", ["a"], extra_body={"encoding_format": "base64"})
    assert caught.value.attempts == 1


def test_web_page_instead_of_json(caller: Caller, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(
        Reply(status=200, headers={"content-type": "text/html"}, body=b"<html>Login</html>")
    )
    with pytest.raises(ResponseError, match="not JSON"):
        caller.call("chat", USER, model=LLAMA)
