"""Mocks of httpx receive the requests of a default model, without configuration."""

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import pytest

from ionos_model_hub import AsyncClient, Client, ModelHubError, ServerError
from ionos_model_hub.transport import httpx_patches

respx = pytest.importorskip("respx")
vcr = pytest.importorskip("vcr")
pytest_httpx = pytest.importorskip("pytest_httpx")

URL = "https://hub.example/v1"
OPTIONS = {"api_key": "canary", "base_url": URL, "max_retries": 0}
MODELS = {"data": [{"id": "mocked", "object": "model"}]}
STREAM = (
    b'data: {"choices": [{"index": 0, "delta": {"content": "Hallo"}, "finish_reason": "stop"}]}\n\n'
    b"data: [DONE]\n\n"
)
CASSETTE = f"""
interactions:
- request:
    body: ''
    headers: {{}}
    method: GET
    uri: {URL}/models
  response:
    body:
      string: '{{"data": [{{"id": "mocked", "object": "model"}}]}}'
    headers: {{}}
    status: {{code: 200, message: OK}}
version: 1
"""

Mock = Callable[[], AbstractContextManager[object]]


@contextmanager
def respx_of(using: str) -> Iterator[None]:
    with respx.mock(using=using) as router:
        router.get(f"{URL}/models").mock(httpx.Response(200, json=MODELS))
        yield


@contextmanager
def patched_send() -> Iterator[None]:
    """A mock of the methods that Sentry replaces."""

    def send(self: httpx.Client, request: httpx.Request, **_: object) -> httpx.Response:
        return httpx.Response(200, json=MODELS, request=request)

    async def send_async(
        self: httpx.AsyncClient, request: httpx.Request, **_: object
    ) -> httpx.Response:
        return httpx.Response(200, json=MODELS, request=request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx.Client, "send", send)
        patch.setattr(httpx.AsyncClient, "send", send_async)
        yield


@pytest.fixture(params=["respx", "respx using httpx", "vcrpy", "patched send"])
def mock(request: pytest.FixtureRequest, tmp_path: Path) -> Mock:
    """A function that enables a mock."""
    cassette = tmp_path / "cassette.yaml"
    cassette.write_text(CASSETTE)
    mocks: dict[str, Mock] = {
        "respx": lambda: respx_of("httpcore"),
        "respx using httpx": lambda: respx_of("httpx"),
        "vcrpy": lambda: vcr.use_cassette(str(cassette), record_mode="none"),
        "patched send": patched_send,
    }
    return mocks[request.param]


def test_mock_enabled_after_client_was_created(mock: Mock) -> None:
    client = Client(**OPTIONS)
    for _ in range(2):
        with mock():
            assert client.models()[0].id == "mocked"


def test_mock_enabled_before_client_was_created(mock: Mock) -> None:
    with mock():
        assert Client(**OPTIONS).models()[0].id == "mocked"


async def test_mock_of_async_client_enabled_after_it_was_created(mock: Mock) -> None:
    client = AsyncClient(**OPTIONS)
    for _ in range(2):
        with mock():
            assert (await client.models())[0].id == "mocked"


async def test_mock_of_async_client_enabled_before_it_was_created(mock: Mock) -> None:
    with mock():
        assert (await AsyncClient(**OPTIONS).models())[0].id == "mocked"


def test_own_client_is_used_again_after_a_mock(mock: Mock) -> None:
    client = Client(**OPTIONS)
    with mock():
        client.models()
        assert httpx_patches.sync_patches.is_patched()
    assert not httpx_patches.sync_patches.is_patched()
    assert not httpx_patches.async_patches.is_patched()


def test_vcr_without_a_recording_does_not_use_the_network(tmp_path: Path) -> None:
    error_type = pytest.importorskip("vcr.errors").CannotOverwriteExistingCassetteException
    with (
        vcr.use_cassette(str(tmp_path / "none.yaml"), record_mode="none"),
        pytest.raises(error_type),
    ):
        Client(**OPTIONS).models()


def test_pytest_httpx(httpx_mock: "pytest_httpx.HTTPXMock") -> None:
    httpx_mock.add_response(url=f"{URL}/models", json=MODELS)
    assert Client(**OPTIONS).models()[0].id == "mocked"
    request = httpx_mock.get_requests()[0]
    assert request.headers["authorization"] == "Bearer canary"


async def test_pytest_httpx_async(httpx_mock: "pytest_httpx.HTTPXMock") -> None:
    httpx_mock.add_response(url=f"{URL}/models", json=MODELS)
    assert (await AsyncClient(**OPTIONS).models())[0].id == "mocked"


def test_mocked_stream(httpx_mock: "pytest_httpx.HTTPXMock") -> None:
    httpx_mock.add_response(content=STREAM, headers={"content-type": "text/event-stream"})
    stream = Client(**OPTIONS).stream_chat([{"role": "user", "content": "Hi"}], model="m")
    assert "".join(delta.text for delta in stream) == "Hallo"


async def test_mocked_stream_async(httpx_mock: "pytest_httpx.HTTPXMock") -> None:
    class Parts(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield STREAM[:20]
            yield STREAM[20:]

    httpx_mock.add_response(stream=Parts(), headers={"content-type": "text/event-stream"})
    stream = AsyncClient(**OPTIONS).stream_chat([{"role": "user", "content": "Hi"}], model="m")
    assert "".join([delta.text async for delta in stream]) == "Hallo"


def test_mocked_errors_are_those_of_this_package(httpx_mock: "pytest_httpx.HTTPXMock") -> None:
    httpx_mock.add_response(status_code=503, json={"error": {"message": "Busy."}})
    with pytest.raises(ServerError, match="Busy"):
        Client(**OPTIONS).models()
    httpx_mock.add_exception(httpx.ReadTimeout("slow"))
    with pytest.raises(ModelHubError, match="timeout") as caught:
        Client(**OPTIONS).models()
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_one_log_message_names_the_replaced_method(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(httpx_patches, "_has_logged", False)
    client = Client(**OPTIONS)
    with caplog.at_level(logging.INFO, "ionos_model_hub"), patched_send():
        client.models()
        client.models()
    assert [record.getMessage() for record in caplog.records] == [
        "Client.send of httpx is mocked or instrumented; requests are sent with httpx."
    ]
