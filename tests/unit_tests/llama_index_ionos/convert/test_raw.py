import json

from ionos_model_hub import (
    ChatCompletion,
    Choice,
    Completion,
    Delta,
    Message,
    TextChoice,
    ToolCall,
    ToolCallDelta,
    Usage,
)
from llama_index_ionos.convert.raw import raw_chunk, raw_response


def test_complete_response_keeps_all_fields_as_plain_json() -> None:
    message = Message("Hallo", "Hm.", [ToolCall("c1", "add", "{}")], "No.")
    response = ChatCompletion(
        "id-1", "m", 7, [Choice(0, message, "stop", {"content": []})], Usage(1, 2, 3, 4, 5)
    )
    response.headers["x-trace-id"] = "t"

    raw = raw_response(response)

    assert json.loads(json.dumps(raw)) == raw
    assert raw == {
        "id": "id-1",
        "object": "chat.completion",
        "created": 7,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "logprobs": {"content": []},
                "message": {
                    "role": "assistant",
                    "content": "Hallo",
                    "reasoning": "Hm.",
                    "refusal": "No.",
                    "tool_calls": [
                        {
                            "id": "c1",
                            "type": "function",
                            "function": {"name": "add", "arguments": "{}"},
                        }
                    ],
                },
            }
        ],
        "headers": {"x-trace-id": "t"},
        "usage": {
            "prompt_tokens": 1,
            "completion_tokens": 2,
            "total_tokens": 3,
            "input_tokens": 1,
            "output_tokens": 2,
            "prompt_tokens_details": {"cached_tokens": 4},
            "completion_tokens_details": {"reasoning_tokens": 5},
        },
    }


def test_missing_fields_are_omitted() -> None:
    raw = raw_response(ChatCompletion(choices=[Choice(0, Message("Hallo"))]))
    assert "usage" not in raw
    assert raw["choices"][0]["message"] == {"role": "assistant", "content": "Hallo"}
    assert raw_response(Completion(choices=[TextChoice(0, "a")]))["choices"][0]["text"] == "a"


def test_chunk_contains_fields_of_its_delta() -> None:
    call_delta = ToolCallDelta(0, "c1", "add", "{")
    choice = raw_chunk(Delta(0, "Ha", tool_calls=(call_delta,), finish_reason="stop"))["choices"][0]
    assert choice["finish_reason"] == "stop"
    assert choice["delta"] == {
        "content": "Ha",
        "tool_calls": [
            {
                "index": 0,
                "id": "c1",
                "type": "function",
                "function": {"name": "add", "arguments": "{"},
            }
        ],
    }
