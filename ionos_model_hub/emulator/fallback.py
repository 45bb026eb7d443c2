"""The hub if there is a key, or else an emulator: for demos and notebooks that run anywhere."""

import atexit
from functools import cache

from ionos_model_hub.emulator.server import Emulator
from ionos_model_hub.settings import SettingsOptions, key_from_environment


def hub_or_emulator() -> SettingsOptions:
    """Return the connection arguments for clients and models of all three packages.

    There are none if the environment holds a key, because then the hub is found without. If it
    holds none, an emulator is started, which serves until the process ends; further calls
    return the same one. The environment stays as it is.

    Raises:
        ConfigurationError: The key in the environment cannot be one.

    Example:
        >>> from ionos_model_hub import Client
        >>> with Client(**hub_or_emulator()) as client:
        ...     client.chat([{"role": "user", "content": "Say exactly: Hallo"}]).text
        'Hallo'
    """
    if key_from_environment():
        return {}
    return {"api_key": "emulator", "base_url": _running_emulator().base_url}


@cache
def _running_emulator() -> Emulator:
    emulator = Emulator()
    emulator.start()
    atexit.register(emulator.stop)
    return emulator
