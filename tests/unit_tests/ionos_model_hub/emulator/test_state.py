"""API keys, trace ids, models, options, exported names and imports of the emulator."""

import ast
import inspect
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ionos_model_hub import emulator
from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.models import list_models, served_models
from ionos_model_hub.emulator.options import EmulatorOptions
from ionos_model_hub.emulator.recorded import redact_credentials
from ionos_model_hub.emulator.state import EmulatorState


@pytest.mark.parametrize(
    ("header", "accepted"),
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
def test_all_keys_except_token_ids_are_accepted(header: str, accepted: bool) -> None:
    assert EmulatorState().accepts(header) is accepted


def test_only_the_configured_key_is_accepted() -> None:
    state = EmulatorState(api_key="right")
    assert state.accepts("Bearer right")
    assert not state.accepts("Bearer wrong")


def test_trace_ids_are_unique_and_repeat_after_a_reset() -> None:
    state = EmulatorState()
    first = [state.next_trace_id(), state.next_trace_id()]
    state.reset()
    assert first == [state.next_trace_id(), state.next_trace_id()]
    assert len({*first}) == 2
    assert all(len(trace_id) == 32 and int(trace_id, 16) for trace_id in first)


def test_retired_models_are_not_served() -> None:
    llama = "meta-llama/Meta-Llama-3.1-8B-Instruct"
    assert llama in served_models(date(2026, 9, 30))
    assert llama not in served_models(date(2026, 10, 1))


def test_model_list_has_the_fields_and_aliases_of_the_hub() -> None:
    data = list_models(ServerConfig(today=date(2026, 11, 1)))["data"]
    assert {tuple(sorted(entry)) for entry in data} == {("created", "id", "object", "owned_by")}
    assert "bge-m3-migration" in {entry["id"] for entry in data}


def test_credentials_are_redacted() -> None:
    headers = {"authorization": "Bearer s3cret", "x-api-key": "s3cret", "accept": "*/*"}
    assert redact_credentials(headers) == {
        "authorization": "***",
        "x-api-key": "***",
        "accept": "*/*",
    }


def test_exported_names_exist_and_are_sorted() -> None:
    assert emulator.__all__ == sorted(emulator.__all__)
    assert all(hasattr(emulator, name) for name in emulator.__all__)


def test_error_for_a_missing_extra_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "starlette", None)
    with pytest.raises(ImportError, match=r'pip install "ionos-model-hub\[emulator\]"'):
        _ = emulator.Emulator


def imported_modules(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def test_only_the_catalogue_and_no_framework_is_imported() -> None:
    modules = [
        path
        for path in Path(emulator.__file__).parent.rglob("*.py")
        # These return settings for clients, or are clients of other servers.
        if path.stem not in ("fallback", "fixture", "upstream")
    ]
    assert len(modules) > 20
    own = {
        name
        for path in modules
        for name in imported_modules(path)
        if name.startswith("ionos_model_hub")
    }
    others = {name.partition(".")[0] for path in modules for name in imported_modules(path)}
    assert {n for n in own if not n.startswith("ionos_model_hub.emulator")} == {
        "ionos_model_hub.catalogue",
        "ionos_model_hub.lazy",
        "ionos_model_hub.wire.engine_schemas",  # features that the engine rejects
        "ionos_model_hub.wire.schema_walk",
    }
    assert not others & {"langchain", "langchain_core", "llama_index", "openai", "httpx", "numpy"}


@pytest.mark.parametrize("function", [emulator.Emulator, emulator.create_app, emulator.serve])
def test_unknown_options_are_rejected_with_a_suggestion(function: Any) -> None:
    name = function.__name__
    with pytest.raises(TypeError, match=rf"^{name}\(\).*'api_keys'. Did you mean 'api_key'\?"):
        function(api_keys="a")
    with pytest.raises(TypeError, match=rf"^{name}\(\).*'bogus'. Options: api_key, burst, "):
        function(bogus=1)


def test_docstring_describes_every_option() -> None:
    documentation = inspect.getdoc(emulator.Emulator) or ""
    assert all(f"\n    {name}: " in documentation for name in EmulatorOptions.__annotations__)


@pytest.mark.parametrize("name", ["api_key", "control_token"])
@pytest.mark.parametrize("value", ["", " ", 1, b"a"])
def test_empty_keys_and_tokens_are_rejected(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"{name} must be a non-empty string or None"):
        EmulatorState(**{name: value})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"today": "2026-11-28"}, "today must be a datetime.date, got '2026-11-28'"),
        ({"context_window": "1000"}, "context_window must be a positive integer, got '1000'"),
        ({"context_window": -5}, "context_window must be a positive integer, got -5"),
        ({"requests_per_second": float("nan")}, "requests_per_second must be positive"),
    ],
)
def test_invalid_dates_and_numbers_are_rejected(options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EmulatorState(**options)


@pytest.mark.parametrize("name", ["tool_parser", "reasoning_parser"])
def test_unknown_parsers_are_rejected(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be one of .*, got 'bogus'"):
        EmulatorState(**{name: "bogus"})  # type: ignore[arg-type]
