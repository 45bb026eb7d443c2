"""Each call is recorded once: successful calls, and calls that fail at each stage."""

import json
import logging
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import pytest
from faults import before_response as before
from faults import bodies, responses, statuses, streams
from faults.assertions import CANARY
from faults.callers.caller import MESSAGES, MODEL, PROMPT, TEXTS, Caller
from faults.callers.parameters import all_callers, all_methods
from faults.server import Connection, Fault, FaultServer

from ionos_model_hub import AsyncClient, Client, InvalidRequestError, ModelHubError
from ionos_model_hub.telemetry import CallRecord, catalogue_cost

ENDPOINTS = {
    "chat": "/chat/completions",
    "stream": "/chat/completions",
    "embed": "/embeddings",
    "rerank": "/rerank",
}


def record_of_call(caller: type[Caller], method: str, base_url: str, **options: Any) -> CallRecord:
    """Make a call and return its only record."""
    records: list[CallRecord] = []
    call: Callable[[], object] = getattr(
        caller(api_key=CANARY, base_url=base_url, on_call=records.append, **options), method
    )
    with suppress(ModelHubError):
        call()
    (record,) = records
    text = f"{record!r} {record} {record.to_dict()}"
    assert not [each for each in (CANARY, PROMPT, *TEXTS, responses.TEXT) if each in text]
    assert record.endpoint == ENDPOINTS[method]
    assert record.base_url == base_url
    assert record.streamed == (method == "stream")
    assert record.duration > 0
    json.dumps(record.to_dict())
    return record


@pytest.mark.pairwise("call records")
@all_callers
@all_methods
def test_successful_call(server: FaultServer, caller: type[Caller], method: str) -> None:
    record = record_of_call(caller, method, server.base_url)
    assert (record.outcome, record.status, record.attempts) == ("success", 200, 1)
    assert record.error_type is None
    assert (record.time_to_first_token is not None) == record.streamed
    assert record.finish_reasons == (("stop",) if method in ("chat", "stream") else ())
    assert record.model == MODEL or method in ("embed", "rerank")


def echo_key(connection: Connection) -> None:
    """Return an error that contains the key in its body and trace id."""
    key = connection.request.headers["authorization"]
    body = statuses.published(key)
    responses.send_body(connection, body, f"x-trace-id: {key}", status=401)


def fail_midway(connection: Connection) -> None:
    is_stream = connection.request.kind == "stream"
    (streams.error_after(3, named=False) if is_stream else bodies.error_in_body)(connection)


def end_within_body(connection: Connection) -> None:
    is_stream = connection.request.kind == "stream"
    (streams.closed_after(3) if is_stream else bodies.length_too_long)(connection)


FAILURES: dict[str, tuple[Fault, dict[str, object]]] = {
    "rejected": (echo_key, {"error_type": "AuthenticationError", "status": 401}),
    "closed": (Connection.finish, {"error_type": "ConnectionFailedError", "status": None}),
    "head": (
        before.closed_within_headers,
        {"error_type": "ConnectionFailedError", "status": None},
    ),
    "garbage": (bodies.html_page, {"error_type": "ResponseError", "status": 200}),
    "error in body": (fail_midway, {}),
    "body": (end_within_body, {"status": 200}),
}


@pytest.mark.pairwise("call records")
@all_callers
@all_methods
@pytest.mark.parametrize(("fault", "expected"), FAILURES.values(), ids=FAILURES.keys())
def test_failed_call(
    server: FaultServer,
    caller: type[Caller],
    method: str,
    fault: Fault,
    expected: Mapping[str, object],
) -> None:
    server.script(fault)
    record = record_of_call(caller, method, server.base_url, max_retries=0)
    assert record.outcome == "error"
    assert record.attempts == 1
    assert record.error_type
    assert {name: getattr(record, name) for name in expected} == expected


@pytest.mark.pairwise("call records")
@all_callers
@all_methods
def test_unreachable_server(caller: type[Caller], method: str) -> None:
    with before.refusing_port() as base_url:
        record = record_of_call(caller, method, base_url, max_retries=0)
    assert (record.outcome, record.error_type) == ("error", "ConnectionFailedError")
    assert (record.status, record.request_id) == (None, None)


@pytest.mark.pairwise("call records")
@all_callers
@all_methods
def test_unknown_host(monkeypatch: pytest.MonkeyPatch, caller: type[Caller], method: str) -> None:
    def getaddrinfo(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    url = "https://no-such-host.invalid/v1"
    record = record_of_call(caller, method, url, max_retries=0)
    assert (record.outcome, record.error_type) == ("error", "ConnectionFailedError")


@pytest.mark.pairwise("call records")
@all_callers
@all_methods
def test_retried_call_is_one_record(
    server: FaultServer, waits: list[float], caller: type[Caller], method: str
) -> None:
    server.script(statuses.status(503), before.closed_within_headers, responses.good)
    record = record_of_call(caller, method, server.base_url)
    assert (record.outcome, record.attempts, record.status) == ("success", 3, 200)


@pytest.mark.pairwise("call records")
@all_callers
@all_methods
def test_record_has_the_status_of_the_last_attempt(
    server: FaultServer, waits: list[float], caller: type[Caller], method: str
) -> None:
    server.script(statuses.status(503), before.closed_within_headers)
    record = record_of_call(caller, method, server.base_url, max_retries=1)
    assert (record.outcome, record.attempts, record.status) == ("error", 2, None)


@pytest.mark.parametrize("text", ["\ud800"])
async def test_invalid_request_is_no_call(server: FaultServer, text: str) -> None:
    records: list[CallRecord] = []
    options = {"api_key": "any", "base_url": server.base_url, "on_call": records.append}
    client, async_client = Client(**options), AsyncClient(**options)
    messages = [{"role": "user", "content": text}]
    with pytest.raises(InvalidRequestError):
        client.chat(messages)
    with pytest.raises(InvalidRequestError):
        next(client.stream_chat(messages))
    with pytest.raises(InvalidRequestError):
        await async_client.embed([text])
    with pytest.raises(InvalidRequestError):
        await anext(async_client.stream_chat(messages))
    assert records == []


@pytest.fixture
def client(server: FaultServer) -> Iterator[Client]:
    with Client(api_key="any", base_url=server.base_url) as client:
        yield client


def test_every_endpoint_and_batch_is_recorded(server: FaultServer) -> None:
    records: list[CallRecord] = []
    with Client(api_key="any", base_url=server.base_url, on_call=records.append) as client:
        client.models()
        client.embed(["a", "b", "c"], batch_size=1)
    assert [record.endpoint for record in records] == ["/models", *["/embeddings"] * 3]
    assert records[0].model is None


@all_callers
@all_methods
@pytest.mark.pairwise("call records")
def test_exception_of_hook_is_logged_and_does_not_reach_the_caller(
    server: FaultServer, caplog: pytest.LogCaptureFixture, caller: type[Caller], method: str
) -> None:
    def fail(record: CallRecord) -> float:
        raise ZeroDivisionError("broken hook")

    call: Callable[[], object] = getattr(
        caller(api_key="any", base_url=server.base_url, on_call=fail, prices=fail), method
    )
    assert call()
    logged = [each.getMessage() for each in caplog.records if each.levelno == logging.ERROR]
    assert logged == ["prices raised an exception.", "on_call raised an exception."]
    assert "broken hook" in caplog.text


def test_log_record_has_the_fields_of_the_call_record(
    server: FaultServer, caplog: pytest.LogCaptureFixture
) -> None:
    records: list[CallRecord] = []
    caplog.set_level(logging.DEBUG, "ionos_model_hub")
    options = {"on_call": records.append, "prices": catalogue_cost}
    with Client(api_key="any", base_url=server.base_url, **options) as client:
        client.chat(MESSAGES, model=MODEL)
    *_, attempt, logged = (each for each in caplog.records if each.name == "ionos_model_hub")
    expected = records[0].to_dict()
    assert {name: getattr(logged, name) for name in expected} == expected
    assert logged.getMessage() == str(records[0])
    assert attempt.endpoint == "/chat/completions"
    assert attempt.model == MODEL
    assert attempt.status == 200


def test_calls_are_logged_without_a_hook(
    server: FaultServer, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "ionos_model_hub")
    list(client.stream_chat(MESSAGES))
    assert caplog.records[-1].outcome == "success"
    assert caplog.records[-1].time_to_first_token > 0
