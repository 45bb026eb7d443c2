"""Findings as text and as JSON."""

import json

import pytest

from ionos_model_hub.cli.doctor.findings import Finding, Status
from ionos_model_hub.cli.doctor.report import as_json, as_text

OK = Finding("base URL", Status.OK, "The URL is valid.")
ERROR = Finding("key", Status.ERROR, "The key is bad.", "Create another one.")


def test_text_without_errors() -> None:
    assert as_text([OK], None, color=False) == (
        "ok       base URL  The URL is valid.\nNo errors found."
    )


def test_text_with_an_error_and_its_fix() -> None:
    assert as_text([OK, ERROR], None, color=False).splitlines()[1:] == [
        "error    key       The key is bad.",
        "                   Fix: Create another one.",
        "Errors: key. Fix the first one first.",
    ]


def test_columns_have_the_width_of_the_longest_check() -> None:
    shared = Finding("shared limit", Status.OK, "Shared.")
    assert as_text([OK, shared], None, color=False).splitlines()[:2] == [
        "ok       base URL      The URL is valid.",
        "ok       shared limit  Shared.",
    ]


def test_long_messages_are_wrapped_on_a_terminal_only() -> None:
    finding = Finding("key", Status.OK, "word " * 20)
    assert len(as_text([finding], 70, color=False).splitlines()) == 3
    assert len(as_text([finding], None, color=False).splitlines()) == 2


def test_commands_and_urls_are_not_divided() -> None:
    url = f"https://hub.example/{'a' * 60}/v1"
    finding = Finding("key", Status.OK, f"{'word ' * 9}`ionos-model-hub models` {url}")
    text = as_text([finding], 70, color=False)
    assert "`ionos-model-hub" in text
    assert url in text


def test_control_characters_are_replaced() -> None:
    finding = Finding("key", Status.OK, "\x1b[2J\rclear")
    assert "\x1b" not in as_text([finding], None, color=False)
    assert "\r" not in as_text([finding], None, color=False)


def test_colors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1;31merror" in as_text([ERROR], None, color=True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in as_text([ERROR], None, color=True)


def test_json() -> None:
    report = json.loads(as_json([OK, ERROR], {"Python": "3.13"}, "2026-08-27"))
    assert report == {
        "ok": False,
        "versions": {"Python": "3.13"},
        "catalogue": "2026-08-27",
        "checks": [
            {"check": "base URL", "status": "ok", "message": "The URL is valid.", "fix": ""},
            {
                "check": "key",
                "status": "error",
                "message": "The key is bad.",
                "fix": "Create another one.",
            },
        ],
    }
