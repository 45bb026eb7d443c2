"""Modes of recording and replaying."""

from typing import Literal, get_args

RecordMode = Literal["none", "once", "new_episodes", "all"]
RECORD_MODES: tuple[str, ...] = get_args(RecordMode)
