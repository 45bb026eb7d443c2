"""Whatever a hub streams, both adapters give the message of the whole answer, or its error."""

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
        held, answer = assembler.finish()
    except ModelHubError as error:
        assembler.attach_partial(error)
        return
    deltas = [delta for delta in (*deltas, *held) if delta.index == answer.choices[0].index]
    check_langchain(deltas, answer)
    check_llama_index(deltas, answer)


def check_langchain(deltas: list[Delta], answer: ChatCompletion) -> None:
    writer = ChunkWriter()
    chunks = [chunk.message for delta in deltas for chunk in writer.feed(delta)]
    chunks += [chunk.message for chunk in writer.finish(answer)]
    streamed = chunks[0]
    for chunk in chunks[1:]:
        streamed = streamed + chunk
    assert isinstance(streamed, AIMessageChunk)
    whole = to_chat_result(answer).generations[0].message
    assert isinstance(whole, AIMessage)
    assert in_common(streamed) == in_common(whole)
    whole.model_dump_json(fallback=repr)


def in_common(message: AIMessage) -> dict[str, Any]:
    return {
        "text": message.text,
        "beside": message.additional_kwargs,
        "calls": [(call["id"], call["name"], call["args"]) for call in message.tool_calls],
        "invalid": [(call["id"], call["name"] or "") for call in message.invalid_tool_calls],
        "usage": message.usage_metadata,
        "reason": message.response_metadata.get("finish_reason"),
    }


def check_llama_index(deltas: list[Delta], answer: ChatCompletion) -> None:
    pieces = StreamAccumulator()
    steps = [step for delta in deltas if (step := pieces.add(delta))]
    last, whole = pieces.finish(answer), to_chat_response(answer)
    assert last.message == whole.message
    if answer.choices[0].index == 0:
        told = "".join(step.delta or "" for step in (*steps, last))
        # What a refusal has before or between content is behind it in the whole message.
        in_order = str if not answer.message.refusal else sorted
        assert in_order(told) == in_order(whole.message.content or "")
