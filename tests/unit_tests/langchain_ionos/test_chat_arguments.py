"""The chat model's constructor arguments."""

import pydoc

import pytest
from langchain_core.exceptions import ModelInvalidRequestError
from langchain_server import Json
from pydantic import BaseModel, SecretStr

from ionos_model_hub import ConfigurationError
from langchain_ionos import IONOSLLM, ChatIONOS, IONOSEmbeddings, IONOSImageTool, IONOSRerank

SECRET = "sk-this-is-a-secret"
LOCAL = {"api_key": SECRET, "base_url": "http://localhost:1/v1"}


def test_alternative_argument_names() -> None:
    llm = ChatIONOS(
        model_name="some/model",
        stop_sequences=["END"],
        request_timeout=3,
        ionos_api_key=SecretStr(SECRET),
        ionos_base_url="http://localhost:2/v1",
    )
    assert (llm.model, llm.model_name) == ("some/model", "some/model")
    assert (llm.stop, llm.timeout) == (["END"], 3)
    assert llm.base_url == "http://localhost:2/v1"
    assert isinstance(llm.api_key, SecretStr)
    assert llm.api_key.get_secret_value() == SECRET


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("temprature", "temperature"),
        ("max_completion_tokens", "max_tokens"),
        ("model_kwargs", "extra_body"),
        ("top_q", "Did you mean"),
        ("zebra", "extra_body"),
    ],
)
def test_unknown_arguments_are_rejected_with_a_hint(name: str, hint: str) -> None:
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
def test_invalid_values_are_reported_without_the_key(fields: Json) -> None:
    with pytest.raises(ConfigurationError) as caught:
        ChatIONOS(**fields, **LOCAL)
    assert caught.value.param == next(iter(fields))
    assert isinstance(caught.value, ModelInvalidRequestError)
    assert SECRET not in f"{caught.value!r} {vars(caught.value)}"


def test_several_choices_with_streaming_are_rejected() -> None:
    with pytest.raises(ConfigurationError, match="n must be 1") as caught:
        ChatIONOS(n=2, streaming=True, **LOCAL)
    assert caught.value.param == "n"
    assert isinstance(caught.value, ModelInvalidRequestError)


@pytest.mark.parametrize(
    "kind", [ChatIONOS, IONOSLLM, IONOSEmbeddings, IONOSRerank, IONOSImageTool]
)
def test_every_field_is_described(kind: type[BaseModel]) -> None:
    inherited = {name for base in kind.__mro__[1:] for name in _langchain_fields(base)}
    own = {name: field for name, field in kind.model_fields.items() if name not in inherited}
    assert len(own) > 10
    assert [name for name, field in own.items() if not field.description] == []
    text = pydoc.render_doc(kind, renderer=pydoc.plaintext)
    assert [name for name in own if f"{name}: " not in text] == []


def _langchain_fields(base: type) -> set[str]:
    if base.__module__.startswith("langchain_core") and issubclass(base, BaseModel):
        return set(base.model_fields)
    return set()
