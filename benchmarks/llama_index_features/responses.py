"""Checks of responses without tools: text, token usage, reasoning, logprobs, images, errors."""

from __future__ import annotations

import asyncio
import base64
from json import JSONDecodeError
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
)
from llama_index.core.callbacks import CallbackManager, TokenCountingHandler

from .checks import HELLO, Bench, achat, aitems, check, failure_of, items
from .hub import FINISH, chunk, fail, respond, respond_together, stream

TEXT = "Hallo schöne Welt"
REASONING_DELTAS = [
    {"reasoning_content": "Let me "},
    {"reasoning_content": "see."},
    {"content": "Yes."},
]
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 24
_JA = {"token": "Ja", "logprob": -0.1, "bytes": [74, 97]}
LOGPROBS = {"content": [{**_JA, "top_logprobs": [_JA]}]}


@check("async calls run concurrently")
def two_concurrent_calls(bench: Bench) -> None:
    reply = respond_together(2)
    bench.hub.script(reply, reply)
    llm = bench.llm()

    async def chat() -> list[ChatResponse]:
        return list(await asyncio.gather(llm.achat(HELLO), llm.achat(HELLO)))

    assert [response.message.content for response in asyncio.run(chat())] == ["Hallo", "Hallo"]


def _check_deltas(responses: list[ChatResponse]) -> None:
    assert "".join(response.delta or "" for response in responses) == TEXT
    assert responses[-1].message.content == TEXT


@check("streamed text")
def deltas_are_complete(bench: Bench) -> None:
    bench.hub.script(respond(TEXT))
    _check_deltas(items(bench.llm()))


@check("streamed text")
def deltas_are_complete_async(bench: Bench) -> None:
    bench.hub.script(respond(TEXT))
    _check_deltas(aitems(bench.llm().astream_chat(HELLO)))


@check("streamed text")
def a_null_delta_is_ignored(bench: Bench) -> None:
    events = [{**chunk({}), "choices": [{"index": 0, "delta": None}]}, chunk({"content": TEXT})]
    bench.hub.script(lambda responder: responder.events([*events, FINISH]))
    _check_deltas(aitems(bench.llm().astream_chat(HELLO)))


@check("a broken stream is an error")
def an_empty_stream(bench: Bench) -> None:
    bench.hub.script(lambda responder: responder.events([]))
    _check_error_has_text(bench)


@check("a broken stream is an error")
def a_truncated_stream(bench: Bench) -> None:
    bench.hub.script(lambda responder: responder.events([chunk({"content": "Hal"})], done=False))
    _check_error_has_text(bench)


@check("a broken stream is an error")
def an_error_in_the_stream(bench: Bench) -> None:
    error_event = {"error": {"message": "Out of memory.", "code": 500}}
    bench.hub.script(lambda responder: responder.events([chunk({"content": "Hal"}), error_event]))
    assert "Out of memory." in str(failure_of(lambda: items(bench.llm())))


@check("a broken stream is an error")
def a_truncated_event(bench: Bench) -> None:
    bench.hub.script(
        lambda responder: responder.events([chunk({"content": "Hal"}), '{"choices": [{'])
    )
    assert not isinstance(failure_of(lambda: items(bench.llm())), JSONDecodeError)


def _check_error_has_text(bench: Bench) -> None:
    assert str(failure_of(lambda: items(bench.llm())))


def _check_token_counts(bench: Bench, call: Any) -> None:
    counter = TokenCountingHandler(tokenizer=str.split)
    call(bench.llm(callback_manager=CallbackManager([counter])))
    counts = [
        (each.prompt_token_count, each.completion_token_count) for each in counter.llm_token_counts
    ]
    assert counts == [(11, 7)], counts


@check("token usage")
def counted_once(bench: Bench) -> None:
    _check_token_counts(bench, lambda llm: llm.chat(HELLO))


@check("token usage")
def counted_once_async(bench: Bench) -> None:
    _check_token_counts(bench, achat)


@check("token usage")
def counted_once_for_a_prompt(bench: Bench) -> None:
    _check_token_counts(bench, lambda llm: llm.complete("Hallo"))


@check("token usage in streams")
def counted_by_default(bench: Bench) -> None:
    _check_token_counts(bench, items)


@check("token usage in streams")
def counted_by_default_async(bench: Bench) -> None:
    _check_token_counts(bench, lambda llm: aitems(llm.astream_chat(HELLO)))


@check("token usage in streams")
def works_without_stream_options(bench: Bench) -> None:
    def reject_stream_options(responder: Any) -> None:
        if "stream_options" in responder.body:
            error = {"message": "Unknown field: stream_options", "type": "invalid_request_error"}
            responder.json({"error": error}, 400)
        else:
            respond(TEXT)(responder)

    bench.hub.script(reject_stream_options, reject_stream_options)
    assert items(bench.llm())[-1].message.content == TEXT


@check("finish reason and token usage in the last chunk")
def the_last_response_has_both(bench: Bench) -> None:
    raw = items(bench.llm(), **_usage_options(bench))[-1].raw
    body = raw if isinstance(raw, dict) else raw.model_dump()
    assert body["id"] == "chat-1"
    assert body["usage"]["prompt_tokens"] == 11
    assert body["choices"][0]["finish_reason"] == "stop"


def _usage_options(bench: Bench) -> dict[str, Any]:
    """Return options for packages that request token usage only on demand."""
    return {} if "mistral" in bench.subject.name else {"stream_options": {"include_usage": True}}


def _check_streamed_reasoning(responses: list[ChatResponse]) -> None:
    deltas = [each.additional_kwargs.get("thinking_delta") or "" for each in responses]
    assert "".join(deltas) == "Let me see.", deltas
    _check_reasoning(responses[-1])


def _check_reasoning(response: ChatResponse) -> None:
    blocks = [block for block in response.message.blocks if isinstance(block, ThinkingBlock)]
    assert [block.content for block in blocks] == ["Let me see."]
    assert response.message.content == "Yes."


@check("reasoning")
def non_streamed(bench: Bench) -> None:
    bench.hub.script(respond("Yes.", reasoning_content="Let me see."))
    _check_reasoning(bench.llm().chat(HELLO))


@check("reasoning")
def in_the_field_reasoning(bench: Bench) -> None:
    bench.hub.script(respond("Yes.", reasoning="Let me see."))
    _check_reasoning(bench.llm().chat(HELLO))


@check("reasoning")
def streamed(bench: Bench) -> None:
    bench.hub.script(stream(*REASONING_DELTAS))
    _check_streamed_reasoning(items(bench.llm()))


@check("reasoning")
def streamed_async(bench: Bench) -> None:
    bench.hub.script(stream(*REASONING_DELTAS))
    _check_streamed_reasoning(aitems(bench.llm().astream_chat(HELLO)))


@check("completions endpoint")
def used_for_prompts(bench: Bench) -> None:
    llm = bench.llm(is_chat_model=False)
    assert llm.complete("Hallo").text == list(llm.stream_complete("Hallo"))[-1].text == "Hallo"
    assert all(each["path"] == "/v1/completions" for each in bench.hub.requests)


@check("completions endpoint")
def a_token_limit_is_sent(bench: Bench) -> None:
    bench.llm(is_chat_model=False).complete("Hallo")
    assert bench.hub.requests[0]["path"] == "/v1/completions"
    assert bench.hub.requests[0]["max_tokens"]


@check("tokens of a prompt are counted with the given tokenizer")
def the_prompt_reduces_the_token_limit(bench: Bench) -> None:
    class Tokenizer:
        def __call__(self, text: str) -> list[str]:
            return text.split()

        encode = __call__

    llm = bench.llm(is_chat_model=False, context_window=100, tokenizer=Tokenizer())
    llm.complete("one two three")
    assert bench.hub.requests[0]["max_tokens"] == 97


@check("log probabilities")
def of_a_response(bench: Bench) -> None:
    choice = {"index": 0, "message": {"role": "assistant", "content": "Ja"}, "logprobs": LOGPROBS}
    body = {
        **chunk({}),
        "object": "chat.completion",
        "choices": [{**choice, "finish_reason": "stop"}],
    }
    bench.hub.script(lambda responder: responder.json(body))
    _check_logprobs(bench.llm(logprobs=True, top_logprobs=1).chat(HELLO))


@check("log probabilities")
def of_a_stream(bench: Bench) -> None:
    events = [chunk({"content": "Ja"}, logprobs=LOGPROBS), FINISH]
    bench.hub.script(lambda responder: responder.events(events))
    _check_logprobs(items(bench.llm(logprobs=True, top_logprobs=1))[-1])


def _check_logprobs(response: ChatResponse) -> None:
    assert response.logprobs
    assert response.logprobs[0][0].token == "Ja"  # not a secret


@check("images and documents in messages")
def images_in_user_messages(bench: Bench) -> None:
    _check_image(bench, [ChatMessage(blocks=[TextBlock(text="What?"), ImageBlock(image=PNG)])])


@check("images and documents in messages")
def images_in_system_and_assistant_messages(bench: Bench) -> None:
    for role in ("system", "assistant"):
        bench.hub.requests.clear()
        _check_image(bench, [ChatMessage(role=role, blocks=[ImageBlock(image=PNG)]), *HELLO])


@check("images and documents in messages")
def text_documents_are_sent(bench: Bench) -> None:
    document = DocumentBlock(data=b"Berlin lies on the Spree.", document_mimetype="text/plain")
    bench.llm().chat([ChatMessage(blocks=[document])])
    assert "Berlin lies on the Spree." in str(bench.hub.requests[0]["messages"])


def _check_image(bench: Bench, messages: list[ChatMessage]) -> None:
    bench.llm().chat(messages)
    data = base64.b64encode(PNG).decode()
    assert f"data:image/png;base64,{data}" in str(bench.hub.requests[0]["messages"])


def _bad_request_error(bench: Bench) -> Any:
    body = {"httpStatus": 400, "messages": [{"errorCode": "x-7", "message": "Too warm."}]}
    bench.hub.script(fail(400, body))
    return failure_of(lambda: bench.llm().chat(HELLO))


@check("status, code and class of errors")
def status_and_message(bench: Bench) -> None:
    error = _bad_request_error(bench)
    assert error.status_code == 400
    assert "Too warm." in str(error)


@check("status, code and class of errors")
def the_hubs_error_code(bench: Bench) -> None:
    assert _bad_request_error(bench).code == "x-7"


@check("status, code and class of errors")
def typed_by_status(bench: Bench) -> None:
    types = set()
    for status in (401, 404, 429, 500):
        bench.hub.script(fail(status))
        types.add(type(failure_of(lambda: bench.llm().chat(HELLO))))
    assert len(types) == 4
