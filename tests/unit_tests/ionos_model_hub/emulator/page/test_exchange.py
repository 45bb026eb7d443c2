"""Rows and details of recorded requests."""

import pytest
from unit_tests.ionos_model_hub.emulator.page.exchanges import (
    chat_request,
    delta,
    json_response,
    stream_response,
)

from ionos_model_hub.emulator.page.exchange import detail_of, row_of
from ionos_model_hub.emulator.page.query import Query
from ionos_model_hub.emulator.page.timing import duration, timeline
from ionos_model_hub.emulator.page.view import MAX_ROWS, View, load_view
from ionos_model_hub.emulator.recorded_response import RecordedResponse

COMPLETION = {
    "choices": [{"message": {"role": "assistant", "content": "Hi there"}}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
}


def test_row_of_a_completion() -> None:
    row = row_of(chat_request(response=json_response(COMPLETION)))
    assert (row.endpoint, row.model, row.status, row.state) == ("chat", "m", "200", "ok")
    assert (row.request, row.response, row.seconds) == ("Hello", "Hi there", "200 ms")
    assert (row.prompt_tokens, row.completion_tokens) == (3, 2)


def test_row_shows_the_end_of_a_running_stream() -> None:
    events = [delta(content=f"word{number} ") for number in range(100)]
    row = row_of(chat_request(response=stream_response(events, outcome="pending")))
    assert row.state == "streaming"
    assert row.response.endswith("word99")


@pytest.mark.parametrize(
    ("response", "status", "state"),
    [
        (RecordedResponse(), "…", "pending"),
        (RecordedResponse(outcome="disconnected"), "reset", "error"),
        (json_response({"error": "No."}, 500), "500", "error"),
        (json_response({}, outcome="disconnected"), "200", "error"),
    ],
)
def test_states(response: RecordedResponse, status: str, state: str) -> None:
    row = row_of(chat_request(response=response))
    assert (row.status, row.state) == (status, state)


def test_unknown_path_is_shown_with_its_method() -> None:
    assert row_of(chat_request(path="/v1/unknown")).endpoint == "POST /v1/unknown"


def test_detail_of_a_stream() -> None:
    events = [delta(content="Hi"), delta(finish_reason="stop")]
    body = {"model": "m", "messages": [], "temperature": 0, "user": "x" * 61}
    detail = detail_of(chat_request(json=body, response=stream_response(events)))
    assert detail.options == {"temperature": "0"}
    assert detail.long_options == {"user": "x" * 61}
    assert detail.timings == {
        "Head": "50 ms",
        "Total": "1.00 s",
        "First chunk": "100 ms",
        "Chunks": "2",
    }


def test_timeline() -> None:
    line = timeline(0.5, [0.5, 0.75, 1.0], 1.0)
    assert (line.head, line.marks) == (500, (500, 750, 1000))
    assert len(timeline(0.1, [0.1] * 1001, 1).marks) <= 200
    assert timeline(None, [], None).marks == ()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0.00123, "1.2 ms"), (0.0123, "12 ms"), (0.9999, "1.00 s"), (12.3, "12.30 s")],
)
def test_durations(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("query", "is_shown"),
    [
        (Query(), True),
        (Query("hello"), True),
        (Query("THERE hello"), True),
        (Query("user-agent"), True),
        (Query("hello absent"), False),
        (Query(show="failed"), False),
        (Query(show="streams"), False),
        (Query(show="scripted"), False),
    ],
)
def test_search(query: Query, is_shown: bool) -> None:
    view = load_view(query, [chat_request(response=json_response(COMPLETION))])
    assert len(view) == is_shown


def test_search_finds_words_split_across_chunks() -> None:
    events = [delta(content="light"), delta(content='house "A"')]
    request = chat_request(response=stream_response(events))
    assert Query("lighthouse").matches(request)
    assert not Query("lighthouses").matches(request)


def test_search_finds_headers_of_requests_and_responses() -> None:
    request = chat_request(headers={"x-id": "one"}, response=json_response({}))
    request.response.headers["x-id"] = "two"
    assert Query("x-id: one two").matches(request)


def test_filters() -> None:
    failed = chat_request(number=1, response=json_response({}, 500, source="fault"))
    stream = chat_request(number=2, response=stream_response([]))
    for show, number in (("failed", 1), ("streams", 2), ("scripted", 1)):
        rows = load_view(Query(show=show), [failed, stream]).newest_first()
        assert [row.number for row in rows] == [number]


def test_view_keeps_the_newest_requests() -> None:
    requests = [chat_request(number=number) for number in range(1, MAX_ROWS + 11)]
    view = load_view(Query(), requests)
    assert [row.number for row in view.newest_first()][::199] == [MAX_ROWS + 10, 11]
    assert [row.number for row in view.update([chat_request(number=MAX_ROWS + 11)])] == [
        MAX_ROWS + 11
    ]
    assert view.newest_first()[-1].number == 12
    assert view.update([chat_request(number=1)]) == []


def test_summary() -> None:
    view = View(Query())
    view.update([chat_request(number=1, response=json_response(COMPLETION))])
    view.update([chat_request(number=2, response=json_response({}, 500))])
    summary = view.summary()
    assert (summary.requests, summary.failed) == (2, 1)
    assert (summary.prompt_tokens, summary.completion_tokens) == (3, 2)


def test_documents_of_a_rerank_request() -> None:
    body = {"query": "flags", "documents": ["red", {"text": "green"}, 3]}
    detail = detail_of(chat_request(path="/v1/rerank", json=body))
    assert detail.documents == {0: "red", 1: "green", 2: "3"}
