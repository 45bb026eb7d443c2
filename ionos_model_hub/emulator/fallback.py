"""Connection arguments for the hub or an emulator, for demos and notebooks that run anywhere."""

import atexit
from functools import cache

from ionos_model_hub.emulator.server import Emulator
from ionos_model_hub.settings import SettingsOptions, key_from_environment


def hub_or_emulator() -> SettingsOptions:
    """Return the connection arguments for clients and models of all three packages.

    If the environment contains an API key, they are empty: clients then connect to the hub.
    Otherwise an emulator is started, which serves until the process ends; further calls return
    the same one. The environment is not changed.

    Raises:
        ConfigurationError: The API key in the environment is malformed.

    Example:
        >>> from ionos_model_hub import Client
        >>> with Client(**hub_or_emulator()) as client:
        ...     client.chat([{"role": "user", "content": "Say exactly: Hallo"}]).text
        'Hallo'
    """
    return {} if key_from_environment() else emulator_connection()


def emulator_connection() -> SettingsOptions:
    """Return the connection arguments for an emulator that serves until the process ends."""
    return {"api_key": "emulator", "base_url": _running_emulator().base_url}


@cache
def _running_emulator() -> Emulator:
    emulator = Emulator()
    emulator.start()
    atexit.register(emulator.stop)
    return emulator
