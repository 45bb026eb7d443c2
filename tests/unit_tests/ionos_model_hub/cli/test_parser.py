"""Arguments of the command line that are not valid."""

import argparse
from collections.abc import Iterator

import pytest

from ionos_model_hub.cli.commands import COMMANDS
from ionos_model_hub.cli.parser import create_parser

MAY_BE_EMPTY = ("--system", "--option")


def options_with_values() -> Iterator[tuple[str, str]]:
    """Yield the names of commands and of their options that have values."""
    for command in COMMANDS:
        parser = argparse.ArgumentParser()
        command.add_options(parser)
        for action in parser._actions:
            if action.option_strings and action.nargs != 0:
                yield command.name, action.option_strings[-1]


def error_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as exit_info:
        create_parser().parse_args(arguments)
    assert exit_info.value.code == 2
    return capsys.readouterr().err


def test_unknown_argument_is_reported_with_the_usage_of_its_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    error = error_of(capsys, "models", "--yaml")
    assert error.startswith("usage: ionos-model-hub models ")
    assert error.endswith("ionos-model-hub models: error: unrecognized arguments: --yaml\n")


@pytest.mark.parametrize("arguments", [["models", "--js"], ["chat", "--mod", "x"], ["--vers"]])
def test_options_cannot_be_abbreviated(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert "error: " in error_of(capsys, *arguments)


@pytest.mark.parametrize(
    ("command", "option"),
    [each for each in options_with_values() if each[1] not in MAY_BE_EMPTY],
)
def test_values_must_not_be_empty(
    command: str, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unset variable of the shell must not select the default, such as another server."""
    assert f"{option}: " in error_of(capsys, command, option, "")
