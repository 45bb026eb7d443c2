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
from llama_index_ionos.convert.raw import raw_chunk, raw_of


def test_a_whole_answer_keeps_everything_in_plain_json() -> None:
    message = Message("Hallo", "Hm.", [ToolCall("c1", "add", "{}")], "No.")
    answer = ChatCompletion(
        "id-1", "m", 7, [Choice(0, message, "stop", {"content": []})], Usage(1, 2, 3, 4, 5)
    )
    answer.headers["x-trace-id"] = "t"

    raw = raw_of(answer)

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
            "prompt_tokens_details": {"cached_tokens": 4},
            "completion_tokens_details": {"reasoning_tokens": 5},
        },
    }


def test_what_did_not_come_is_not_there() -> None:
    raw = raw_of(ChatCompletion(choices=[Choice(0, Message("Hallo"))]))
    assert "usage" not in raw
    assert raw["choices"][0]["message"] == {"role": "assistant", "content": "Hallo"}
    assert raw_of(Completion(choices=[TextChoice(0, "a")]))["choices"][0]["text"] == "a"


def test_a_chunk_holds_what_its_delta_says() -> None:
    piece = ToolCallDelta(0, "c1", "add", "{")
    choice = raw_chunk(Delta(0, "Ha", tool_calls=(piece,), finish_reason="stop"))["choices"][0]
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
