"""The pytest plugin in projects of users, each run in a process of its own."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

PLUGIN = "ionos_model_hub.emulator.pytest_plugin"
# Unrelated plugins of the development environment, which take time to load.
DISABLED = ("anyio", "benchmark", "codspeed", "hypothesispytest", "langsmith_plugin", "nbmake")
CALL = """
from ionos_model_hub import Client

def ask(text="Say exactly: Hi"):
    with Client() as client:
        return client.chat([{"role": "user", "content": text}], model="openai/gpt-oss-120b").text
"""
TESTS = """
import os
from app import ask

def test_default_response(ionos_emulator_env):
    assert os.environ["IONOS_BASE_URL"] == ionos_emulator_env.base_url
    assert ask() == "Hi"
    ionos_emulator_env.requests.assert_requested("chat", contains="exactly", times=1)

def test_emulator_is_reset(ionos_emulator, monkeypatch):
    assert ionos_emulator.requests == []
    assert not {"IONOS_API_KEY", "IONOS_BASE_URL"} & os.environ.keys()
    assert ionos_emulator.base_url.startswith("http://127.0.0.1:")
"""


def run(folder: Path, *arguments: str, hidden: str = "") -> str:
    """Return what pytest prints; the module `hidden` cannot be imported."""
    (folder / "sitecustomize.py").write_text(
        f"import sys\nsys.modules[{hidden!r}] = None\n" if hidden else "", "utf-8"
    )
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST")},
        "PYTHONPATH": str(folder),
    }
    flags = [flag for name in ("cacheprovider", *DISABLED) for flag in ("-p", f"no:{name}")]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", *flags, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
    )
    return ran.stdout + ran.stderr


def write(folder: Path, **files: str) -> None:
    for name, content in {"app": CALL, **files}.items():
        (folder / f"{name}.py").write_text(content, "utf-8")
    (folder / "pytest.ini").write_text(
        "[pytest]\naddopts = --strict-markers\nfilterwarnings = error\n"
        "asyncio_default_fixture_loop_scope = function\n",
        "utf-8",
    )


def test_fixtures_need_no_configuration(tmp_path: Path) -> None:
    write(tmp_path, test_app=TESTS)
    assert "2 passed" in run(tmp_path)


@pytest.mark.slow
def test_plugin_can_be_enabled_again(tmp_path: Path) -> None:
    write(tmp_path, test_app=TESTS, conftest=f"pytest_plugins = [{PLUGIN!r}]")
    assert "2 passed" in run(tmp_path, "-p", PLUGIN)
    assert "fixture 'ionos_emulator' not found" in run(tmp_path, "-p", f"no:{PLUGIN}")


def test_plugin_loads_nothing_until_used() -> None:
    code = (
        f"import pytest, sys; before = set(sys.modules); import {PLUGIN}; "
        "print(sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(ast.literal_eval(ran.stdout))
    assert "ionos_model_hub" in loaded
    assert not loaded & {"starlette", "uvicorn", "jsonschema", "yaml", "httpx", "pydantic"}


@pytest.mark.slow
def test_missing_extra_fails_only_tests_that_use_the_fixtures(tmp_path: Path) -> None:
    write(tmp_path, test_app=TESTS, test_other="def test_other(): pass")
    output = run(tmp_path, hidden="starlette")
    assert "1 passed, 2 errors" in output
    assert 'pip install "ionos-model-hub[emulator]"' in output


MARKED = """
import pytest
from app import ask
from ionos_model_hub import AuthenticationError

@pytest.mark.ionos_emulator(api_key="other")
def test_key(ionos_emulator_env):
    with pytest.raises(AuthenticationError):
        ask()

@pytest.mark.ionos_emulator(bogus=1)
def test_unknown_option(ionos_emulator):
    pass
"""
STRICT = """
import pytest
from app import ask
from ionos_model_hub import BadRequestError
from ionos_model_hub.emulator import Reply

def test_followed(ionos_emulator_strict):
    ionos_emulator_strict.script(Reply(text="scripted"))
    assert ask() == "scripted"

def test_unused(ionos_emulator_strict):
    ionos_emulator_strict.script(Reply(text="never"))

def test_unexpected(ionos_emulator_strict):
    with pytest.raises(BadRequestError, match="No scripted reply"):
        ask()

def test_not_strict_afterwards(ionos_emulator_env):
    assert ask() == "Hi"
"""


@pytest.mark.slow
def test_markers_pass_options_and_strict_fixture_checks_the_script(tmp_path: Path) -> None:
    write(tmp_path, test_marked=MARKED, test_strict=STRICT)
    output = run(tmp_path)
    assert "5 passed, 3 errors" in output
    assert "got an unexpected option 'bogus'" in output
    assert "unused: Reply(text='never')" in output
    assert "unexpected: POST /v1/chat/completions" in output
