"""Keys, retired models, the public face and the walls."""

import ast
import importlib
import sys
from datetime import date
from pathlib import Path

import pytest

from ionos_model_hub import emulator
from ionos_model_hub.emulator.models import listing, served
from ionos_model_hub.emulator.script import without_secrets
from ionos_model_hub.emulator.state import Hub


@pytest.mark.parametrize(
    ("header", "known"),
    [
        ("Bearer any-key", True),
        ("bearer eyJhbGciOi.x.y", True),
        ("", False),
        ("Bearer ", False),
        ("Bearer  ", False),
        ("Basic any-key", False),
        ("any-key", False),
        ("Bearer 1c441462-07cb-465b-8487-7905b6aa4fd0", False),
    ],
)
def test_any_key_that_is_no_token_id_is_known(header: str, known: bool) -> None:
    assert Hub().knows(header) is known


def test_a_set_key_is_the_only_one() -> None:
    hub = Hub(api_key="right")
    assert hub.knows("Bearer right")
    assert not hub.knows("Bearer wrong")


def test_trace_ids_are_new_each_time_and_repeat_after_a_reset() -> None:
    hub = Hub()
    first = [hub.trace_id(), hub.trace_id()]
    hub.reset()
    assert first == [hub.trace_id(), hub.trace_id()]
    assert len({*first}) == 2
    assert all(len(found) == 32 and int(found, 16) for found in first)


def test_retired_models_are_not_served() -> None:
    llama = "meta-llama/Meta-Llama-3.1-8B-Instruct"
    assert llama in served(date(2026, 9, 30))
    assert llama not in served(date(2026, 10, 1))


def test_listing_has_the_fields_of_the_hub_and_the_aliases() -> None:
    data = listing(date(2026, 11, 1))["data"]
    assert {tuple(sorted(entry)) for entry in data} == {("created", "id", "object", "owned_by")}
    assert "bge-m3-migration" in {entry["id"] for entry in data}


def test_secrets_are_not_recorded() -> None:
    headers = {"authorization": "Bearer s3cret", "x-api-key": "s3cret", "accept": "*/*"}
    assert without_secrets(headers) == {"authorization": "***", "x-api-key": "***", "accept": "*/*"}


def test_exported_names_are_sorted_and_there() -> None:
    assert emulator.__all__ == sorted(emulator.__all__)
    assert all(hasattr(emulator, name) for name in emulator.__all__)


def test_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "starlette", None)
    monkeypatch.delitem(sys.modules, "ionos_model_hub.emulator")
    with pytest.raises(ImportError, match=r'pip install "ionos-model-hub\[emulator\]"'):
        importlib.import_module("ionos_model_hub.emulator")


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_nothing_of_the_transport_or_a_framework_is_imported() -> None:
    modules = [
        path
        for path in Path(emulator.__file__).parent.rglob("*.py")
        if path.stem != "fallback"  # chooses between the hub and an emulator
    ]
    assert len(modules) > 20
    own = {
        name for path in modules for name in imported(path) if name.startswith("ionos_model_hub")
    }
    others = {name.partition(".")[0] for path in modules for name in imported(path)}
    assert {n for n in own if not n.startswith("ionos_model_hub.emulator")} == {
        "ionos_model_hub.catalogue"
    }
    assert not others & {"langchain", "langchain_core", "llama_index", "openai", "httpx", "numpy"}
