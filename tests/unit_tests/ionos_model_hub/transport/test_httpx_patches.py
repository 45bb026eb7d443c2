"""Replaced methods of httpx and httpcore are recognized, however they are replaced."""

import functools
from unittest import mock

import httpcore
import httpx
import pytest

from ionos_model_hub.transport.httpx_patches import PatchDetector


def detector() -> PatchDetector:
    classes = ("ConnectionPool", "HTTPConnection")
    return PatchDetector(httpx.Client, httpx.HTTPTransport, classes, "handle_request")


METHODS = [
    (httpx.Client, "send", False),
    (httpx.Client, "_send_single_request", False),
    (httpx.Client, "_transport_for_url", False),
    (httpx.HTTPTransport, "handle_request", False),
    (httpcore.ConnectionPool, "handle_request", True),
    (httpcore.HTTPConnection, "handle_request", True),
]


@pytest.mark.parametrize(("owner", "name", "is_mock"), METHODS)
@pytest.mark.parametrize("is_early", [False, True])
def test_replaced_method(owner: type, name: str, is_mock: bool, is_early: bool) -> None:
    patches = None if is_early else detector()
    with mock.patch.object(owner, name):
        patches = patches or detector()
        assert patches.is_patched()
        assert patches.is_mocked() is is_mock
    assert not patches.is_patched()
    assert not patches.is_mocked()


def test_wrapper_with_the_name_of_the_original(monkeypatch: pytest.MonkeyPatch) -> None:
    original = httpx.Client.send

    @functools.wraps(original)
    def send(*args: object, **options: object) -> object:
        raise NotImplementedError

    monkeypatch.setattr(httpx.Client, "send", send)
    assert detector().is_patched()


def test_nothing_is_replaced_by_default() -> None:
    patches = detector()
    assert not patches.is_patched()
    assert not patches.is_mocked()
