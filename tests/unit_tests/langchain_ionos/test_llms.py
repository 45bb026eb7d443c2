"""IONOSLLM: requests, traces, caches and serialization."""

from typing import Any

import httpx
import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.exceptions import ModelInvalidRequestError
from langchain_core.load import dumps, loads
from langchain_server import Connect

from ionos_model_hub.errors import InvalidRequestError
from langchain_ionos.llms import IONOSLLM

Sent = list[dict[str, Any]]


@pytest.fixture
def sent() -> Sent:
    return []


@pytest.fixture
def fields(connect: Connect, sent: Sent) -> dict[str, Any]:
    def respond(body: dict[str, Any]) -> httpx.Response:
        sent.append(body)
        choices = [
            {"index": index, "text": f" after {body['prompt']}", "finish_reason": "stop"}
            for index in range(body.get("n", 1))
        ]
        return httpx.Response(200, json={"model": body["model"], "choices": choices})

    return connect(respond)


def test_request_contains_only_options_that_are_set(fields: dict[str, Any], sent: Sent) -> None:
    assert IONOSLLM(**fields, model="a/b").invoke("Once") == " after Once"
    assert sent == [{"model": "a/b", "prompt": "Once"}]


def test_empty_options_are_not_sent(fields: dict[str, Any], sent: Sent) -> None:
    IONOSLLM(**fields, model="a/b", stop=["a"], logit_bias={}).invoke("Once", stop=[])
    assert sent == [{"model": "a/b", "prompt": "Once"}]


async def test_all_options_are_sent(fields: dict[str, Any], sent: Sent) -> None:
    options: dict[str, Any] = {
        "max_tokens": 5,
        "temperature": 0.0,
        "top_p": 0.5,
        "n": 2,
        "stop": ["\n"],
        "presence_penalty": 0.1,
        "frequency_penalty": 0.2,
        "logit_bias": {"5": -1.0},
        "user": "u",
        "seed": 1,
        "logprobs": 2,
    }
    llm = IONOSLLM(**fields, model="a/b", extra_body={"best_of": 3}, **options)
    await llm.ainvoke("Once")
    assert sent == [{"model": "a/b", "prompt": "Once", "best_of": 3, **options}]


def test_call_options_take_precedence(fields: dict[str, Any], sent: Sent) -> None:
    llm = IONOSLLM(**fields, stop=["a"], max_tokens=5, temperature=0.5)
    llm.invoke("Once", stop=["b", "c"], max_tokens=6, model="x/y", temperature=None)
    assert sent[0]["stop"] == ["b", "c"]
    assert (sent[0]["max_tokens"], sent[0]["model"], sent[0]["temperature"]) == (6, "x/y", 0.5)


@pytest.mark.parametrize(
    ("options", "param"),
    [
        ({"stop": list("abcde")}, "stop"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"temprature": 1}, "temprature"),
        ({"temperature": float("nan")}, "temperature"),
    ],
    ids=str,
)
def test_invalid_options_are_rejected_before_sending(
    fields: dict[str, Any], sent: Sent, options: dict[str, Any], param: str
) -> None:
    with pytest.raises(ModelInvalidRequestError) as caught:
        IONOSLLM(**fields).invoke("Once", **options)
    assert isinstance(caught.value, InvalidRequestError)
    assert caught.value.param == param
    assert not sent


def test_several_choices_are_rejected_in_streams(fields: dict[str, Any], sent: Sent) -> None:
    with pytest.raises(ModelInvalidRequestError, match="n must be 1"):
        list(IONOSLLM(**fields, n=2).stream("Once"))
    assert not sent


def test_traces_contain_provider_model_and_options() -> None:
    llm = IONOSLLM(api_key="k", model="a/b", temperature=0.5, max_tokens=9, stop=["x"])
    params = llm._get_ls_params()
    assert params["ls_provider"] == "ionos"
    assert params["ls_model_type"] == "llm"
    assert params["ls_model_name"] == "a/b"
    assert (params["ls_temperature"], params["ls_max_tokens"]) == (0.5, 9)
    assert params["ls_stop"] == ["x"]
    assert llm._get_ls_params(stop=["y"])["ls_stop"] == ["y"]
    assert llm._get_ls_params(stop="y")["ls_stop"] == ["y"]  # type: ignore[arg-type]  # a string
    assert (llm.metadata or {})["lc_versions"]["langchain-ionos"]


def test_tokens_are_estimated_offline() -> None:
    assert IONOSLLM(api_key="k").get_num_tokens("Guten Morgen, Berlin!") == 5
    assert IONOSLLM(api_key="k", custom_get_token_ids=lambda _: [1, 2]).get_num_tokens("") == 2


def test_identifying_parameters() -> None:
    llm = IONOSLLM(api_key="k", base_url="http://localhost:1/v1", model="a/b", seed=3)
    assert llm.asdict() == {
        "_type": "ionos-llm",
        "model": "a/b",
        "base_url": "http://localhost:1/v1",
        "seed": 3,
    }


def test_cache_key_follows_changed_fields(fields: dict[str, Any], sent: Sent) -> None:
    cache = InMemoryCache()
    llm = IONOSLLM(**fields, cache=cache)
    assert llm.invoke("Once") == llm.invoke("Once")
    assert len(sent) == 1
    llm.max_tokens = 7
    llm.invoke("Once")
    assert len(sent) == 2


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
def test_dumped_model_can_be_loaded() -> None:
    llm = IONOSLLM(api_key="secret-key", model="a/b", max_tokens=9, stop=["x"])
    written = dumps(llm)
    assert "secret-key" not in written
    read = loads(
        written,
        allowed_objects=[IONOSLLM],
        valid_namespaces=["langchain_ionos"],
        secrets_map={"IONOS_API_KEY": "another-key"},
    )
    assert read.asdict() == llm.asdict()
    assert read.api_key.get_secret_value() == "another-key"


async def test_failure_in_a_batch_does_not_affect_other_prompts(
    connect: Connect,
) -> None:
    def respond(body: dict[str, Any]) -> httpx.Response:
        if body["prompt"] == "bad":
            return httpx.Response(400, json={"error": {"message": "no"}})
        return httpx.Response(200, json={"choices": [{"index": 0, "text": body["prompt"]}]})

    llm, prompts = IONOSLLM(**connect(respond)), ["a", "bad", "b"]
    for results in (
        llm.batch(prompts, return_exceptions=True),
        await llm.abatch(prompts, return_exceptions=True),
    ):
        one, failed, other = list[Any](results)
        assert (one, other) == ("a", "b")
        assert failed.status_code == 400
