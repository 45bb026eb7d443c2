"""The output of `ionos-model-hub demo`."""

from io import StringIO

import pytest
from rich.console import Console

from ionos_model_hub.cli.demo import Demo, _run
from ionos_model_hub.emulator import Emulator, Reply
from ionos_model_hub.errors import ConnectionFailedError


@pytest.fixture
def output() -> StringIO:
    return StringIO()


@pytest.fixture
def demo(ionos_emulator: Emulator, output: StringIO) -> Demo:
    connection = {"api_key": "mine", "base_url": ionos_emulator.base_url}
    return Demo(connection, Console(file=output, width=200))  # type: ignore[arg-type]


def test_brackets_and_colons_of_answers_are_not_markup(
    demo: Demo, output: StringIO, ionos_emulator: Emulator
) -> None:
    ionos_emulator.script(Reply(text="[bold]See[/usr] [link](x) :smile:"))
    demo.agent()
    assert "[bold]See[/usr] [link](x) :smile:\n" in output.getvalue()


def test_control_characters_of_answers_are_replaced(
    demo: Demo, output: StringIO, ionos_emulator: Emulator
) -> None:
    ionos_emulator.script(Reply(text="a\x1b[31mb"))
    demo.stream()
    assert "a [31mb" in output.getvalue()


def test_errors_name_variables(output: StringIO) -> None:
    def fail() -> bool:
        raise ConnectionFailedError("Refused.", hint="Check base_url.")

    assert not _run(fail, Console(file=output, width=200))
    assert "ConnectionFailedError: Refused. Check IONOS_BASE_URL.\n" in output.getvalue()
