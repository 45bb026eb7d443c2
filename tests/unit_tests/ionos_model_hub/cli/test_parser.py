"""Arguments of the command line that are not valid."""

import pytest

from ionos_model_hub.cli.parser import create_parser


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
