"""Every endpoint, through `Client` and `AsyncClient`."""

import pytest
from integration_tests.ionos_model_hub.client_callers import (
    LLAMA,
    USER,
    Caller,
)

from ionos_model_hub import BadRequestError
from ionos_model_hub.emulator import Emulator, Reply

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Return the weather of a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}


def test_models_exclude_migration_aliases(caller: Caller) -> None:
    ids = [model.id for model in caller.call("models")]
    assert LLAMA in ids
    assert not [each for each in ids if each.endswith("-migration")]


def test_chat(caller: Caller) -> None:
    answer = caller.call("chat", USER, model=LLAMA)
    assert answer.text
    assert answer.finish_reason == "stop"
    assert answer.usage.total_tokens > answer.usage.prompt_tokens > 0
    assert len(answer.headers["x-trace-id"]) == 32


def test_chat_stream_equals_the_completion(caller: Caller) -> None:
    complete = caller.call("chat", USER, model=LLAMA)
    deltas, answer = caller.stream("stream_chat", USER, model=LLAMA)
    assert len(deltas) > 2
    assert "".join(delta.text for delta in deltas) == answer.text == complete.text
    assert answer.usage == complete.usage
    assert answer.headers["x-trace-id"]


def test_reasoning_is_separate_from_the_text(caller: Caller) -> None:
    deltas, answer = caller.stream("stream_chat", USER, model="openai/gpt-oss-120b")
    assert answer.message.reasoning == "".join(delta.reasoning for delta in deltas) != ""
    assert answer.message.reasoning not in answer.text


def test_tool_call(caller: Caller) -> None:
    answer = caller.call("chat", USER, model=LLAMA, tools=[WEATHER])
    deltas, streamed = caller.stream("stream_chat", USER, model=LLAMA, tools=[WEATHER])
    assert [call.name for call in answer.message.tool_calls] == ["get_weather"]
    assert "Berlin" in answer.message.tool_calls[0].arguments
    assert streamed.message.tool_calls[0].arguments == answer.message.tool_calls[0].arguments
    assert next(d.tool_calls[0].name for d in deltas if d.tool_calls) == "get_weather"


def test_invalid_tool_name_is_replaced_in_the_request_only(
    caller: Caller, ionos_emulator: Emulator
) -> None:
    tool = {"type": "function", "function": {**WEATHER["function"], "name": "wetter für?"}}
    answer = caller.call("chat", USER, model=LLAMA, tools=[tool], tool_choice="required")
    assert answer.message.tool_calls[0].name == "wetter für?"
    sent = ionos_emulator.requests[-1].json["tools"][0]["function"]["name"]
    assert sent == "wetter_f_r_"


def test_completion_stream_equals_the_completion(caller: Caller) -> None:
    complete = caller.call("complete", "Once upon a time", model=LLAMA, max_tokens=8)
    deltas, answer = caller.stream("stream_complete", "Once upon a time", model=LLAMA, max_tokens=8)
    assert complete.text == answer.text == "".join(delta.text for delta in deltas) != ""
    assert complete.finish_reason == answer.finish_reason


def test_embeddings_are_in_order_over_many_batches(caller: Caller) -> None:
    texts = [f"text number {number}" for number in range(150)] + [""]
    batch_sizes: list[int] = []
    together = caller.call("embed", texts, batch_size=20, progress=batch_sizes.append)
    alone = caller.call("embed", [texts[77]])
    assert len(together.vectors) == 151
    assert together.vectors[77] == alone.vectors[0]
    assert sum(batch_sizes) == 151
    assert len(batch_sizes) == 8
    assert together.usage.total_tokens > 0


def test_no_request_without_texts(caller: Caller, ionos_emulator: Emulator) -> None:
    assert caller.call("embed", []).vectors == []
    assert ionos_emulator.requests == []


def test_failed_batch_is_an_error(caller: Caller, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(status=400, json={"error": {"message": "no", "type": "x"}}))
    with pytest.raises(BadRequestError, match="no"):
        caller.call("embed", ["a"] * 30, batch_size=10)


def test_rerank_returns_the_best_first(caller: Caller) -> None:
    ranked = caller.call("rerank", "purring cats", ["dogs bark", "cats purr"], top_n=1)
    assert [document.index for document in ranked] == [1]


def test_images_are_bytes(caller: Caller) -> None:
    images = caller.call("generate_images", "a lighthouse", size="512*512", n=2)
    assert [image.data[:4] for image in images] == [b"\x89PNG"] * 2
