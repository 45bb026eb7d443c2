"""Model profiles."""

from typing import Any

import pytest
from langchain_core.language_models.model_profile import ModelProfile

from ionos_model_hub.catalogue import MODELS, Model
from langchain_ionos import ChatIONOS
from langchain_ionos.profiles import model_profile

LOCAL = {"api_key": "any", "base_url": "http://localhost:1/v1"}


def test_profiles_come_from_the_catalogue() -> None:
    profile = ChatIONOS(**LOCAL).profile
    assert profile is not None
    assert profile["max_input_tokens"] == 131_072
    assert profile["structured_output"] is True
    assert ChatIONOS(model="some/model", **LOCAL).profile is None
    own: Any = {"max_input_tokens": 5}
    assert ChatIONOS(profile=own, **LOCAL).profile == own


def test_a_profile_passed_by_the_user_is_validated() -> None:
    own: Any = {"max_input_tokens": 5, "max_inptu_tokens": 5}
    with pytest.warns(UserWarning, match="max_inptu_tokens"):
        ChatIONOS(profile=own, **LOCAL)


def test_a_subclass_may_resolve_its_profile() -> None:
    class Own(ChatIONOS):
        def _resolve_model_profile(self) -> Any:
            return {"max_input_tokens": 7}

    assert Own(**LOCAL).profile == {"max_input_tokens": 7}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("model", [model for model in MODELS if model.kind == "chat"])
def test_profiles_contain_only_known_keys_and_values(model: Model) -> None:
    profile = model_profile(model.id)
    assert profile is not None
    ChatIONOS(profile=profile, **LOCAL)  # LangChain warns about unknown keys
    assert profile.keys() <= ModelProfile.__annotations__.keys()
    assert profile.get("tool_calling") == model.tools
    assert profile.get("max_input_tokens") == model.context_window
    assert None not in profile.values()


def test_models_of_other_kinds_have_no_profile() -> None:
    assert model_profile("BAAI/bge-m3") is None
