"""Find out which server to use."""

import sys

from ionos_model_hub.errors import ConfigurationError
from ionos_model_hub.lazy import require_extra
from ionos_model_hub.settings import SettingsOptions, key_from_environment

_OFFER = (
    "No API key is set in IONOS_API_KEY. The bundled emulator generates answers without a model.\n"
    "Use it? [Y/n] "
)


def connection(use_emulator: bool) -> SettingsOptions:
    """Return the connection arguments for a client.

    Without an API key, the emulator is offered if someone can answer.

    Raises:
        ConfigurationError: There is no API key, and the emulator was declined.
    """
    if use_emulator:
        return _emulator()
    if key_from_environment() is not None:
        return {}
    if sys.stdin.isatty() and sys.stderr.isatty() and _is_accepted():
        return _emulator()
    raise ConfigurationError(
        "No API key was found.",
        hint="Set IONOS_API_KEY, or pass --emulator for answers that are generated without a "
        "model.",
        param="api_key",
    )


def _is_accepted() -> bool:
    print(_OFFER, end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline()
    return answer.endswith("\n") and answer.strip().lower() in ("", "y", "yes")


def _emulator() -> SettingsOptions:
    require_extra("--emulator", "emulator", "jsonschema", "starlette", "uvicorn")
    from ionos_model_hub.emulator.fallback import emulator_connection

    return emulator_connection()
