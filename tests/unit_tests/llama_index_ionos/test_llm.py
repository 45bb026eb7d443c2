import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.prompts import PromptTemplate
from llama_index.core.rate_limiter import TokenBucketRateLimiter
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel

from ionos_model_hub.errors import ConfigurationError, InvalidRequestError
from llama_index_ionos import IONOS
from llama_index_ionos.arguments import LLMArguments
from llama_index_ionos.connection import ConnectionArguments

Json = dict[str, Any]
KEY = "geheim-4711"
HELLO = [ChatMessage("Hallo")]


def add(a: int, b: int) -> int:
    """Add numbers."""
    return a + b


TOOL = FunctionTool.from_defaults(add)


def test_arguments_match_fields() -> None:
    aliases = {"api_base", "async_http_client", "model_name"}
    undocumented = {"query_wrapper_prompt"}
    assert (
        set(LLMArguments.__annotations__) | set(ConnectionArguments.__annotations__)
        == (set(IONOS.model_fields) | aliases) - undocumented
    )


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [("temprature", "temperature"), ("max_token", "max_tokens"), ("modle", "model")],
)
def test_unknown_argument_is_error_with_suggestion(name: str, suggestion: str) -> None:
    with pytest.raises(ConfigurationError, match=f"Did you mean '{suggestion}'"):
        IONOS(api_key=KEY, **{name: 1})  # type: ignore[misc]  # intentionally wrong


@pytest.mark.parametrize(
    "field",
    [
        {"temperature": -1},
        {"temperature": "warm"},
        {"max_tokens": 0},
        {"top_p": 0},
        {"top_logprobs": 21},
        {"context_window": 0},
        {"model": ""},
    ],
)
def test_value_out_of_range_is_error(field: Json) -> None:
    with pytest.raises(ConfigurationError) as caught:
        IONOS(**{"api_key": KEY, **field})
    assert caught.value.param == next(iter(field))
    assert KEY not in str(caught.value)


def test_only_set_options_are_sent(
    make_llm: Callable[..., IONOS], requests: list[Json], chunk: Callable[..., Json]
) -> None:
    make_llm(chunk(content="a", finish="stop")).chat(HELLO)
    assert requests == [
        {
            "path": "/v1/chat/completions",
            "model": "m",
            "messages": [{"role": "user", "content": "Hallo"}],
        }
    ]


def test_precedence_of_call_options_additional_kwargs_and_fields(
    make_llm: Callable[..., IONOS], requests: list[Json], chunk: Callable[..., Json]
) -> None:
    extra = {"seed": 2, "stop": ["b"], "max_completion_tokens": 20}
    llm = make_llm(
        chunk(content="a", finish="stop"),
        temperature=0.1,
        seed=1,
        stop="a",
        max_tokens=10,
        reasoning_effort="low",
        additional_kwargs=extra,
    )

    llm.chat(HELLO, stop=["c"], temperature=None, model="other")
    llm.chat(HELLO, max_tokens=30)

    assert requests[0]["model"] == "other"
    assert requests[0]["stop"] == ["c"]
    assert (requests[0]["seed"], requests[0]["temperature"]) == (2, 0.1)
    assert requests[0]["reasoning_effort"] == "low"
    assert (requests[0].get("max_tokens"), requests[0]["max_completion_tokens"]) == (None, 20)
    assert (requests[1]["max_tokens"], requests[1].get("max_completion_tokens")) == (30, None)
    assert extra == {"seed": 2, "stop": ["b"], "max_completion_tokens": 20}


def test_unknown_option_is_error_before_sending(
    make_llm: Callable[..., IONOS], requests: list[Json]
) -> None:
    with pytest.raises(InvalidRequestError, match="Did you mean 'temperature'"):
        make_llm().chat(HELLO, temprature=1)
    assert requests == []


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda llm: llm.complete(PromptTemplate("Hi")), "prompt must be a string, got PromptTem"),
        (lambda llm: llm.complete(None), "prompt must be a string, got NoneType"),
        (
            lambda llm: llm.chat([*HELLO, {"role": "user", "content": "Hi"}]),
            r"messages\[1\] must be a ChatMessage, got dict",
        ),
        (
            lambda llm: llm.chat_with_tools([TOOL, add], "Hi"),
            r"tools\[1\] must be a BaseTool, got function",
        ),
        (
            lambda llm: llm.chat_with_tools([TOOL], "Hi", tool_choice=True),
            "tool_choice must be 'none', 'auto' or 'required', got True",
        ),
        (
            lambda llm: llm.chat_with_tools([TOOL], "Hi", response_format=dict),
            "response_format must be a mapping",
        ),
    ],
)
def test_wrong_type_is_error_before_sending(
    make_llm: Callable[..., IONOS], requests: list[Json], call: Callable[[IONOS], Any], message: str
) -> None:
    with pytest.raises(InvalidRequestError, match=message):
        call(make_llm())
    assert requests == []


def test_stream_options_are_sent_only_with_streams(
    make_llm: Callable[..., IONOS], requests: list[Json], chunk: Callable[..., Json]
) -> None:
    options = {"stream_options": {"include_usage": False}}
    llm = make_llm(chunk(content="a", finish="stop"), additional_kwargs=options)

    llm.chat(HELLO)
    list(llm.stream_chat(HELLO))

    assert [each.get("stream_options") for each in requests] == [None, {"include_usage": False}]


class CompletionsServer:
    """A server with only the completions endpoint."""

    def __init__(self) -> None:
        self.requests: list[Json] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        self.requests.append({"path": request.url.path, **body})
        choice = {"index": 0, "text": " Welt", "finish_reason": "stop"}
        if body.get("stream"):
            return httpx.Response(200, text=f"data: {json.dumps({'choices': [choice]})}\n\n")
        return httpx.Response(200, json={"choices": [choice]})


async def test_completions_endpoint_for_prompts_and_conversations() -> None:
    server = CompletionsServer()
    transport = httpx.MockTransport(server)
    llm = IONOS(
        api_key=KEY,
        api_base="http://localhost:8400/v1",
        is_chat_model=False,
        logprobs=True,
        top_logprobs=2,
        http_client=httpx.Client(transport=transport),
        async_http_client=httpx.AsyncClient(transport=transport),
        completion_to_prompt=lambda prompt: f"<{prompt}>",
        messages_to_prompt=lambda messages: f"[{messages[0].content}]",
    )

    texts = [
        llm.complete("Hallo").text,
        llm.complete("Hallo", formatted=True).text,
        (await llm.acomplete("Hallo")).text,
        list(llm.stream_complete("Hallo"))[-1].text,
        [each async for each in await llm.astream_complete("Hallo")][-1].text,
        llm.chat(HELLO).message.content,
        list(llm.stream_chat(HELLO))[-1].message.content,
    ]

    assert texts == [" Welt"] * 7
    assert {each["path"] for each in server.requests} == {"/v1/completions"}
    assert [each["prompt"] for each in server.requests] == [
        *("<Hallo>", "Hallo", "<Hallo>", "<Hallo>", "<Hallo>", "[Hallo]", "[Hallo]"),
    ]
    assert all(each["logprobs"] == 2 for each in server.requests)
    assert all(each["max_tokens"] == 256 for each in server.requests)


def test_max_tokens_is_the_rest_of_the_context_window() -> None:
    server = CompletionsServer()
    llm = IONOS(
        api_key=KEY,
        api_base="http://localhost:8400/v1",
        is_chat_model=False,
        context_window=100,
        tokenizer=str.split,
        http_client=httpx.Client(transport=httpx.MockTransport(server)),
    )

    llm.complete("one two three")
    llm.complete("one two three", max_tokens=5)
    llm.complete("one " * 200)

    assert [each["max_tokens"] for each in server.requests] == [97, 5, 1]


def test_structured_output_on_completions_endpoint() -> None:
    class Word(BaseModel):
        word: str

    def respond(request: httpx.Request) -> httpx.Response:
        assert "word" in json.loads(request.content)["prompt"]
        choice = {"index": 0, "text": '{"word": "Welt"}', "finish_reason": "stop"}
        return httpx.Response(200, json={"choices": [choice]})

    llm = IONOS(
        api_key=KEY,
        api_base="http://localhost:8400/v1",
        is_chat_model=False,
        http_client=httpx.Client(transport=httpx.MockTransport(respond)),
    )
    assert llm.structured_predict(Word, PromptTemplate("Hallo")).word == "Welt"


def test_completion_to_prompt_with_chat_model(
    make_llm: Callable[..., IONOS], requests: list[Json], chunk: Callable[..., Json]
) -> None:
    llm = make_llm(chunk(content="a", finish="stop"), completion_to_prompt=str.upper)
    llm.complete("hallo")
    llm.complete("hallo", formatted=True)
    assert [each["messages"][0]["content"] for each in requests] == ["HALLO", "hallo"]


def test_payload_has_model_and_options_but_no_secrets() -> None:
    llm = IONOS(api_key=KEY, model="m", temperature=0.3, default_headers={"X-Secret": KEY})

    payload = llm.to_payload()

    assert (payload["class_name"], payload["model"]) == ("IONOS", "m")
    assert payload["temperature"] == 0.3
    assert KEY not in json.dumps(payload)


def test_dumps_and_pickles_restore_an_equal_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IONOS_API_KEY", KEY)
    llm = IONOS(model="m", temperature=0.3, stop=["a"], strict=True, system_prompt="Be brief.")

    assert IONOS.from_dict(llm.to_dict()).to_dict() == llm.to_dict()
    assert IONOS.from_json(llm.to_json()).to_dict() == llm.to_dict()
    assert pickle.loads(pickle.dumps(llm)).to_dict() == llm.to_dict()


def test_deep_copy_shares_client_and_rate_limiter(
    make_llm: Callable[..., IONOS], requests: list[Json], chunk: Callable[..., Json]
) -> None:
    llm = make_llm(
        chunk(content="a", finish="stop"),
        rate_limiter=TokenBucketRateLimiter(requests_per_minute=9),
    )
    llm.chat(HELLO)

    copied = copy.deepcopy(llm)

    assert copied.chat(HELLO).message.content == "a"
    assert copied.rate_limiter is llm.rate_limiter
    assert len(requests) == 2


def test_pickled_model_loses_prompt_functions_but_works(
    chunk: Callable[..., Json], make_llm: Callable[..., IONOS]
) -> None:
    llm = IONOS(api_key=KEY, completion_to_prompt=lambda prompt: prompt)
    restored = pickle.loads(pickle.dumps(llm))
    restored.http_client = make_llm(chunk(content="a", finish="stop")).http_client
    restored.api_base = "http://localhost:8400/v1"
    assert restored.complete("Hallo").text == "a"


async def test_strict_and_merge_system_messages_affect_requests(
    make_llm: Callable[..., IONOS], requests: list[Json], chunk: Callable[..., Json]
) -> None:
    llm = make_llm(chunk(content="a", finish="stop"), strict=True, merge_system_messages=True)
    history = [ChatMessage("Hallo"), ChatMessage(role="system", content="Be brief.")]

    await llm.achat_with_tools([TOOL], chat_history=history)

    assert requests[0]["messages"][0] == {"role": "system", "content": "Be brief."}
    assert requests[0]["tools"][0]["function"]["strict"] is True


def test_repair_conversation(
    make_llm: Callable[..., IONOS], requests: list[Json], chunk: Callable[..., Json]
) -> None:
    history = [
        ChatMessage("Hallo"),
        ChatMessage("Bist du da?"),
        ChatMessage(role="system", content="Be brief."),
    ]
    for repair in (True, False):
        make_llm(chunk(content="Ja", finish="stop"), repair_conversation=repair).chat(history)

    repaired, unchanged = ([m["role"] for m in each["messages"]] for each in requests)
    assert repaired == ["system", "user"]
    assert unchanged == ["user", "user", "system"]
