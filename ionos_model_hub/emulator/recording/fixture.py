"""Pytest fixture that records the hub once and replays it afterwards.

Importing this module does not import the emulator.
"""

import os
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ionos_model_hub.emulator.recording.modes import RECORD_MODES

if TYPE_CHECKING:
    from ionos_model_hub.emulator import Emulator

OPTION = "--ionos-record"
MARKER = "ionos_recording"
_MAX_NAME = 80


def add_option(parser: pytest.Parser) -> None:
    """Add the command line option of the fixture."""
    parser.addoption(
        OPTION,
        choices=RECORD_MODES,
        default=None,
        help="what the fixture ionos_recording records: none (the default), once: tests without "
        "recordings, new_episodes: requests without recordings, all: everything anew",
    )


def register_marker(config: pytest.Config) -> None:
    """Register the marker with the options of the fixture."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}(mode, upstream, directory): options of the fixture ionos_recording",
    )


@pytest.fixture
def ionos_recording(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> "Iterator[Emulator]":
    """An emulator that replays the recordings of the test, or records the hub.

    `IONOS_BASE_URL` points to it, and `IONOS_API_KEY` is set if there is no key. The recordings
    of a test are in the folder `recordings/MODULE/TEST` beside its module. The option
    `--ionos-record` selects what is recorded; by default, everything is replayed. The marker
    `ionos_recording` accepts `mode`, `upstream` (base URL of the server to record; by default
    that of the environment, else the hub) and `directory`.
    """
    from ionos_model_hub.credentials import key_from_environment
    from ionos_model_hub.emulator import Emulator
    from ionos_model_hub.settings import BASE_URL_VARIABLE, HUB_URL

    options = _options(request)
    with Emulator(
        record=options.get("directory") or _default_directory(request),
        record_mode=options.get("mode", "none"),
        upstream=options.get("upstream") or os.environ.get(BASE_URL_VARIABLE) or HUB_URL,
        replay_timing=False,
    ) as emulator:
        if key_from_environment() is None:
            monkeypatch.setenv("IONOS_API_KEY", "replay")
        monkeypatch.setenv(BASE_URL_VARIABLE, emulator.base_url)
        yield emulator


def _options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return the arguments of the marker; the command line takes precedence."""
    marker = request.node.get_closest_marker(MARKER)
    options = dict(marker.kwargs) if marker is not None else {}
    mode = request.config.getoption(OPTION, None)
    return {**options, "mode": mode} if mode else options


def _default_directory(request: pytest.FixtureRequest) -> Path:
    """Return `recordings/MODULE/TEST`, in which TEST also contains the class.

    Where characters are replaced, a digest keeps the folders of different tests apart.
    """
    test = request.node.nodeid.partition("::")[2].replace("::", ".")
    name = re.sub(r"[^\w.-]+", "-", test).strip("-")[:_MAX_NAME]
    if name != test:
        name += f"-{sha256(test.encode()).hexdigest()[:8]}"
    return request.path.parent / "recordings" / request.path.stem / name
