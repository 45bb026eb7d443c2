from collections.abc import Callable, Iterator
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.callbacks import CallbackManager, CBEventType, TokenCountingHandler
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.prompts import PromptTemplate
from openinference.instrumentation.llama_index import LlamaIndexInstrumentor as OpenInference
from opentelemetry.instrumentation.llamaindex import LlamaIndexInstrumentor as OpenLLMetry
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import BaseModel

from ionos_model_hub.emulator import Emulator, Reply
from ionos_model_hub.errors import AuthenticationError
from llama_index_ionos import IONOS

KEY = "geheim-4711"
HELLO = [ChatMessage("Hallo")]
Method = Callable[[IONOS], Any]


class City(BaseModel):
    """A city."""

    name: str


async def achat(llm: IONOS) -> object:
    return await llm.achat(HELLO)


async def astream_chat(llm: IONOS) -> object:
    return [item async for item in await llm.astream_chat(HELLO)]


async def acomplete(llm: IONOS) -> object:
    return await llm.acomplete("Hallo")


async def astream_complete(llm: IONOS) -> object:
    return [item async for item in await llm.astream_complete("Hallo")]


METHODS: dict[str, Method] = {
    "chat": lambda llm: llm.chat(HELLO),
    "stream_chat": lambda llm: list(llm.stream_chat(HELLO)),
    "complete": lambda llm: llm.complete("Hallo"),
    "stream_complete": lambda llm: list(llm.stream_complete("Hallo")),
    "achat": achat,
    "astream_chat": astream_chat,
    "acomplete": acomplete,
    "astream_complete": astream_complete,
}


async def call(method: str, llm: IONOS) -> None:
    result = METHODS[method](llm)
    if method.startswith("a"):
        await result


@pytest.fixture
def hub(ionos_emulator: Emulator) -> Emulator:
    return ionos_emulator


@pytest.fixture
def make_llm(hub: Emulator) -> Callable[..., IONOS]:
    return lambda **fields: IONOS(api_key=KEY, api_base=hub.base_url, **fields)


@pytest.mark.parametrize("method", METHODS)
async def test_each_call_emits_events_once(
    method: str, make_llm: Callable[..., IONOS], events: Any, callbacks: Any
) -> None:
    await call(method, make_llm(callback_manager=CallbackManager([callbacks])))

    kind = "LLMCompletion" if "complete" in method else "LLMChat"
    names = events.names("LLM")
    assert (names[0], names[-1]) == (f"{kind}StartEvent", f"{kind}EndEvent")
    assert set(names[1:-1]) == ({f"{kind}InProgressEvent"} if "stream" in method else set())
    assert [type_ for type_, _ in callbacks.starts] == [CBEventType.LLM]
    assert [type_ for type_, _ in callbacks.ends] == [CBEventType.LLM]
    assert KEY not in f"{events.all()} {callbacks.starts} {callbacks.ends}"


@pytest.mark.parametrize("method", METHODS)
async def test_token_counter_uses_the_reported_usage(
    method: str, make_llm: Callable[..., IONOS], hub: Emulator
) -> None:
    expected = make_llm().chat(HELLO).raw["usage"]  # type: ignore[index]
    counter = TokenCountingHandler(tokenizer=str.split)

    await call(method, make_llm(callback_manager=CallbackManager([counter])))

    assert [
        (each.prompt_token_count, each.completion_token_count) for each in counter.llm_token_counts
    ] == [(expected["prompt_tokens"], expected["completion_tokens"])]


@pytest.mark.parametrize("method", METHODS)
async def test_rate_limiter_is_acquired_once_per_call(
    method: str, make_llm: Callable[..., IONOS], limiter: Any
) -> None:
    await call(method, make_llm(rate_limiter=limiter))
    assert limiter.acquired == 1


async def test_structured_predict_emits_events_around_the_call(
    make_llm: Callable[..., IONOS], events: Any
) -> None:
    llm, prompt = make_llm(), PromptTemplate("Which city is {name}?")
    llm.structured_predict(City, prompt, name="Berlin")
    await llm.astructured_predict(City, prompt, name="Berlin")

    assert events.names("LLMStructuredPredict", "LLMChat") == 2 * [
        "LLMStructuredPredictStartEvent",
        "LLMChatStartEvent",
        "LLMChatEndEvent",
        "LLMStructuredPredictEndEvent",
    ]


async def test_stream_structured_predict_emits_events(
    make_llm: Callable[..., IONOS], events: Any
) -> None:
    llm, prompt = make_llm(), PromptTemplate("Which city is {name}?")
    list(llm.stream_structured_predict(City, prompt, name="Berlin"))
    names = events.names("LLMStructuredPredict")
    events.all().clear()
    [each async for each in await llm.astream_structured_predict(City, prompt, name="Berlin")]

    assert names == events.names("LLMStructuredPredict")
    assert (names[0], names[-1]) == (
        "LLMStructuredPredictStartEvent",
        "LLMStructuredPredictEndEvent",
    )


def test_events_of_a_failed_call_do_not_contain_the_key(
    make_llm: Callable[..., IONOS], hub: Emulator, events: Any, callbacks: Any
) -> None:
    body = {"httpStatus": 401, "messages": [{"errorCode": "x", "message": f"Bad key {KEY}"}]}
    hub.script(Reply(status=401, json=body), Reply(status=401, json=body))
    llm = make_llm(callback_manager=CallbackManager([callbacks]))

    for method in (METHODS["chat"], METHODS["stream_chat"]):
        with pytest.raises(AuthenticationError) as caught:
            method(llm)
        assert KEY not in f"{caught.value} {caught.value!r}"

    assert len(callbacks.ends) == 2
    assert KEY not in f"{events.all()} {callbacks.ends}"


@pytest.fixture(params=[OpenInference, OpenLLMetry])
def spans(request: pytest.FixtureRequest) -> Iterator[Callable[[], tuple[ReadableSpan, ...]]]:
    """The spans of each of two tracing packages."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    dispatcher = get_dispatcher()
    before = list(dispatcher.event_handlers), list(dispatcher.span_handlers)
    instrumentor = request.param()
    instrumentor.instrument(tracer_provider=provider)
    yield exporter.get_finished_spans
    instrumentor.uninstrument()
    dispatcher.event_handlers, dispatcher.span_handlers = before


@pytest.mark.filterwarnings("ignore:The `json` method:pydantic.warnings.PydanticDeprecationWarning")
@pytest.mark.parametrize("method", ["chat", "stream_chat", "achat", "astream_chat"])
async def test_spans_have_model_and_token_usage_but_no_key(
    method: str, make_llm: Callable[..., IONOS], spans: Callable[[], tuple[ReadableSpan, ...]]
) -> None:
    llm = make_llm(temperature=0.25, default_headers={"X-Secret": KEY})

    await call(method, llm)

    (span,) = spans()
    attributes = dict(span.attributes or {})
    usage = llm.chat(HELLO).raw["usage"]  # type: ignore[index]
    names = ("gen_ai.request.model", "llm.model_name")
    assert llm.model in [attributes.get(name) for name in names]
    counts = ("gen_ai.usage.input_tokens", "llm.token_count.prompt")
    assert usage["prompt_tokens"] in [attributes.get(name) for name in counts]
    counts = ("gen_ai.usage.output_tokens", "llm.token_count.completion")
    assert usage["completion_tokens"] in [attributes.get(name) for name in counts]
    if "gen_ai.request.model" in attributes:
        assert attributes["gen_ai.request.temperature"] == 0.25
        assert attributes["gen_ai.response.finish_reasons"] == ("stop",)
    assert KEY not in span.to_json()
