"""Options that select where responses come from."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

from ionos_model_hub.emulator.backend import Backend
from ionos_model_hub.emulator.gateway.engine import parse_engines
from ionos_model_hub.emulator.gateway.gateway import Gateway
from ionos_model_hub.emulator.gateway.gguf import GgufServer
from ionos_model_hub.emulator.recording.cassette import Cassette
from ionos_model_hub.emulator.recording.files import exchange_files
from ionos_model_hub.emulator.recording.modes import RecordMode


class BackendOptions(TypedDict, total=False):
    """Options of `Emulator`, where they are described."""

    engine: str | Mapping[str, str] | None
    gguf: str | Path | None
    record: str | Path | None
    record_mode: RecordMode
    upstream: str | None
    replay: str | Path | None
    replay_timing: bool


def make_backend(options: BackendOptions) -> Backend | None:
    """Return the backend that the options describe, or None for rule-based responses.

    Raises:
        ValueError: The options contradict each other, or one of them is invalid.
    """
    engine, gguf = options.get("engine"), options.get("gguf")
    record, replay = options.get("record"), options.get("replay")
    groups = [engine is not None or gguf is not None, record is not None, replay is not None]
    if sum(groups) > 1:
        raise ValueError("Pass only one of engine (or gguf), record and replay")
    replay_timing = options.get("replay_timing", True)
    if replay is not None:
        if not exchange_files(Path(replay)):
            raise ValueError(f"The directory {replay} contains no recordings")
        return Cassette(replay, timing=replay_timing)
    if record is not None:
        mode = options.get("record_mode", "all")
        return Cassette(record, mode, options.get("upstream"), timing=replay_timing)
    if options.get("upstream") is not None:
        raise ValueError("upstream is only for record")
    if engine is None and gguf is None:
        return None
    return Gateway(parse_engines(engine or {}), GgufServer(gguf) if gguf is not None else None)
