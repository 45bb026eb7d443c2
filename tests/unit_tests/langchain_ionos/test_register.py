"""`ionos:` in LangChain's factories."""

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
    """Give both factories a copy of their table for the time of a test."""
    copies = []
    for factory in (chat_factory, embeddings_factory):
        copies.append({**factory._BUILTIN_PROVIDERS})
        copies[-1].pop("ionos", None)
        monkeypatch.setattr(factory, "_BUILTIN_PROVIDERS", copies[-1])
    return copies


def test_both_factories_know_the_provider(tables: list[dict[str, Any]]) -> None:
    register()
    embeddings = init_embeddings("ionos:BAAI/bge-m3", api_key="k", batch_size=7)
    assert isinstance(embeddings, IONOSEmbeddings)
    assert (embeddings.model, embeddings.batch_size) == ("BAAI/bge-m3", 7)
    assert [table["ionos"][:2] for table in tables] == [
        ("langchain_ionos", "ChatIONOS"),
        ("langchain_ionos", "IONOSEmbeddings"),
    ]


def test_a_second_call_and_an_entry_of_langchains_own_change_nothing(
    tables: list[dict[str, Any]],
) -> None:
    tables[0]["ionos"] = ("from", "langchain", "itself")
    register()
    after_one = [{**table} for table in tables]
    register()
    assert tables == after_one
    assert tables[0]["ionos"] == ("from", "langchain", "itself")


def test_without_the_tables_there_is_a_warning_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(chat_factory, "_BUILTIN_PROVIDERS")
    monkeypatch.setitem(sys.modules, "langchain.embeddings.base", None)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        register()
    told = [str(each.message) for each in caught]
    assert len(told) == 2
    assert "langchain_ionos.ChatIONOS" in told[0]
    assert "langchain_ionos.IONOSEmbeddings" in told[1]
    assert caught[0].filename == __file__


def test_without_langchain_the_error_tells_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "langchain"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "langchain", None)
    with pytest.raises(ImportError, match="pip install langchain"):
        register()
