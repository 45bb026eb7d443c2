"""Escaping: whatever is recorded stays text."""

from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit_tests.ionos_model_hub.emulator.page.exchanges import (
    chat_request,
    delta,
    json_response,
    stream_response,
)

from ionos_model_hub.emulator.page import exchange
from ionos_model_hub.emulator.page.exchange import detail_of, row_of
from ionos_model_hub.emulator.page.forms import WaitingReply
from ionos_model_hub.emulator.page.live import encode_html
from ionos_model_hub.emulator.page.query import Query
from ionos_model_hub.emulator.page.rendering import Server, render_page, render_request
from ionos_model_hub.emulator.page.view import View
from ionos_model_hub.emulator.recorded import RecordedRequest

HOSTILE = "</code><script>alert(1)</script><img src=x onerror=alert(1)>\"'><svg/onload=alert(1)>"
SERVER = Server("http://127.0.0.1:8400/v1", "hub")

texts = st.sampled_from([HOSTILE, "\ud800", "\r\n", "", "text"])
values = st.recursive(
    texts | st.none() | st.booleans() | st.integers() | st.floats() | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


def fields(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    """Generate objects in which some fields have any value."""
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names, values))


calls = st.lists(st.fixed_dictionaries({"function": fields("name", "arguments")}), max_size=2)
messages = st.builds(
    lambda message, calls: {**message, "tool_calls": calls},
    fields("role", "content", "reasoning", "refusal", "tool_call_id"),
    calls,
)
schemas = fields("properties", "required", "$defs", "type", "enum", "anyOf", "items", "$ref")
tools = st.builds(
    lambda function, schema: {
        "function": {**function, "parameters": {"properties": {"x": schema}}}
    },
    fields("name", "description", "strict"),
    schemas,
)
bodies = st.builds(
    lambda body, messages, tools: {**body, "messages": messages, "tools": tools},
    fields("model", "prompt", "input", "query", "documents", "response_format", HOSTILE),
    st.lists(messages | values, max_size=2),
    st.lists(tools | values, max_size=2),
)
choices = st.builds(
    lambda choice, message, name: {**choice, name: message},
    fields("index", "text", "finish_reason"),
    messages,
    st.sampled_from(["message", "delta"]),
)
items = st.lists(
    fields("object", "id", "embedding", "b64_json", "index", "relevance_score")
    | fields("index", "relevance_score")
    | st.fixed_dictionaries({"object": st.just("model")}),
    max_size=2,
)
response_bodies = values | st.builds(
    lambda body, choices, name, items: {**body, "choices": choices, name: items},
    fields("error", "messages", "usage", "data", "results", "object"),
    st.lists(choices | values, max_size=2),
    st.sampled_from(["data", "results"]),
    items,
)


class Tags(HTMLParser):
    """Collects the elements and attributes of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.scripts: list[str | None] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag == "script":
            self.scripts.append(dict(attrs).get("src"))


def pages_of(request: RecordedRequest) -> str:
    """Return all HTML that shows a request."""
    view = View(Query(HOSTILE, HOSTILE))
    view.query = Query()
    view.update([request])
    view.query = Query(HOSTILE)
    waiting = [WaitingReply("fault", HOSTILE, HOSTILE)]
    return render_page(SERVER, view, waiting, HOSTILE) + render_request(SERVER, detail_of(request))


def check_elements(html: str) -> None:
    tags = Tags(html)
    assert tags.scripts == ["/_emulator/page/static/page.js"] * 2
    assert {name for name in tags.names if name in ("style", "iframe", "object", "base")} == set()
    assert {name for name in tags.attributes if name.startswith("on")} == set()
    assert "style" not in tags.attributes  # the policy would block it
    encode_html(html)


@settings(max_examples=60)
@given(body=values | bodies, content=response_bodies, is_stream=st.booleans())
def test_any_exchange_is_rendered_and_escaped(
    body: object, content: object, is_stream: bool
) -> None:
    response = stream_response([content, content]) if is_stream else json_response(content)
    response.headers[HOSTILE] = HOSTILE
    html = pages_of(chat_request(json=body, headers={HOSTILE: HOSTILE}, response=response))
    check_elements(html)
    assert "The live view cannot show" not in html


@pytest.mark.parametrize(
    "body",
    [
        {"data": [{"object": "model"}]},
        {"data": [{"embedding": [10**400]}]},
        {"results": [{"index": 0, "relevance_score": 10**400}]},
        {"usage": {"prompt_tokens": 10**400}},
    ],
)
def test_unusual_responses(body: object) -> None:
    request = chat_request(response=json_response(body))
    check_elements(pages_of(request))
    assert not row_of(request).response.startswith("The live view cannot show")


def test_failure_of_one_request_does_not_hide_others(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(exchange, "parse_body", lambda body: 1 / 0)
    page = pages_of(chat_request(response=json_response({})))
    assert "The live view cannot show this request." in page
    assert "ZeroDivisionError" in caplog.text


def test_hostile_values_are_visible_as_text() -> None:
    body = {"model": HOSTILE, "messages": [{"role": HOSTILE, "content": HOSTILE}]}
    request = chat_request(
        json=body, path=f"/{HOSTILE}", response=stream_response([delta(content=HOSTILE)])
    )
    html = pages_of(request)
    check_elements(html)
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") > 10


def test_deeply_nested_body() -> None:
    nested: Any = []
    for _ in range(5000):
        nested = [nested]
    assert "nested too deeply" in pages_of(chat_request(json={"x": nested}))


def test_event_keeps_lines_and_carriage_returns() -> None:
    assert encode_html("a\nb\rc") == b"data: a\ndata: b&#13;c\n\n"
