"""Checks of plain answers: text, usage, reasoning, logprobs, images."""

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
from .hub import FINISH, chunk, meet, refuse, stream, talk

TEXT = "Hallo schöne Welt"
THOUGHTS = [{"reasoning_content": "Let me "}, {"reasoning_content": "see."}, {"content": "Yes."}]
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 24
_JA = {"token": "Ja", "logprob": -0.1, "bytes": [74, 97]}
LOGPROBS = {"content": [{**_JA, "top_logprobs": [_JA]}]}


@check("async-native")
def two_calls_at_once(bench: Bench) -> None:
    both = meet(2)
    bench.hub.script(both, both)
    llm = bench.llm()

    async def ask() -> list[ChatResponse]:
        return list(await asyncio.gather(llm.achat(HELLO), llm.achat(HELLO)))

    assert [answer.message.content for answer in asyncio.run(ask())] == ["Hallo", "Hallo"]


def _add_up(found: list[ChatResponse]) -> None:
    assert "".join(item.delta or "" for item in found) == TEXT
    assert found[-1].message.content == TEXT


@check("streaming deltas")
def deltas_add_up(bench: Bench) -> None:
    bench.hub.script(talk(TEXT))
    _add_up(items(bench.llm()))


@check("streaming deltas")
def deltas_add_up_async(bench: Bench) -> None:
    bench.hub.script(talk(TEXT))
    _add_up(aitems(bench.llm().astream_chat(HELLO)))


@check("streaming deltas")
def a_null_delta_is_passed_over(bench: Bench) -> None:
    events = [{**chunk({}), "choices": [{"index": 0, "delta": None}]}, chunk({"content": TEXT})]
    bench.hub.script(lambda exchange: exchange.events([*events, FINISH]))
    _add_up(aitems(bench.llm().astream_chat(HELLO)))


@check("a broken stream is an error")
def an_empty_stream(bench: Bench) -> None:
    bench.hub.script(lambda exchange: exchange.events([]))
    _fails_with_status_or_text(bench)


@check("a broken stream is an error")
def a_stream_cut_off(bench: Bench) -> None:
    bench.hub.script(lambda exchange: exchange.events([chunk({"content": "Hal"})], done=False))
    _fails_with_status_or_text(bench)


@check("a broken stream is an error")
def an_error_in_the_stream(bench: Bench) -> None:
    actual = {"error": {"message": "Out of memory.", "code": 500}}
    bench.hub.script(lambda exchange: exchange.events([chunk({"content": "Hal"}), actual]))
    assert "Out of memory." in str(failure_of(lambda: items(bench.llm())))


@check("a broken stream is an error")
def an_event_cut_in_half(bench: Bench) -> None:
    bench.hub.script(
        lambda exchange: exchange.events([chunk({"content": "Hal"}), '{"choices": [{'])
    )
    assert not isinstance(failure_of(lambda: items(bench.llm())), JSONDecodeError)


def _fails_with_status_or_text(bench: Bench) -> None:
    assert str(failure_of(lambda: items(bench.llm())))


def _counted(bench: Bench, ask: Any) -> None:
    counter = TokenCountingHandler(tokenizer=str.split)
    ask(bench.llm(callback_manager=CallbackManager([counter])))
    counts = [
        (each.prompt_token_count, each.completion_token_count) for each in counter.llm_token_counts
    ]
    assert counts == [(11, 7)], counts


@check("usage non-stream")
def counted_once(bench: Bench) -> None:
    _counted(bench, lambda llm: llm.chat(HELLO))


@check("usage non-stream")
def counted_once_async(bench: Bench) -> None:
    _counted(bench, achat)


@check("usage non-stream")
def counted_once_for_a_prompt(bench: Bench) -> None:
    _counted(bench, lambda llm: llm.complete("Hallo"))


@check("usage in streams")
def counted_by_default(bench: Bench) -> None:
    _counted(bench, items)


@check("usage in streams")
def counted_by_default_async(bench: Bench) -> None:
    _counted(bench, lambda llm: aitems(llm.astream_chat(HELLO)))


@check("usage in streams")
def a_server_that_refuses_stream_options_still_streams(bench: Bench) -> None:
    def picky(exchange: Any) -> None:
        if "stream_options" in exchange.body:
            actual = {"message": "Unknown field: stream_options", "type": "invalid_request_error"}
            exchange.json({"error": actual}, 400)
        else:
            talk(TEXT)(exchange)

    bench.hub.script(picky, picky)
    assert items(bench.llm())[-1].message.content == TEXT


@check("finish_reason + usage together in last chunk")
def last_item_tells_all(bench: Bench) -> None:
    raw = items(bench.llm(), **_asking_usage(bench))[-1].raw
    actual = raw if isinstance(raw, dict) else raw.model_dump()
    assert actual["id"] == "chat-1"
    assert actual["usage"]["prompt_tokens"] == 11
    assert actual["choices"][0]["finish_reason"] == "stop"


def _asking_usage(bench: Bench) -> dict[str, Any]:
    """Help packages that ask for usage only on request."""
    return {} if "mistral" in bench.subject.name else {"stream_options": {"include_usage": True}}


def _thought(found: list[ChatResponse]) -> None:
    deltas = [item.additional_kwargs.get("thinking_delta") or "" for item in found]
    assert "".join(deltas) == "Let me see.", deltas
    _has_thought(found[-1])


def _has_thought(answer: ChatResponse) -> None:
    thoughts = [block for block in answer.message.blocks if isinstance(block, ThinkingBlock)]
    assert [block.content for block in thoughts] == ["Let me see."]
    assert answer.message.content == "Yes."


@check("thinking / reasoning")
def whole_answer(bench: Bench) -> None:
    bench.hub.script(talk("Yes.", reasoning_content="Let me see."))
    _has_thought(bench.llm().chat(HELLO))


@check("thinking / reasoning")
def under_the_hubs_name(bench: Bench) -> None:
    bench.hub.script(talk("Yes.", reasoning="Let me see."))
    _has_thought(bench.llm().chat(HELLO))


@check("thinking / reasoning")
def streamed(bench: Bench) -> None:
    bench.hub.script(stream(*THOUGHTS))
    _thought(items(bench.llm()))


@check("thinking / reasoning")
def streamed_async(bench: Bench) -> None:
    bench.hub.script(stream(*THOUGHTS))
    _thought(aitems(bench.llm().astream_chat(HELLO)))


@check("completions endpoint")
def serves_prompts(bench: Bench) -> None:
    llm = bench.llm(is_chat_model=False)
    assert llm.complete("Hallo").text == list(llm.stream_complete("Hallo"))[-1].text == "Hallo"
    assert all(each["path"] == "/v1/completions" for each in bench.hub.requests)


@check("completions endpoint")
def asked_with_a_token_limit(bench: Bench) -> None:
    bench.llm(is_chat_model=False).complete("Hallo")
    assert bench.hub.requests[0]["path"] == "/v1/completions"
    assert bench.hub.requests[0]["max_tokens"]


@check("tokenizer")
def limit_is_what_the_prompt_leaves(bench: Bench) -> None:
    class Tokenizer:
        def __call__(self, text: str) -> list[str]:
            return text.split()

        encode = __call__

    llm = bench.llm(is_chat_model=False, context_window=100, tokenizer=Tokenizer())
    llm.complete("one two three")
    assert bench.hub.requests[0]["max_tokens"] == 97


@check("logprobs")
def of_a_whole_answer(bench: Bench) -> None:
    choice = {"index": 0, "message": {"role": "assistant", "content": "Ja"}, "logprobs": LOGPROBS}
    body = {
        **chunk({}),
        "object": "chat.completion",
        "choices": [{**choice, "finish_reason": "stop"}],
    }
    bench.hub.script(lambda exchange: exchange.json(body))
    _ja(bench.llm(logprobs=True, top_logprobs=1).chat(HELLO))


@check("logprobs")
def of_a_stream(bench: Bench) -> None:
    events = [chunk({"content": "Ja"}, logprobs=LOGPROBS), FINISH]
    bench.hub.script(lambda exchange: exchange.events(events))
    _ja(items(bench.llm(logprobs=True, top_logprobs=1))[-1])


def _ja(answer: ChatResponse) -> None:
    assert answer.logprobs
    assert answer.logprobs[0][0].token == "Ja"  # no secret


@check("multimodal in")
def images_of_users(bench: Bench) -> None:
    _sends_image(bench, [ChatMessage(blocks=[TextBlock(text="What?"), ImageBlock(image=PNG)])])


@check("multimodal in")
def images_of_system_and_assistant(bench: Bench) -> None:
    for role in ("system", "assistant"):
        bench.hub.requests.clear()
        _sends_image(bench, [ChatMessage(role=role, blocks=[ImageBlock(image=PNG)]), *HELLO])


@check("multimodal in")
def text_documents_are_read(bench: Bench) -> None:
    document = DocumentBlock(data=b"Berlin lies on the Spree.", document_mimetype="text/plain")
    bench.llm().chat([ChatMessage(blocks=[document])])
    assert "Berlin lies on the Spree." in str(bench.hub.requests[0]["messages"])


def _sends_image(bench: Bench, messages: list[ChatMessage]) -> None:
    bench.llm().chat(messages)
    data = base64.b64encode(PNG).decode()
    assert f"data:image/png;base64,{data}" in str(bench.hub.requests[0]["messages"])


def _refused(bench: Bench) -> Any:
    actual = {"httpStatus": 400, "messages": [{"errorCode": "x-7", "message": "Too warm."}]}
    bench.hub.script(refuse(400, actual))
    return failure_of(lambda: bench.llm().chat(HELLO))


@check("error mapping")
def status_and_message(bench: Bench) -> None:
    error = _refused(bench)
    assert error.status_code == 400
    assert "Too warm." in str(error)


@check("error mapping")
def the_hubs_own_code(bench: Bench) -> None:
    assert _refused(bench).code == "x-7"


@check("error mapping")
def typed_by_status(bench: Bench) -> None:
    kinds = set()
    for status in (401, 404, 429, 500):
        bench.hub.script(refuse(status))
        kinds.add(type(failure_of(lambda: bench.llm().chat(HELLO))))
    assert len(kinds) == 4
