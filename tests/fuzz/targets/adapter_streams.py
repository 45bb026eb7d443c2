"""For any stream, the chunks of both adapters add up to the message of the complete response."""

import json
from typing import Any

from fuzz.draw import Draw
from fuzz.vocabulary import MODELS, SCHEMAS, choice_of
from langchain_core.messages import AIMessage, AIMessageChunk

from ionos_model_hub.errors import ModelHubError
from ionos_model_hub.wire.assembly import DONE, ChatAssembler
from ionos_model_hub.wire.response_types import ChatCompletion, Delta
from langchain_ionos.convert.chunks import ChunkWriter
from langchain_ionos.convert.responses import to_chat_result
from llama_index_ionos.convert.responses import StreamAccumulator, to_chat_response

USAGE = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}


def check(data: bytes) -> None:
    draw = Draw(data)
    assembler = ChatAssembler(draw.one_of(MODELS), None, SCHEMAS)
    deltas: list[Delta] = []
    try:
        for _ in range(draw.below(24)):
            deltas += assembler.feed(json.dumps({"id": "c", "choices": [choice_of(draw)]}))
        if draw.yes():
            assembler.feed(json.dumps({"choices": [], "usage": USAGE}))
        assembler.feed(DONE)
        held_back, response = assembler.finish()
    except ModelHubError as error:
        assembler.attach_partial(error)
        return
    deltas = [delta for delta in (*deltas, *held_back) if delta.index == response.choices[0].index]
    check_langchain(deltas, response)
    check_llama_index(deltas, response)


def check_langchain(deltas: list[Delta], response: ChatCompletion) -> None:
    writer = ChunkWriter()
    chunks = [chunk.message for delta in deltas for chunk in writer.feed(delta)]
    chunks += [chunk.message for chunk in writer.finish(response)]
    streamed = chunks[0]
    for chunk in chunks[1:]:
        streamed = streamed + chunk
    assert isinstance(streamed, AIMessageChunk)
    complete = to_chat_result(response).generations[0].message
    assert isinstance(complete, AIMessage)
    assert in_common(streamed) == in_common(complete)
    complete.model_dump_json(fallback=repr)


def in_common(message: AIMessage) -> dict[str, Any]:
    """Return the parts that are equal in a streamed message and a complete one."""
    return {
        "text": message.text,
        "additional": message.additional_kwargs,
        "calls": [(call["id"], call["name"], call["args"]) for call in message.tool_calls],
        "invalid": [(call["id"], call["name"] or "") for call in message.invalid_tool_calls],
        "usage": message.usage_metadata,
        "reason": message.response_metadata.get("finish_reason"),
    }


def check_llama_index(deltas: list[Delta], response: ChatCompletion) -> None:
    accumulator = StreamAccumulator()
    steps = [step for delta in deltas if (step := accumulator.add(delta))]
    last, complete = accumulator.finish(response), to_chat_response(response)
    assert last.message == complete.message
    if response.choices[0].index == 0:
        text = "".join(step.delta or "" for step in (*steps, last))
        # In the complete message, a refusal follows the content.
        normalise = str if not response.message.refusal else sorted
        assert normalise(text) == normalise(complete.message.content or "")
