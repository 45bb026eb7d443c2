"""The table of models is complete and consistent, and its prices serve cost estimates."""

from datetime import date

import pytest

from ionos_model_hub import catalogue
from ionos_model_hub.catalogue import MODELS, Model, estimate_cost, find_model

EACH_MODEL = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)


@EACH_MODEL
def test_find_model_by_id(model: Model) -> None:
    assert find_model(model.id) is model


@pytest.mark.parametrize("unknown", ["", "gpt-4o", "BAAI/BGE-M3"])
def test_find_model_returns_none_for_unknown_ids(unknown: str) -> None:
    assert find_model(unknown) is None


def test_ids_are_unique() -> None:
    assert len({model.id for model in MODELS}) == len(MODELS)


@pytest.mark.parametrize(
    ("model_id", "kind"),
    [
        (catalogue.DEFAULT_CHAT_MODEL, "chat"),
        (catalogue.DEFAULT_EMBEDDING_MODEL, "embedding"),
        (catalogue.DEFAULT_RERANK_MODEL, "rerank"),
        (catalogue.DEFAULT_IMAGE_MODEL, "image"),
    ],
)
def test_default_models_are_not_retired(model_id: str, kind: str) -> None:
    model = find_model(model_id)
    assert model is not None
    assert (model.kind, model.retired_on) == (kind, None)


@EACH_MODEL
def test_limits_are_consistent(model: Model) -> None:
    assert model.context_window is None or model.context_window > 0
    assert model.max_output_tokens is None or (
        model.context_window is not None and 0 < model.max_output_tokens <= model.context_window
    )
    assert (model.dimensions is not None) == (model.kind == "embedding")
    assert model.reasoning or not model.reasoning_efforts


@EACH_MODEL
def test_retired_models_have_an_available_successor_of_the_same_kind(model: Model) -> None:
    assert (model.retired_on is None) == (model.successor is None)
    if model.retired_on and model.successor:
        assert date.fromisoformat(model.retired_on) > date(2024, 1, 1)
        successor = find_model(model.successor)
        assert successor is not None
        assert (successor.kind, successor.retired_on) == (model.kind, None)


def test_capabilities_and_prices_are_dated() -> None:
    assert date.fromisoformat(catalogue.AS_OF)
    assert date.fromisoformat(catalogue.PRICES_AS_OF)


@EACH_MODEL
def test_prices_match_the_kind_of_model(model: Model) -> None:
    assert model.price_image is None or model.kind == "image"
    assert model.price_input is None or model.kind != "image"
    assert (model.price_output is None) == (model.price_input is None or model.kind != "chat")


@pytest.mark.parametrize(
    ("model_id", "usage", "cost"),
    [
        ("openai/gpt-oss-120b", {"input_tokens": 1_000_000}, 0.15),
        ("openai/gpt-oss-120b", {"input_tokens": 1000, "output_tokens": 500}, 0.000475),
        ("openai/gpt-oss-120b", {}, 0.0),
        ("BAAI/bge-m3", {"input_tokens": 50_000_000}, 1.0),
        ("black-forest-labs/FLUX.1-schnell", {"images": 10}, 0.288),
        ("black-forest-labs/FLUX.1-schnell", {"images": 1, "megapixels": 2.0}, 0.0288),
        ("black-forest-labs/FLUX.2-klein-4B", {"images": 2, "megapixels": 0.25}, 0.026),
        ("black-forest-labs/FLUX.2-klein-4B", {"images": 2, "megapixels": 3.0}, 0.030),
    ],
)
def test_estimated_cost(model_id: str, usage: dict[str, int], cost: float) -> None:
    assert estimate_cost(model_id, **usage) == pytest.approx(cost)


@pytest.mark.parametrize(
    ("model_id", "usage"),
    [
        ("gpt-4o", {"input_tokens": 1}),
        ("Qwen/Qwen3.8-27B", {"input_tokens": 1}),
        ("BAAI/bge-m3", {"input_tokens": 1, "output_tokens": 1}),
        ("openai/gpt-oss-120b", {"images": 1}),
    ],
)
def test_cost_is_none_if_a_price_is_unknown(model_id: str, usage: dict[str, int]) -> None:
    assert estimate_cost(model_id, **usage) is None
