"""Pytest fixture that records the hub once and replays it afterwards."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from ionos_model_hub.credentials import key_from_environment
from ionos_model_hub.emulator.recording.cassette import RECORD_MODES, RecordMode
from ionos_model_hub.emulator.server import Emulator
from ionos_model_hub.settings import BASE_URL_VARIABLE, HUB_URL

OPTION = "--ionos-record"
MARKER = "ionos_recording"


def add_options(parser: pytest.Parser) -> None:
    """Add the command line option of the fixture."""
    parser.addoption(
        OPTION,
        choices=RECORD_MODES,
        default=None,
        help="what the fixture ionos_recording does: none replays (default), once records tests "
        "without recordings, new_episodes records requests without recordings, all records anew",
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
) -> Iterator[Emulator]:
    """An emulator that replays the recordings of the test, or records the hub.

    The environment variables `IONOS_BASE_URL` and `IONOS_API_KEY` are set for it. The recordings
    of a test are in the folder `recordings/MODULE/TEST` beside its module. The option
    `--ionos-record` or the marker `ionos_recording` selects what is recorded.
    """
    options = _options(request)
    mode = cast(RecordMode, options.get("mode") or "none")
    upstream = options.get("upstream") or os.environ.get(BASE_URL_VARIABLE) or HUB_URL
    directory = Path(options.get("directory") or _default_directory(request))
    key = key_from_environment()
    with Emulator(
        record=directory, record_mode=mode, upstream=upstream, replay_timing=False
    ) as emulator:
        monkeypatch.setenv(BASE_URL_VARIABLE, emulator.base_url)
        if key is None:
            monkeypatch.setenv("IONOS_API_KEY", "replay")
        yield emulator


def _options(request: pytest.FixtureRequest) -> dict[str, Any]:
    marker = request.node.get_closest_marker(MARKER)
    options = dict(marker.kwargs) if marker is not None else {}
    mode = request.config.getoption(OPTION, None)
    return {**options, "mode": mode} if mode else options


def _default_directory(request: pytest.FixtureRequest) -> Path:
    name = re.sub(r"[^\w.-]+", "-", request.node.name).strip("-")
    return request.path.parent / "recordings" / request.path.stem / name
