"""The chat model's constructor arguments."""

from dataclasses import MISSING
from dataclasses import fields as fields_of

import pytest
from langchain_server import Json
from pydantic import SecretStr, ValidationError

from ionos_model_hub import ConfigurationError, Settings
from langchain_ionos import ChatIONOS

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
        ("top_k", "Did you mean"),
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
    with pytest.raises(ValidationError) as caught:
        ChatIONOS(**fields, **LOCAL)
    assert next(iter(fields)) in str(caught.value)
    assert SECRET not in f"{caught.value!r} {caught.value.errors()}"


def test_connection_defaults_equal_those_of_settings() -> None:
    ours = ChatIONOS.model_fields
    theirs = {f.name: f for f in fields_of(Settings) if f.name not in ("api_key", "base_url")}
    for name, field in theirs.items():
        default = ours[name].get_default(call_default_factory=True)
        assert default == (field.default if field.default_factory is MISSING else {})
