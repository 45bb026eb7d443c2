"""Helpers for assertions on recorded requests."""

import json
from typing import Any

import pytest

from ionos_model_hub.emulator.recorded import RecordedRequest, record_request
from ionos_model_hub.emulator.request_list import RequestList

CHAT = {
    "model": "m",
    "temperature": 0.5,
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Weather?"}]},
        {"role": "assistant", "content": "", "tool_calls": []},
        {"role": "tool", "content": "sunny"},
    ],
    "tools": [{"type": "function", "function": {"name": "get_weather"}}],
    "response_format": {"type": "json_object"},
    "stream": True,
}


def request(path: str, body: object, method: str = "POST") -> RecordedRequest:
    content = json.dumps(body).encode()
    return record_request(method, f"/v1/{path}", {}, content, authorised=True)


def requests() -> RequestList:
    return RequestList(
        [
            request("chat/completions", CHAT),
            request("completions", {"prompt": ["a", "b"]}),
            request("embeddings", {"input": "a"}),
            request("rerank", {"query": "q", "documents": ["a", {"text": "b"}]}),
            request("images/generations", {"prompt": "a boat"}),
            request("models", None, "GET"),
        ]
    )


def test_requests_are_typed_by_endpoint() -> None:
    received = requests()
    (chat,) = received.chat()
    assert (chat.model, chat.stream, chat.endpoint) == ("m", True, "chat")
    assert chat.roles == ["system", "user", "assistant", "tool"]
    assert (chat.system, chat.text, chat.tool_results) == ("Be brief.", "sunny", ["sunny"])
    assert (chat.tool_names, chat.response_format) == (["get_weather"], {"type": "json_object"})
    assert chat.messages == CHAT["messages"]
    assert received.completions()[0].prompts == ["a", "b"]
    assert received.embeddings()[0].inputs == ["a"]
    assert (received.rerank()[0].query, received.rerank()[0].documents) == ("q", ["a", "b"])
    assert received.images()[0].prompt == "a boat"
    assert received[-1].endpoint == "models"


@pytest.mark.parametrize("body", [None, [], "a", {"messages": "a", "tools": 1}, {"messages": [1]}])
def test_malformed_bodies_have_no_messages(body: Any) -> None:
    (chat,) = RequestList([request("chat/completions", body)]).chat()
    assert (chat.messages, chat.roles, chat.system, chat.model) == ([], [], "", None)
    assert (chat.text, chat.tool_results, chat.response_format) == ("", [], None)
    assert chat.tool_names in ([], [None])


def test_matching() -> None:
    received = requests()
    assert received.matching("chat", fields={"temperature": 0.5}) == received[:1]
    assert len(received.matching()) == 5
    assert received.matching(contains="boat") == received[4:5]
    assert received.matching("models") == received[5:]


def test_assertions_that_hold() -> None:
    received = requests()
    received.assert_requested("chat", model="m", contains="sunny", times=1)
    received.assert_requested(when=lambda each: each.model == "m")
    received.assert_requested("chat", model="other", times=0)


def failure(received: RequestList, *arguments: Any, **conditions: Any) -> str:
    with pytest.raises(AssertionError) as caught:
        received.assert_requested(*arguments, **conditions)
    return str(caught.value)


def test_failure_shows_the_difference_to_the_most_similar_request() -> None:
    expected = {"temperature": 0, "messages": CHAT["messages"], "seed": 1}
    message = failure(requests(), "chat", model="n", fields=expected)
    assert message.startswith("Expected at least 1 request with endpoint='chat', model='n', fields")
    assert "  model: expected 'n', got 'm'\n" in message
    assert "  temperature:\n    expected: 0\n    got:      0.5\n" in message
    assert "  seed:\n    expected: 1\n    got:      missing\n" in message
    assert "1. chat m pending 'sunny'" not in message  # numbers come from the log
    assert "chat m pending 'sunny'" in message


def test_failure_of_nested_messages_names_the_path() -> None:
    fields = {"messages": [{"role": "system"}, {}, {}, {"role": "tool", "content": "rainy"}]}
    assert "  messages[3].content:\n    expected: 'rainy'\n    got:      'sunny'" in failure(
        requests(), "chat", fields=fields
    )


def test_failures_of_other_conditions() -> None:
    received = requests()
    assert "text: does not contain 'rain': 'sunny'" in failure(received, "chat", contains="rain")
    assert "when: returned false" in failure(received, "chat", when=lambda _: False)
    message = failure(received, "chat", times=2)
    assert message.startswith("Expected 2 requests with endpoint='chat', got 1.\nReceived requests")
    message = failure(received, "chat", times=0)
    assert message.startswith("Expected 0 requests with endpoint='chat', got 1.\nReceived requests")
    assert failure(RequestList()).endswith("There were no requests.")


def test_failure_lists_at_most_ten_requests() -> None:
    message = failure(RequestList(requests()[:1] * 30), "rerank")
    assert "Received requests (the latest 10):" in message
    assert message.count("'sunny'") == 10
