"""A batch of prompts gets an answer for each, or an error."""

import asyncio
import json
from typing import Any

import pytest

pytest.importorskip("ray")

import numpy as np
import pyarrow as pa

from ionos_model_hub import ConfigurationError, InvalidRequestError, ModelHubError, NotFoundError
from ionos_model_hub.emulator import Emulator, Reply
from ionos_model_hub.ray import IONOSChat
from ionos_model_hub.telemetry import CallRecord


@pytest.fixture
def options(ionos_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Arguments that select the emulator; the key is in the environment."""
    monkeypatch.setenv("IONOS_API_KEY", "key")
    return {"base_url": ionos_emulator.base_url}


def run(chat: IONOSChat, prompts: Any) -> pa.Table:
    batch = prompts if isinstance(prompts, dict) else pa.table({"prompt": prompts})
    return asyncio.run(chat(batch))


def test_each_prompt_gets_its_answer(options: dict[str, Any], ionos_emulator: Emulator) -> None:
    chat = IONOSChat(system="Be brief.", options={"temperature": 0}, **options)
    table = run(chat, [f"Say exactly: number {number}" for number in range(20)])
    assert table.column_names == [
        "prompt",
        "answer",
        "answer_finish_reason",
        "answer_prompt_tokens",
        "answer_completion_tokens",
    ]
    assert table["answer"].to_pylist() == [f"number {number}" for number in range(20)]
    assert set(table["answer_finish_reason"].to_pylist()) == {"stop"}
    tokens = (
        table["answer_prompt_tokens"].to_pylist() + table["answer_completion_tokens"].to_pylist()
    )
    assert min(tokens) > 0
    for request in ionos_emulator.requests:
        assert request.json["temperature"] == 0
        assert request.json["messages"][0] == {"role": "system", "content": "Be brief."}


CONVERSATIONS = [
    [{"role": "user", "content": "Say exactly: one"}],
    [
        {"role": "user", "content": "Hello", "name": "jens"},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "Say exactly: two"},
    ],
]


@pytest.mark.parametrize("batch_format", ["pyarrow", "numpy"])
def test_prompts_can_be_conversations(
    options: dict[str, Any], ionos_emulator: Emulator, batch_format: str
) -> None:
    prompts: Any = CONVERSATIONS
    if batch_format == "numpy":
        column = np.empty(2, object)
        column[:] = [np.asarray(each, object) for each in CONVERSATIONS]
        prompts = {"prompt": column}
    table = run(IONOSChat(in_flight=1, **options), prompts)
    assert table["answer"].to_pylist() == ["one", "two"]
    assert [request.json["messages"] for request in ionos_emulator.requests] == CONVERSATIONS


def test_truncated_answer_has_finish_reason_length(options: dict[str, Any]) -> None:
    chat = IONOSChat(output="summary", options={"max_completion_tokens": 3}, **options)
    table = run(chat, ["Tell me a long story."])
    assert table["summary_finish_reason"].to_pylist() == ["length"]


def test_lone_surrogates_do_not_end_the_job(
    options: dict[str, Any], ionos_emulator: Emulator
) -> None:
    message = {"role": "assistant", "content": "half \ud83d of it"}
    answer = {"choices": [{"message": message, "finish_reason": "stop"}], "model": "m"}
    ionos_emulator.script(Reply(body=json.dumps(answer).encode()))
    (text,) = run(IONOSChat(**options), ["Hello"])["answer"].to_pylist()
    assert text.startswith("half ")
    assert text.endswith(" of it")


def test_calls_are_recorded(options: dict[str, Any]) -> None:
    records: list[CallRecord] = []
    run(IONOSChat(on_call=records.append, **options), ["Hello", "Hello again"])
    assert [record.outcome for record in records] == ["success", "success"]


def test_failed_rows_contain_the_error(options: dict[str, Any], ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(status=400, json={"error": {"message": "not this one"}}))
    chat = IONOSChat(on_error="column", in_flight=1, **options)
    rows = run(chat, ["Hello", "Say exactly: fine", None]).to_pylist()
    assert [row["answer"] for row in rows] == [None, "fine", None]
    assert [row["answer_prompt_tokens"] is None for row in rows] == [True, False, True]
    assert "not this one" in rows[0]["answer_error"]
    assert rows[1]["answer_error"] is None
    assert rows[2]["answer_error"].startswith("The column 'prompt' contains null")


FAULTS: dict[str, tuple[dict[str, Any], list[Any], type[ModelHubError], str]] = {
    "no prompt": ({}, [None], InvalidRequestError, "contains null"),
    "a number": ({}, [7], InvalidRequestError, "contains a value of type int"),
    "no messages": ({}, [["Hello"]], InvalidRequestError, "messages"),
    "no model": ({"model": "no/model", "on_error": "column"}, ["a"], NotFoundError, "no/model"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_other_errors_end_the_job(options: dict[str, Any], fault: str) -> None:
    arguments, prompts, kind, reason = FAULTS[fault]
    with pytest.raises(kind, match=reason):
        run(IONOSChat(**arguments, **options), prompts)


@pytest.mark.parametrize("name", ["n", "tools", "tool_choice"])
def test_unsupported_options_are_rejected(options: dict[str, Any], name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"option '{name}' is not supported"):
        IONOSChat(options={name: 1}, **options)  # type: ignore[misc]
