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
from pydantic import BaseModel, ValidationError

from ionos_model_hub.errors import ConfigurationError, InvalidRequestError, ResponseError
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
CALLS = [
    {"index": index, "id": f"c{index}", "function": {"name": "add", "arguments": '{"a": 1}'}}
    for index in range(2)
]


def test_arguments_and_fields_have_the_same_names() -> None:
    aliases = set(IONOS.aliases)
    left_to_core = {"query_wrapper_prompt"}
    assert (
        set(LLMArguments.__annotations__) | set(ConnectionArguments.__annotations__)
        == (set(IONOS.model_fields) | aliases) - left_to_core
    )


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("temprature", "temperature"), ("max_token", "max_tokens"), ("model_name", "model")],
)
def test_unknown_arguments_are_refused(wrong: str, meant: str) -> None:
    with pytest.raises(ConfigurationError, match=f"Did you mean '{meant}'"):
        IONOS(api_key=KEY, **{wrong: 1})  # type: ignore[misc]  # that is the point


@pytest.mark.parametrize(
    "wrong",
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
def test_values_out_of_range_are_refused(wrong: Json) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))) as caught:
        IONOS(**{"api_key": KEY, **wrong})
    assert KEY not in str(caught.value.errors())


def test_only_what_was_set_is_sent(
    make_llm: Callable[..., IONOS], asked: list[Json], said: Callable[..., Json]
) -> None:
    make_llm(said(content="a", finish="stop")).chat(HELLO)
    assert asked == [
        {
            "path": "/v1/chat/completions",
            "model": "m",
            "messages": [{"role": "user", "content": "Hallo"}],
        }
    ]


def test_a_call_goes_before_additional_kwargs_and_these_before_fields(
    make_llm: Callable[..., IONOS], asked: list[Json], said: Callable[..., Json]
) -> None:
    extra = {"seed": 2, "stop": ["b"], "max_completion_tokens": 20}
    llm = make_llm(
        said(content="a", finish="stop"),
        temperature=0.1,
        seed=1,
        stop="a",
        max_tokens=10,
        reasoning_effort="low",
        additional_kwargs=extra,
    )

    llm.chat(HELLO, stop=["c"], temperature=None, model="other")
    llm.chat(HELLO, max_tokens=30)

    assert asked[0]["model"] == "other"
    assert asked[0]["stop"] == ["c"]
    assert (asked[0]["seed"], asked[0]["temperature"]) == (2, 0.1)
    assert asked[0]["reasoning_effort"] == "low"
    assert (asked[0].get("max_tokens"), asked[0]["max_completion_tokens"]) == (None, 20)
    assert (asked[1]["max_tokens"], asked[1].get("max_completion_tokens")) == (30, None)
    assert extra == {"seed": 2, "stop": ["b"], "max_completion_tokens": 20}


def test_a_misspelt_option_is_refused_before_anything_is_sent(
    make_llm: Callable[..., IONOS], asked: list[Json]
) -> None:
    with pytest.raises(InvalidRequestError, match="Did you mean 'temperature'"):
        make_llm().chat(HELLO, temprature=1)
    assert asked == []


def test_tools_are_sent_and_the_history_is_left_alone(
    make_llm: Callable[..., IONOS], asked: list[Json], said: Callable[..., Json]
) -> None:
    llm = make_llm(said(tool_calls=CALLS[:1], finish="tool_calls"))
    history = [ChatMessage("What is 1 + 1?")]

    llm.chat_with_tools([TOOL], "Please.", chat_history=history, tool_required=True)
    llm.chat_with_tools([TOOL], "Please.", tool_required=True, tool_choice=None)
    llm.chat_with_tools([TOOL], "Please.", tool_choice="add")
    llm.chat_with_tools([TOOL], "Please.", tool_choice="none")
    llm.chat_with_tools([TOOL], "Please.")
    llm.chat_with_tools([], "Please.", tool_choice="none")

    assert history == [ChatMessage("What is 1 + 1?")]
    assert [each["content"] for each in asked[0]["messages"]] == ["What is 1 + 1?", "Please."]
    named = {"type": "function", "function": {"name": "add"}}
    choices = [each.get("tool_choice") for each in asked]
    assert choices == ["required", "required", named, "none", None, None]
    assert ["tools" in each for each in asked] == [True] * 5 + [False]
    assert not any("parallel_tool_calls" in each for each in asked)


def test_a_tool_that_must_be_called_has_to_be_there(make_llm: Callable[..., IONOS]) -> None:
    with pytest.raises(InvalidRequestError, match="there are no tools"):
        make_llm().chat_with_tools([], "Please.", tool_required=True)


async def test_a_single_call_is_kept_on_all_ways(
    make_llm: Callable[..., IONOS], said: Callable[..., Json]
) -> None:
    llm = make_llm(said(tool_calls=CALLS, finish="tool_calls"))

    for parallel, expected in ((False, 1), (True, 2)):
        options = {"allow_parallel_tool_calls": parallel}
        astream = await llm.astream_chat_with_tools([TOOL], "Add.", **options)
        responses = [
            llm.chat_with_tools([TOOL], "Add.", **options),
            await llm.achat_with_tools([TOOL], "Add.", **options),
            *llm.stream_chat_with_tools([TOOL], "Add.", **options),
            *[item async for item in astream],
        ]
        for response in responses:
            assert len(llm.get_tool_calls_from_response(response)) == expected
            assert len(response.message.additional_kwargs["tool_calls"]) == expected


def test_the_wires_own_switch_is_sent_only_on_request(
    make_llm: Callable[..., IONOS], asked: list[Json], said: Callable[..., Json]
) -> None:
    llm = make_llm(said(tool_calls=CALLS, finish="tool_calls"))
    response = llm.chat_with_tools(
        [TOOL], "Add.", allow_parallel_tool_calls=True, parallel_tool_calls=False
    )
    assert asked[0]["parallel_tool_calls"] is False
    assert len(llm.get_tool_calls_from_response(response)) == 1


def test_an_answer_without_a_call_is_an_error_on_request(
    make_llm: Callable[..., IONOS], said: Callable[..., Json]
) -> None:
    llm = make_llm(said(content="No.", finish="stop"))
    response = llm.chat_with_tools([TOOL], "Add.")
    assert llm.get_tool_calls_from_response(response, error_on_no_tool_call=False) == []
    with pytest.raises(ValueError, match=r"called no tool\. It said: 'No\.'"):
        llm.get_tool_calls_from_response(response)


def test_cut_off_arguments_call_no_tool(
    make_llm: Callable[..., IONOS], said: Callable[..., Json]
) -> None:
    call = {"index": 0, "id": "c", "function": {"name": "add", "arguments": '{"a": 1, "b'}}
    llm = make_llm(said(tool_calls=[call]), said(finish="length"))

    *growing, last = llm.stream_chat_with_tools([TOOL], "Add.")

    assert llm.get_tool_calls_from_response(growing[0])[0].tool_kwargs == {"a": 1}
    with pytest.raises(ResponseError, match="max_tokens"):
        llm.get_tool_calls_from_response(last)
    with pytest.raises(ResponseError, match="max_tokens"):
        llm.predict_and_call([TOOL], "Add.")


class TextHub:
    """Answers at the completions endpoint."""

    def __init__(self) -> None:
        self.asked: list[Json] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        self.asked.append({"path": request.url.path, **body})
        choice = {"index": 0, "text": " Welt", "finish_reason": "stop"}
        if body.get("stream"):
            return httpx.Response(200, text=f"data: {json.dumps({'choices': [choice]})}\n\n")
        return httpx.Response(200, json={"choices": [choice]})


async def test_the_completions_endpoint_serves_prompts_and_conversations() -> None:
    hub = TextHub()
    transport = httpx.MockTransport(hub)
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
    assert {each["path"] for each in hub.asked} == {"/v1/completions"}
    assert [each["prompt"] for each in hub.asked] == [
        *("<Hallo>", "Hallo", "<Hallo>", "<Hallo>", "<Hallo>", "[Hallo]", "[Hallo]"),
    ]
    assert all(each["logprobs"] == 2 for each in hub.asked)
    assert all(each["max_tokens"] == 256 for each in hub.asked)


def test_a_tokenizer_tells_how_many_tokens_are_left() -> None:
    hub = TextHub()
    llm = IONOS(
        api_key=KEY,
        api_base="http://localhost:8400/v1",
        is_chat_model=False,
        context_window=100,
        tokenizer=str.split,
        http_client=httpx.Client(transport=httpx.MockTransport(hub)),
    )

    llm.complete("one two three")
    llm.complete("one two three", max_tokens=5)
    llm.complete("one " * 200)

    assert [each["max_tokens"] for each in hub.asked] == [97, 5, 1]


def test_the_completions_endpoint_is_asked_for_objects_in_text() -> None:
    class Word(BaseModel):
        word: str

    def hub(request: httpx.Request) -> httpx.Response:
        assert "word" in json.loads(request.content)["prompt"]
        choice = {"index": 0, "text": '{"word": "Welt"}', "finish_reason": "stop"}
        return httpx.Response(200, json={"choices": [choice]})

    llm = IONOS(
        api_key=KEY,
        api_base="http://localhost:8400/v1",
        is_chat_model=False,
        http_client=httpx.Client(transport=httpx.MockTransport(hub)),
    )
    assert llm.structured_predict(Word, PromptTemplate("Hallo")).word == "Welt"


def test_completion_to_prompt_is_applied_to_chat_models_too(
    make_llm: Callable[..., IONOS], asked: list[Json], said: Callable[..., Json]
) -> None:
    llm = make_llm(said(content="a", finish="stop"), completion_to_prompt=str.upper)
    llm.complete("hallo")
    llm.complete("hallo", formatted=True)
    assert [each["messages"][0]["content"] for each in asked] == ["HALLO", "hallo"]


def test_traces_know_the_model_and_no_secrets() -> None:
    llm = IONOS(api_key=KEY, model="m", temperature=0.3, default_headers={"X-Secret": KEY})

    payload = llm.to_payload()

    assert (payload["class_name"], payload["model"]) == ("IONOS", "m")
    assert payload["temperature"] == 0.3
    assert KEY not in json.dumps(payload)


def test_the_key_is_never_shown(make_llm: Callable[..., IONOS]) -> None:
    llm = make_llm(api_key=KEY, default_headers={"X-Secret": KEY})
    shown = [repr(llm), str(llm), llm.to_json(), str(llm.to_dict())]
    shown.append(str(pickle.dumps(make_llm(api_key=KEY))))
    assert not [text for text in shown if KEY in text]


def test_dumps_make_the_same_model_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IONOS_API_KEY", KEY)
    llm = IONOS(model="m", temperature=0.3, stop=["a"], strict=True, system_prompt="Be brief.")

    assert IONOS.from_dict(llm.to_dict()).to_dict() == llm.to_dict()
    assert IONOS.from_json(llm.to_json()).to_dict() == llm.to_dict()
    assert pickle.loads(pickle.dumps(llm)).to_dict() == llm.to_dict()


def test_a_deep_copy_answers_over_the_same_client(
    make_llm: Callable[..., IONOS], asked: list[Json], said: Callable[..., Json]
) -> None:
    llm = make_llm(
        said(content="a", finish="stop"), rate_limiter=TokenBucketRateLimiter(requests_per_minute=9)
    )
    llm.chat(HELLO)

    again = copy.deepcopy(llm)

    assert again.chat(HELLO).message.content == "a"
    assert again.rate_limiter is llm.rate_limiter
    assert len(asked) == 2


def test_a_pickled_model_without_its_prompt_functions_still_answers(
    said: Callable[..., Json], make_llm: Callable[..., IONOS]
) -> None:
    llm = IONOS(api_key=KEY, completion_to_prompt=lambda prompt: prompt)
    again = pickle.loads(pickle.dumps(llm))
    again.http_client = make_llm(said(content="a", finish="stop")).http_client
    again.api_base = "http://localhost:8400/v1"
    assert again.complete("Hallo").text == "a"


async def test_the_strict_and_merging_switches_reach_the_wire(
    make_llm: Callable[..., IONOS], asked: list[Json], said: Callable[..., Json]
) -> None:
    llm = make_llm(said(content="a", finish="stop"), strict=True, merge_system_messages=True)
    history = [ChatMessage("Hallo"), ChatMessage(role="system", content="Be brief.")]

    await llm.achat_with_tools([TOOL], chat_history=history)

    assert asked[0]["messages"][0] == {"role": "system", "content": "Be brief."}
    assert asked[0]["tools"][0]["function"]["strict"] is True
