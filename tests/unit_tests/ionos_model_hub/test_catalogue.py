"""The table of models is whole and does not contradict itself."""

from datetime import date

import pytest

from ionos_model_hub import catalogue
from ionos_model_hub.catalogue import MODELS, Model, find_model

BY_NAME = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)


@BY_NAME
def test_a_model_is_found_by_its_id(model: Model) -> None:
    assert find_model(model.id) is model


@pytest.mark.parametrize("unknown", ["", "gpt-4o", "BAAI/BGE-M3"])
def test_an_unknown_id_is_not_found(unknown: str) -> None:
    assert find_model(unknown) is None


def test_ids_are_there_once() -> None:
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
def test_the_defaults_are_served(model_id: str, kind: str) -> None:
    model = find_model(model_id)
    assert model is not None
    assert (model.kind, model.retired_on) == (kind, None)


@BY_NAME
def test_numbers_make_sense(model: Model) -> None:
    assert model.context_window is None or model.context_window > 0
    assert model.max_output_tokens is None or (
        model.context_window is not None and 0 < model.max_output_tokens <= model.context_window
    )
    assert (model.dimensions is not None) == (model.kind == "embedding")
    assert model.reasoning or not model.reasoning_efforts


@BY_NAME
def test_a_retired_model_has_a_served_successor_of_its_kind(model: Model) -> None:
    assert (model.retired_on is None) == (model.successor is None)
    if model.retired_on and model.successor:
        assert date.fromisoformat(model.retired_on) > date(2024, 1, 1)
        successor = find_model(model.successor)
        assert successor is not None
        assert (successor.kind, successor.retired_on) == (model.kind, None)


def test_the_table_is_dated() -> None:
    assert date.fromisoformat(catalogue.AS_OF)
