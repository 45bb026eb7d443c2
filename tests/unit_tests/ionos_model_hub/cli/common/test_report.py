"""Text that goes to the terminal."""

import pytest

from ionos_model_hub.cli.common.report import fail


def test_control_characters_of_errors_do_not_reach_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert fail("embed", "a.csv: found \x1b[2J\rid.\nRun it again.", 2) == 2
    assert capsys.readouterr().err == "embed: a.csv: found  [2J id.\nRun it again.\n"
