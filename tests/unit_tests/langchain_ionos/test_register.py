"""The provider name `ionos` in LangChain's factory functions."""

import sys
import warnings
from typing import Any

import pytest
from langchain.chat_models import base as chat_factory
from langchain.embeddings import base as embeddings_factory
from langchain.embeddings import init_embeddings

from langchain_ionos.embeddings import IONOSEmbeddings
from langchain_ionos.register import register


@pytest.fixture(autouse=True)
def tables(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Replace both provider tables by copies during a test."""
    copies = []
    for factory in (chat_factory, embeddings_factory):
        copies.append({**factory._BUILTIN_PROVIDERS})
        copies[-1].pop("ionos", None)
        monkeypatch.setattr(factory, "_BUILTIN_PROVIDERS", copies[-1])
    return copies


def test_provider_is_added_to_both_tables(tables: list[dict[str, Any]]) -> None:
    register()
    embeddings = init_embeddings("ionos:BAAI/bge-m3", api_key="k", batch_size=7)
    assert isinstance(embeddings, IONOSEmbeddings)
    assert (embeddings.model, embeddings.batch_size) == ("BAAI/bge-m3", 7)
    assert [table["ionos"][:2] for table in tables] == [
        ("langchain_ionos", "ChatIONOS"),
        ("langchain_ionos", "IONOSEmbeddings"),
    ]


def test_existing_entries_are_kept(
    tables: list[dict[str, Any]],
) -> None:
    tables[0]["ionos"] = ("from", "langchain", "itself")
    register()
    after_first_call = [{**table} for table in tables]
    register()
    assert tables == after_first_call
    assert tables[0]["ionos"] == ("from", "langchain", "itself")


def test_missing_tables_cause_a_warning_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(chat_factory, "_BUILTIN_PROVIDERS")
    monkeypatch.setitem(sys.modules, "langchain.embeddings.base", None)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        register()
    messages = [str(each.message) for each in caught]
    assert len(messages) == 2
    assert "langchain_ionos.ChatIONOS" in messages[0]
    assert "langchain_ionos.IONOSEmbeddings" in messages[1]
    assert caught[0].filename == __file__


def test_missing_langchain_is_an_error_with_instructions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "langchain"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "langchain", None)
    with pytest.raises(ImportError, match="pip install langchain"):
        register()
