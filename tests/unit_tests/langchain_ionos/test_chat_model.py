"""The chat model's arguments, requests, copies and traces."""

import copy
import json
import pickle
from collections.abc import Callable
from dataclasses import MISSING
from dataclasses import fields as fields_of
from typing import Any
from unittest.mock import AsyncMock, Mock

import cloudpickle
import httpx
import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import model_profile
from langchain_core.load import dumps, loads
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.rate_limiters import BaseRateLimiter
from pydantic import SecretStr, ValidationError

from ionos_model_hub import ConfigurationError, InvalidRequestError, Settings
from ionos_model_hub.catalogue import DEFAULT_CHAT_MODEL, MODELS
from langchain_ionos import ChatIONOS
from langchain_ionos.profiles import profile_of

Json = dict[str, Any]
Connect = Callable[[Callable[[Json], httpx.Response]], Json]

SECRET = "sk-this-is-a-secret"
LOCAL = {"api_key": SECRET, "base_url": "http://localhost:1/v1"}


class Hub:
    """Records requests; says hello."""

    def __init__(self) -> None:
        self.requests: list[Json] = []

    def __call__(self, request: Json) -> httpx.Response:
        self.requests.append(request)
        choices = [
            {"index": index, "message": {"content": f"Hello {index}"}, "finish_reason": "stop"}
            for index in range(request.get("n", 1))
        ]
        usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
        answer = {"model": request["model"], "choices": choices, "usage": usage}
        if not request.get("stream"):
            return httpx.Response(200, json=answer)
        choices[0]["delta"] = choices[0].pop("message")
        content = f"data: {json.dumps(answer)}\n\ndata: [DONE]\n\n".encode()
        kind = {"content-type": "text/event-stream"}
        return httpx.Response(200, content=content, headers=kind)

    @property
    def sent(self) -> Json:
        return self.requests[-1]


@pytest.fixture
def hub() -> Hub:
    return Hub()


# What is sent.


def test_nothing_is_sent_that_was_not_set(connect: Connect, hub: Hub) -> None:
    ChatIONOS(**connect(hub)).invoke("Hi")
    assert hub.sent == {
        "model": DEFAULT_CHAT_MODEL,
        "messages": [{"role": "user", "content": "Hi"}],
    }


OPTIONS: Json = {
    "temperature": 0.0,
    "top_p": 0.9,
    "max_tokens": 10,
    "seed": 7,
    "presence_penalty": 0.5,
    "frequency_penalty": -0.5,
    "logit_bias": {"5": 1.0},
    "logprobs": True,
    "top_logprobs": 2,
    "user": "ada",
    "reasoning_effort": "low",
}


def test_options_are_sent_as_they_were_set(connect: Connect, hub: Hub) -> None:
    llm = ChatIONOS(
        model="some/model", stop=["END"], extra_body={"top_k": 5}, **OPTIONS, **connect(hub)
    )
    llm.invoke("Hi")
    assert {
        **OPTIONS,
        "model": "some/model",
        "stop": ["END"],
        "top_k": 5,
    }.items() <= hub.sent.items()
    assert "extra_body" not in hub.sent


def test_a_calls_options_outdo_the_models(connect: Connect, hub: Hub) -> None:
    llm = ChatIONOS(temperature=0.5, stop="END", extra_body={"a": 1, "b": 1}, **connect(hub))
    llm.invoke("Hi", stop=["X"], temperature=0.0, seed=None, model="m", extra_body={"b": 2})
    assert hub.sent["stop"] == ["X"]
    assert hub.sent["temperature"] == 0.0
    assert hub.sent["model"] == "m"
    assert (hub.sent["a"], hub.sent["b"]) == (1, 2)
    assert "seed" not in hub.sent
    llm.invoke("Hi", stop=[])
    assert "stop" not in hub.sent


@pytest.mark.parametrize(
    ("fields", "given", "sent"),
    [
        ({"max_tokens": 5}, {}, {"max_tokens": 5}),
        (
            {"max_tokens": 5, "max_tokens_field": "max_completion_tokens"},
            {},
            {"max_completion_tokens": 5},
        ),
        (
            {"max_tokens_field": "max_completion_tokens"},
            {"max_tokens": 6},
            {"max_completion_tokens": 6},
        ),
        ({"max_tokens": 5}, {"max_completion_tokens": 6}, {"max_completion_tokens": 6}),
    ],
)
def test_the_bound_on_tokens_has_one_name(
    connect: Connect, hub: Hub, fields: Json, given: Json, sent: Json
) -> None:
    ChatIONOS(**fields, **connect(hub)).invoke("Hi", **given)
    assert {name: hub.sent[name] for name in hub.sent if name.startswith("max")} == sent


def test_streams_ask_for_their_tokens_unless_told_not_to(connect: Connect, hub: Hub) -> None:
    llm = ChatIONOS(**connect(hub))
    list(llm.stream("Hi"))
    assert hub.sent["stream_options"] == {"include_usage": True}
    list(llm.stream("Hi", stream_usage=False))
    assert hub.sent["stream_options"] == {"include_usage": False}
    list(ChatIONOS(stream_usage=False, **connect(hub)).stream("Hi"))
    assert hub.sent["stream_options"] == {"include_usage": False}


@pytest.mark.parametrize(("replay", "field"), [(True, "reasoning"), ("reasoning_content",) * 2])
def test_reasoning_is_replayed_where_asked_for(
    connect: Connect, hub: Hub, replay: Any, field: str
) -> None:
    history = [
        HumanMessage("Hi"),
        AIMessage("Yes", additional_kwargs={"reasoning_content": "Hm."}),
        HumanMessage("Why?"),
    ]
    ChatIONOS(**connect(hub)).invoke(history)
    assert field not in hub.sent["messages"][1]
    ChatIONOS(replay_reasoning=replay, **connect(hub)).invoke(history)
    assert hub.sent["messages"][1][field] == "Hm."


def test_tools_are_bound_with_their_options(connect: Connect, hub: Hub) -> None:
    def add(a: int, b: int) -> int:
        """Add."""
        return a + b

    llm = ChatIONOS(parallel_tool_calls=False, **connect(hub))
    llm.invoke("Hi")
    assert "parallel_tool_calls" not in hub.sent
    llm.bind_tools([add]).invoke("Hi")
    assert hub.sent["parallel_tool_calls"] is False
    assert "tool_choice" not in hub.sent
    llm.bind_tools([add], tool_choice="add", parallel_tool_calls=True).invoke("Hi")
    assert hub.sent["parallel_tool_calls"] is True
    assert hub.sent["tool_choice"]["function"]["name"] == "add"
    llm.bind(tools=[add], tool_choice=False).invoke("Hi")
    assert "tool_choice" not in hub.sent
    llm.bind(tools=[add], tool_choice="any").invoke("Hi")
    assert hub.sent["tool_choice"] == "required"
    assert hub.sent["tools"][0]["function"]["name"] == "add"


def test_an_unknown_option_of_a_call_is_refused(connect: Connect, hub: Hub) -> None:
    llm = ChatIONOS(**connect(hub))
    with pytest.raises(InvalidRequestError, match="temperature"):
        llm.invoke("Hi", temprature=0.5)
    with pytest.raises(InvalidRequestError, match="extra_body"):
        llm.invoke("Hi", zebra=5)
    assert hub.requests == []


# Several answers.


def test_several_answers_count_their_tokens_once(connect: Connect, hub: Hub) -> None:
    result = ChatIONOS(n=2, **connect(hub)).generate([[HumanMessage("Hi")]] * 2)
    counted = [g.message.usage_metadata for row in result.generations for g in row]  # type: ignore[union-attr]  # chat generations
    assert [usage is not None for usage in counted] == [True, False] * 2
    assert result.llm_output is not None
    assert result.llm_output["token_usage"]["total_tokens"] == 6


def test_several_answers_cannot_be_streamed(connect: Connect, hub: Hub) -> None:
    with pytest.raises(ValueError, match="n must be 1"):
        ChatIONOS(n=2, streaming=True, **connect(hub))
    llm = ChatIONOS(n=2, **connect(hub))
    with pytest.raises(InvalidRequestError, match="n is above 1"):
        list(llm.stream("Hi"))
    assert hub.requests == []


def test_streaming_can_be_switched(connect: Connect, hub: Hub) -> None:
    assert ChatIONOS(streaming=True, **connect(hub)).invoke("Hi").content == "Hello 0"
    assert hub.sent["stream"] is True
    assert len(list(ChatIONOS(streaming=False, **connect(hub)).stream("Hi"))) == 1
    assert "stream" not in hub.sent
    list(ChatIONOS(**connect(hub)).stream("Hi"))
    assert hub.sent["stream"] is True


# Arguments.


def test_aliases() -> None:
    llm = ChatIONOS(
        model_name="some/model",
        stop_sequences=["END"],
        request_timeout=3,
        ionos_api_key=SecretStr(SECRET),
        ionos_base_url="http://localhost:2/v1",
    )
    assert (llm.model, llm.model_name, llm.stop, llm.timeout) == ("some/model",) * 2 + (["END"], 3)
    assert llm.base_url == "http://localhost:2/v1"
    assert isinstance(llm.api_key, SecretStr)
    assert llm.api_key.get_secret_value() == SECRET


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("temprature", "temperature"),
        ("max_completion_tokens", "max_tokens"),
        ("model_kwargs", "extra_body"),
        ("top_k", "Did you mean"),
        ("zebra", "extra_body"),
    ],
)
def test_an_unknown_argument_is_refused_with_a_hint(name: str, hint: str) -> None:
    with pytest.raises(ConfigurationError, match=hint) as caught:
        ChatIONOS(**{name: 1}, **LOCAL)  # type: ignore[arg-type]  # an unknown name
    assert caught.value.param == name


@pytest.mark.parametrize(
    "fields",
    [
        {"temperature": "hot"},
        {"temperature": -1},
        {"n": 0},
        {"max_tokens": 0},
        {"top_logprobs": 21},
        {"model": ""},
        {"replay_reasoning": "thoughts"},
    ],
)
def test_a_wrong_value_is_named_and_the_key_is_not(fields: Json) -> None:
    with pytest.raises(ValidationError) as caught:
        ChatIONOS(**fields, **LOCAL)
    assert next(iter(fields)) in str(caught.value)
    assert SECRET not in f"{caught.value!r} {caught.value.errors()}"


def test_the_defaults_are_those_of_the_settings() -> None:
    ours = ChatIONOS.model_fields
    theirs = {f.name: f for f in fields_of(Settings) if f.name not in ("api_key", "base_url")}
    for name, field in theirs.items():
        default = ours[name].get_default(call_default_factory=True)
        assert default == (field.default if field.default_factory is MISSING else {})


# Secrets.


def test_the_key_is_shown_nowhere() -> None:
    llm = ChatIONOS(**LOCAL)
    shown = [
        repr(llm),
        str(llm),
        llm.model_dump_json(),
        repr(llm.model_dump()),
        dumps(llm),
        repr(llm._identifying_params),
        repr(llm._get_invocation_params()),
        repr(llm._get_ls_params()),
        llm._get_llm_string(),
        repr(pickle.dumps(llm)),
        repr(cloudpickle.dumps(llm)),
        repr(llm.bind(stop=["a"])),
    ]
    assert not [text for text in shown if SECRET in text]


def test_headers_may_hold_secrets_too() -> None:
    llm = ChatIONOS(api_key="any", default_headers={"x-proxy-key": SECRET})
    shown = [repr(llm), str(llm), llm.model_dump_json(), dumps(llm), llm._get_llm_string()]
    assert not [text for text in shown if SECRET in text]


def test_a_changed_key_is_hidden_as_well() -> None:
    llm = ChatIONOS(**LOCAL)
    llm.api_key = "another-secret"
    copied = llm.model_copy(update={"api_key": "third-secret"})
    shown = f"{llm!r} {llm.model_dump_json()} {copied!r} {copied.model_dump_json()} {dumps(copied)}"
    assert "secret" not in shown.replace('"type": "secret"', "")


@pytest.mark.parametrize("is_async", [False, True])
async def test_a_function_is_asked_for_the_key_at_each_call(is_async: bool) -> None:
    seen = []
    keys = iter(["first-key", "second-key", "third-key"])

    async def asked_async() -> str:
        return next(keys)

    def asked() -> str:
        return next(keys)

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return Hub()(json.loads(request.content))

    transport = httpx.MockTransport(answer)
    llm = ChatIONOS(
        api_key=asked_async if is_async else asked,
        base_url="http://localhost:1/v1",
        http_client=httpx.Client(transport=transport),
        http_async_client=httpx.AsyncClient(transport=transport),
    )
    if not is_async:
        llm.invoke("Hi")
    await llm.ainvoke("Hi")
    await llm.ainvoke("Hi")
    assert len(set(seen)) == len(seen) >= 2
    assert "key" not in llm.model_dump_json().replace("api_key", "")


# Copies, pickles, changed fields.


@pytest.mark.parametrize(
    "duplicate",
    [
        copy.copy,
        copy.deepcopy,
        lambda llm: llm.model_copy(),
        lambda llm: pickle.loads(pickle.dumps(llm)),  # our own bytes
        lambda llm: pickle.loads(cloudpickle.dumps(llm)),  # our own bytes
    ],
)
@pytest.mark.parametrize("is_used", [False, True])
def test_copies_and_pickles(
    connect: Connect, hub: Hub, duplicate: Callable[[ChatIONOS], ChatIONOS], is_used: bool
) -> None:
    llm = ChatIONOS(model="some/model", temperature=0.3, **connect(hub))
    if is_used:
        llm.invoke("Hi")
    other = duplicate(llm)
    assert other._identifying_params == llm._identifying_params
    assert other.api_key == llm.api_key
    assert other.profile == llm.profile


def test_a_changed_field_counts_from_the_next_call(connect: Connect, hub: Hub) -> None:
    llm = ChatIONOS(**connect(hub))
    llm.invoke("Hi")
    before = llm.clients
    assert llm.clients is before
    llm.temperature = 0.7
    llm.max_retries = 5
    llm.invoke("Hi")
    assert hub.sent["temperature"] == 0.7
    assert llm.clients.settings.max_retries == 5
    other = Hub()
    copied = llm.model_copy(update={"http_client": connect(other)["http_client"], "seed": 3})
    copied.invoke("Hi")
    assert other.sent["seed"] == 3
    llm.invoke("Hi")
    assert "seed" not in hub.sent


async def test_context_managers_close_what_is_open(connect: Connect, hub: Hub) -> None:
    with ChatIONOS(**connect(hub)) as llm:
        assert llm.invoke("Hi").content == "Hello 0"
    async with ChatIONOS(**connect(hub)) as llm:
        assert (await llm.ainvoke("Hi")).content == "Hello 0"
    llm.close()
    await llm.aclose()
    assert llm.invoke("Hi").content == "Hello 0"


# Serialization and caches.


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
def test_dump_and_load() -> None:
    llm = ChatIONOS(model="some/model", temperature=0.3, stop=["END"], max_retries=0, **LOCAL)
    dumped = dumps(llm)
    secrets = {"IONOS_API_KEY": "other-key"}
    loaded = loads(
        dumped,
        allowed_objects=[ChatIONOS],
        secrets_map=secrets,
        valid_namespaces=["langchain_ionos"],
    )
    assert loaded._identifying_params == llm._identifying_params
    assert loaded.max_retries == 0
    assert loaded.api_key.get_secret_value() == "other-key"


def test_a_cache_notices_changed_fields(connect: Connect, hub: Hub) -> None:
    llm = ChatIONOS(cache=InMemoryCache(), logit_bias={"1": 1.0}, **connect(hub))
    llm.invoke("Hi")
    llm.invoke("Hi")
    assert len(hub.requests) == 1
    llm.temperature = 0.9
    llm.invoke("Hi")
    assert len(hub.requests) == 2
    assert llm.logit_bias is not None
    llm.logit_bias["1"] = 2.0
    llm.invoke("Hi")
    assert len(hub.requests) == 3
    llm.model_copy(update={"seed": 5}).invoke("Hi")
    assert len(hub.requests) == 4
    llm.invoke("Hi")
    assert len(hub.requests) == 4


def test_what_traces_see_is_fresh(connect: Connect, hub: Hub) -> None:
    llm = ChatIONOS(temperature=0.1, **connect(hub))
    assert llm._serialized["kwargs"]["temperature"] == 0.1
    llm.temperature = 0.2
    assert llm._serialized["kwargs"]["temperature"] == 0.2
    assert llm._serialized is llm._serialized


# Traces, profiles, tokens.


class Watcher(BaseCallbackHandler):
    def __init__(self) -> None:
        self.params: Json = {}
        self.metadata: Json = {}
        self.tokens: list[str] = []

    def on_chat_model_start(
        self, *_: Any, metadata: Json, invocation_params: Json, **__: Any
    ) -> None:
        self.params, self.metadata = invocation_params, metadata

    def on_llm_new_token(self, token: str, **_: Any) -> None:
        self.tokens.append(token)


def test_traces(connect: Connect, hub: Hub) -> None:
    watcher = Watcher()
    llm = ChatIONOS(temperature=0.1, max_tokens=9, stop=["END"], **connect(hub))
    message = llm.invoke("Hi", config={"callbacks": [watcher]}, model="some/model")
    assert watcher.metadata["ls_provider"] == message.response_metadata["model_provider"] == "ionos"
    assert watcher.metadata["ls_model_name"] == "some/model"
    assert watcher.metadata["ls_temperature"] == 0.1
    assert watcher.metadata["ls_max_tokens"] == 9
    assert watcher.metadata["ls_stop"] == ["END"]
    assert "langchain-ionos" in watcher.metadata["lc_versions"]
    assert watcher.params["model"] == "some/model"
    assert watcher.params["temperature"] == 0.1
    assert watcher.params["_type"] == "ionos-chat"


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
@pytest.mark.parametrize("version", ["stream", "v3"])
def test_tokens_reach_callbacks_once(connect: Connect, hub: Hub, version: str) -> None:
    watcher = Watcher()
    llm = ChatIONOS(**connect(hub))
    config: Any = {"callbacks": [watcher]}
    if version == "stream":
        list(llm.stream("Hi", config=config))
    else:
        list(llm.stream_events("Hi", config=config, version="v3"))
    assert "".join(watcher.tokens) == "Hello 0"


async def test_a_run_manager_hears_of_each_chunk_once(connect: Connect, hub: Hub) -> None:
    llm = ChatIONOS(**connect(hub))
    heard = Mock()
    list(llm._stream([HumanMessage("Hi")], run_manager=heard))
    heard.on_llm_new_token.assert_called_once()
    heard = AsyncMock()
    [chunk async for chunk in llm._astream([HumanMessage("Hi")], run_manager=heard)]
    heard.on_llm_new_token.assert_awaited_once()


def test_profiles_come_from_the_catalogue() -> None:
    profile = ChatIONOS(**LOCAL).profile
    assert profile is not None
    assert profile["max_input_tokens"] == 131_072
    assert profile["structured_output"] is True
    assert ChatIONOS(model="some/model", **LOCAL).profile is None
    mine: Any = {"max_input_tokens": 5}
    assert ChatIONOS(profile=mine, **LOCAL).profile == mine


def test_a_profile_of_the_users_own_is_still_checked() -> None:
    mine: Any = {"max_input_tokens": 5, "max_inptu_tokens": 5}
    with pytest.warns(UserWarning, match="max_inptu_tokens"):
        ChatIONOS(profile=mine, **LOCAL)


def test_a_subclass_may_resolve_its_profile_as_langchain_says() -> None:
    class Own(ChatIONOS):
        def _resolve_model_profile(self) -> Any:
            return {"max_input_tokens": 7}

    assert Own(**LOCAL).profile == {"max_input_tokens": 7}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("model", [model for model in MODELS if model.kind == "chat"])
def test_profiles_hold_only_what_is_known(model: Any) -> None:
    profile = profile_of(model.id)
    ChatIONOS(profile=profile, **LOCAL)  # LangChain warns of keys that it does not know
    assert profile is not None
    assert profile.keys() <= model_profile.ModelProfile.__annotations__.keys()
    assert profile.get("tool_calling") == model.tools
    assert profile.get("max_input_tokens") == model.context_window
    assert None not in profile.values()


def test_other_models_have_no_profile() -> None:
    assert profile_of("BAAI/bge-m3") is None


def test_tokens_are_estimated_offline() -> None:
    llm = ChatIONOS(**LOCAL)
    text = "The quick brown fox jumps over the lazy dog. " * 20
    assert 180 <= llm.get_num_tokens(text) <= 260
    assert llm.get_token_ids("fox fox") == llm.get_token_ids("fox") + llm.get_token_ids(" fox")
    assert llm.get_num_tokens("") == 0
    alone = llm.get_num_tokens_from_messages([HumanMessage("Hi")])
    image = {"type": "image", "url": "https://e.org/a.png"}
    with_image = llm.get_num_tokens_from_messages([HumanMessage(["Hi", image])])
    call = {"name": "add", "args": {"a": 1}, "id": "1"}
    with_call = llm.get_num_tokens_from_messages(
        [HumanMessage("Hi"), AIMessage("", tool_calls=[call])]
    )
    with_tool = llm.get_num_tokens_from_messages([HumanMessage("Hi")], tools=[{"name": "add"}])
    assert alone < with_tool
    assert alone < with_call
    assert with_image > alone + 500


def test_a_tokenizer_of_ones_own_counts() -> None:
    llm = ChatIONOS(custom_get_token_ids=lambda text: [0] * len(text), **LOCAL)
    assert llm.get_num_tokens("Hallo") == 5
    assert llm.get_num_tokens_from_messages([HumanMessage("Hallo")]) == 9


class Counter(BaseRateLimiter):
    calls = 0

    def acquire(self, *, blocking: bool = True) -> bool:
        self.calls += 1
        return True

    async def aacquire(self, *, blocking: bool = True) -> bool:
        return self.acquire(blocking=blocking)


async def test_langchains_rate_limiter_is_asked(connect: Connect, hub: Hub) -> None:
    limiter = Counter()
    llm = ChatIONOS(rate_limiter=limiter, **connect(hub))
    llm.invoke("Hi")
    list(llm.stream("Hi"))
    await llm.ainvoke("Hi")
    assert limiter.calls == 3
