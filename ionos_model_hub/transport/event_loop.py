"""The event loop of asynchronous calls."""

import asyncio

from ionos_model_hub.errors import ConfigurationError


def running_loop() -> asyncio.AbstractEventLoop:
    """Return asyncio's running loop; raises ConfigurationError under trio and without a loop."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        pass
    raise ConfigurationError(
        "Asynchronous calls need asyncio, and no asyncio event loop is running.",
        hint="Start the program with asyncio.run(main()) or anyio.run(main, backend='asyncio'). "
        "In a trio program, run the synchronous methods in a thread.",
    )
