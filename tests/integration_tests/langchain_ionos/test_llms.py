"""IONOSLLM against the emulator."""

import asyncio
from itertools import pairwise

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.exceptions import (
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelNotFoundError,
    ModelRateLimitError,
)
from langchain_core.outputs import GenerationChunk, LLMResult
from langchain_core.prompts import PromptTemplate

from ionos_model_hub.emulator import Emulator, Reply
from langchain_ionos import IONOSLLM


class Recorder(BaseCallbackHandler):
    """Records callbacks."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.results: list[LLMResult] = []
        self.errors: list[BaseException] = []

    def on_llm_new_token(self, token: str, **_: object) -> None:
        self.tokens.append(token)

    def on_llm_end(self, response: LLMResult, **_: object) -> None:
        self.results.append(response)

    def on_llm_error(self, error: BaseException, **_: object) -> None:
        self.errors.append(error)


@pytest.fixture
def llm(ionos_emulator_env: Emulator) -> IONOSLLM:
    return IONOSLLM(max_tokens=40)


async def test_every_method_returns_the_same_text(llm: IONOSLLM) -> None:
    text = llm.invoke("Once upon a time")
    assert text
    assert await llm.ainvoke("Once upon a time") == text
    assert "".join(llm.stream("Once upon a time")) == text
    assert "".join([piece async for piece in llm.astream("Once upon a time")]) == text
    assert llm.batch(["Once upon a time", "x"])[0] == text
    assert (await llm.abatch(["Once upon a time", "x"]))[0] == text


async def test_streams_report_tokens_and_usage(llm: IONOSLLM) -> None:
    sync, aio = Recorder(), Recorder()
    list(llm.stream("Hi", config={"callbacks": [sync]}))
    pieces = [piece async for piece in llm.astream("Hi", config={"callbacks": [aio]})]
    assert len([piece for piece in pieces if piece]) > 5
    for recorder in (sync, aio):
        assert "".join(recorder.tokens) == "".join(pieces)
        (generation,) = recorder.results[0].generations[0]
        assert isinstance(generation, GenerationChunk)
        info = generation.generation_info or {}
        assert info["finish_reason"] in ("stop", "length")
        assert info["model_name"] == llm.model
        usage = info["token_usage"]
        assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


async def test_usage_of_all_prompts_is_summed(llm: IONOSLLM) -> None:
    for result in (llm.generate(["one", "two"]), await llm.agenerate(["one", "two"])):
        usage = (result.llm_output or {})["token_usage"]
        assert usage["completion_tokens"] > 2
        assert len(result.generations) == 2


def test_several_completions_of_one_prompt(llm: IONOSLLM) -> None:
    (generations,) = llm.generate(["Once"], n=3).generations
    assert len({generation.text for generation in generations}) > 1
    assert len(generations) == 3


def test_stop_sequences_and_token_limit(llm: IONOSLLM, ionos_emulator: Emulator) -> None:
    text = llm.invoke("Once upon a time")
    word = text.split()[3]
    assert llm.invoke("Once upon a time", stop=[word]) == text[: text.index(word)]
    (generation,) = llm.generate(["Once"], max_tokens=2).generations[0]
    assert (generation.generation_info or {})["finish_reason"] == "length"
    assert "max_completion_tokens" not in ionos_emulator.requests[-1].json


def test_model_works_in_a_chain(llm: IONOSLLM) -> None:
    chain = PromptTemplate.from_template("Tell of {thing}") | llm
    assert chain.invoke({"thing": "ships"}) == llm.invoke("Tell of ships")
    events = list(chain.stream({"thing": "ships"}))
    assert len(events) > 5


async def test_astream_events_reports_each_token(llm: IONOSLLM) -> None:
    events = [event async for event in llm.astream_events("Hi", version="v2")]
    kinds = [event["event"] for event in events]
    assert kinds[0] == "on_llm_start"
    assert kinds[-1] == "on_llm_end"
    assert kinds.count("on_llm_stream") > 5


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, ModelAuthenticationError),
        (404, ModelNotFoundError),
        (429, ModelRateLimitError),
        (503, ModelAPIError),
    ],
)
async def test_errors_are_langchain_errors(
    llm: IONOSLLM, ionos_emulator: Emulator, status: int, kind: type[Exception]
) -> None:
    llm.max_retries = 0
    recorder = Recorder()
    for _ in range(3):
        ionos_emulator.script(Reply(status=status, json={"error": {"message": "no"}}))
    with pytest.raises(kind):
        llm.invoke("Hi", config={"callbacks": [recorder]})
    with pytest.raises(kind):
        list(llm.stream("Hi"))
    with pytest.raises(kind):
        await llm.ainvoke("Hi")
    assert isinstance(recorder.errors[0], kind)


def test_incomplete_stream_is_an_error(llm: IONOSLLM, ionos_emulator: Emulator) -> None:
    chunk = {"id": "1", "choices": [{"index": 0, "text": "Hal", "finish_reason": None}]}
    ionos_emulator.script(Reply(stream=[chunk], done=False))
    pieces = []
    with pytest.raises(ModelConnectionError):
        pieces.extend(llm.stream("Hi"))
    ionos_emulator.script(Reply(stream=[chunk], done=False))
    stream = llm.stream("Hi")
    assert next(stream) == "Hal"
    with pytest.raises(ModelConnectionError) as caught:
        next(stream)
    assert caught.value.partial.text == "Hal"  # type: ignore[attr-defined]  # also a ModelHubError


def test_abandoned_streams_leave_the_model_usable(llm: IONOSLLM) -> None:
    for _ in range(3):
        stream = llm.stream("Hi")
        assert next(stream)
        stream.close()
    assert llm.invoke("Hi")


def test_several_event_loops(llm: IONOSLLM) -> None:
    texts = [asyncio.run(llm.ainvoke("Hi")) for _ in range(3)]
    assert all(one == other for one, other in pairwise(texts))
