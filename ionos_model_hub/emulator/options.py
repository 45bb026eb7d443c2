"""Options of an emulator."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Literal, get_args

from ionos_model_hub.emulator.backends import BackendOptions
from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.engine.output_parser import PARSER_NAMES
from ionos_model_hub.emulator.latency import LatencyName
from ionos_model_hub.emulator.profiles import ProfileName, profile_named
from ionos_model_hub.emulator.rate_limiter import RateLimiter
from ionos_model_hub.emulator.script import Reply
from ionos_model_hub.emulator.script_queue import ReplyFunction

ToolParserName = Literal["hermes", "llama3_json", "mistral", "openai", "qwen3_coder"]
ReasoningParserName = Literal["deepseek_r1", "qwen3"]


class EmulatorOptions(BackendOptions, total=False):
    """Options of `Emulator`, where they are described, of `create_app` and of `serve`."""

    profile: ProfileName
    api_key: str | None
    seed: int
    today: date | None
    requests_per_second: float | None
    burst: float | None
    script: Iterable[Reply | ReplyFunction]
    faults: Iterable[Reply | ReplyFunction]
    strict: bool
    control_token: str | None
    context_window: int | None
    tool_parser: ToolParserName | None
    reasoning_parser: ReasoningParserName | None
    latency: LatencyName


def check_options(caller: str, options: Mapping[str, object]) -> None:
    """Check the names of the options passed to `caller`.

    Raises:
        TypeError: An option does not exist; the message names the closest one.
    """
    known = sorted(EmulatorOptions.__annotations__)
    for name in options:
        if name not in known:
            close = difflib.get_close_matches(name, known, 1, 0.7)
            hint = f"Did you mean '{close[0]}'?" if close else f"Options: {', '.join(known)}."
            raise TypeError(f"{caller}() got an unexpected option '{name}'. {hint}")


def server_config(options: EmulatorOptions) -> ServerConfig:
    """Return the configuration of the server.

    Raises:
        ValueError: An option is invalid.
    """
    tool_parser, reasoning_parser = options.get("tool_parser"), options.get("reasoning_parser")
    _check_choice("tool_parser", tool_parser, PARSER_NAMES)
    _check_choice("reasoning_parser", reasoning_parser, get_args(ReasoningParserName))
    window = options.get("context_window")
    if window is not None and (not isinstance(window, int) or window < 1):
        raise ValueError(f"context_window must be a positive integer, got {window!r}")
    return ServerConfig(
        profile=profile_named(options.get("profile", "hub")),
        seed=options.get("seed", 0),
        context_window=window,
        tool_parser=tool_parser,
        reasoning_parser=reasoning_parser,
    )


def rate_limiter(options: EmulatorOptions) -> RateLimiter | None:
    """Return the rate limiter, or None if there is no limit.

    Raises:
        ValueError: An option is invalid.
    """
    rate, burst = options.get("requests_per_second"), options.get("burst")
    if rate is not None:
        return RateLimiter(rate, burst or max(1, 2 * rate))
    if burst is not None:
        raise ValueError("burst needs requests_per_second")
    return None


def fixed_day(options: EmulatorOptions) -> date | None:
    """Return the day that decides which models are retired, or None for the current one.

    Raises:
        ValueError: It is not a date.
    """
    today = options.get("today")
    if today is not None and not isinstance(today, date):
        raise ValueError(f"today must be a datetime.date, got {today!r}")
    return today


def secret(options: EmulatorOptions, name: Literal["api_key", "control_token"]) -> str | None:
    """Return a key or token; an empty one, such as an unset variable, would protect nothing.

    Raises:
        ValueError: It is empty or not a string.
    """
    value = options.get(name)
    if value is not None and not (isinstance(value, str) and value.strip()):
        raise ValueError(f"{name} must be a non-empty string or None")
    return value


def _check_choice(name: str, value: str | None, choices: Sequence[str]) -> None:
    if value is not None and value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, got {value!r}")
