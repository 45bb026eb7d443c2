"""`ionos-model-hub completion` in real shells."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("shtab")

from integration_tests.ionos_model_hub.cli.terminal import Terminal

from ionos_model_hub.catalogue import DEFAULT_EMBEDDING_MODEL
from ionos_model_hub.cli import main
from ionos_model_hub.cli.commands import COMMANDS

Complete = Callable[..., set[str]]

NAMES = {command.name for command in COMMANDS}
CTRL_A, CTRL_E = "\x01", "\x05"
MODELS_AT_A_PREFIX = {"BAAI/bge-m3", "BAAI/bge-large-en-v1.5"}


def require(shell: str, request: pytest.FixtureRequest) -> None:
    """Skip the test if a shell is missing, unless all are required."""
    if shutil.which(shell) is None:
        if request.config.getoption("--require-all"):
            pytest.fail(f"{shell} is not installed")
        pytest.skip(f"{shell} is not installed")


@pytest.fixture
def script(
    request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Path:
    """The script for the shell that parametrizes the test."""
    shell = request.param
    require(shell, request)
    assert main(["completion", shell]) == 0
    path = tmp_path / "script"
    path.write_text(capsys.readouterr().out)
    (tmp_path / "data").mkdir()
    (tmp_path / "data.jsonl").touch()
    return path


def complete_in_bash(script: Path, *words: str) -> set[str]:
    """Return the completions of the last word, as bash would compute them."""
    program = """
    source "$1"; shift
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
    function=$(complete -p ionos-model-hub | sed 's/.* -F \\([^ ]*\\).*/\\1/')
    $function ionos-model-hub "${COMP_WORDS[$COMP_CWORD]}" "${COMP_WORDS[$COMP_CWORD - 1]}"
    printf '%s\\n' "${COMPREPLY[@]}"
    """
    arguments = ["bash", "-c", program, "bash", script, "ionos-model-hub", *words]
    return output_of(arguments, script.parent)


def complete_in_fish(script: Path, *words: str) -> set[str]:
    """Return the completions of the last word without their descriptions."""
    program = 'source $argv[1]; complete -C "ionos-model-hub $argv[2..]"'
    lines = output_of(
        ["fish", "--no-config", "-c", program, script, " ".join(words)], script.parent
    )
    return {line.split("\t")[0] for line in lines}


def output_of(arguments: list[object], folder: Path) -> set[str]:
    ran = subprocess.run(
        [str(argument) for argument in arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.stderr == ""
    return {line.strip() for line in ran.stdout.splitlines() if line}


@pytest.mark.parametrize(
    ("script", "complete"),
    [("bash", complete_in_bash), ("fish", complete_in_fish)],
    ids=["bash", "fish"],
    indirect=["script"],
)
class TestBashAndFish:
    """The completions of the last word."""

    def test_commands(self, script: Path, complete: Complete) -> None:
        assert complete(script, "") >= NAMES
        assert complete(script, "do") == {"doctor"}

    def test_options(self, script: Path, complete: Complete) -> None:
        assert complete(script, "chat", "--hide") == {"--hide-reasoning"}

    def test_models(self, script: Path, complete: Complete) -> None:
        assert complete(script, "embed", "--model", "BAAI/") == MODELS_AT_A_PREFIX

    def test_choices(self, script: Path, complete: Complete) -> None:
        assert complete(script, "completion", "") >= {"bash", "fish", "zsh"}

    def test_files(self, script: Path, complete: Complete) -> None:
        files = complete(script, "embed", "da")
        assert {name.rstrip("/") for name in files} == {"data", "data.jsonl"}
        folders = complete(script, "emulator", "--record", "da")
        assert {name.rstrip("/") for name in folders} == {"data"}


@pytest.mark.parametrize("script", ["zsh"], indirect=True)
@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("ionos-model-hub doct", "ionos-model-hub doctor"),
        ("ionos-model-hub chat --hide", "ionos-model-hub chat --hide-reasoning"),
        (
            "ionos-model-hub embed --model BAAI/bge-m",
            f"ionos-model-hub embed --model {DEFAULT_EMBEDDING_MODEL}",
        ),
        ("ionos-model-hub embed data.", "ionos-model-hub embed data.jsonl"),
    ],
    ids=["command", "option", "model", "file"],
)
def test_zsh(script: Path, typed: str, completed: str) -> None:
    folder = script.parent
    script.rename(folder / "_ionos-model-hub")
    with Terminal(["zsh", "-f", "-i"], {}) as terminal:
        terminal.type(f"cd {folder}; fpath=({folder} $fpath); autoload -U compinit\n")
        terminal.type(f"compinit -u -d {folder / 'dump'}; unset zle_bracketed_paste\n")
        terminal.type("print set''up\n")
        terminal.read_until("\nsetup\n")
        terminal.type(f"{typed}\t")
        terminal.type(f"{CTRL_A}print -r -- '{CTRL_E}'\n")
        terminal.read_until(f"\n{completed}\n")


def test_missing_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["completion", "bash"]) == 1
    assert 'pip install "ionos-model-hub[cli]"' in capsys.readouterr().err
