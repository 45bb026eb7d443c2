"""A local IONOS AI Model Hub: the same contract, errors and quirks, without a token.

Example:
    >>> with Emulator() as hub:
    ...     hub.requests
    []
"""

try:
    import jsonschema  # noqa: F401 - only to tell what is missing
    import starlette  # noqa: F401
    import uvicorn  # noqa: F401
except ImportError as missing:
    raise ImportError(
        f'The emulator needs {missing.name}: pip install "ionos-model-hub[emulator]"'
    ) from missing

from ionos_model_hub.emulator.app import create_app
from ionos_model_hub.emulator.script import RecordedRequest, Reply
from ionos_model_hub.emulator.server import Emulator, serve

__all__ = ["Emulator", "RecordedRequest", "Reply", "create_app", "serve"]
