"""A local IONOS AI Model Hub for development and tests, without a token.

It has the endpoints, the request checks, the error bodies and the known quirks of the hub.

Example:
    >>> with Emulator() as emulator:
    ...     emulator.requests
    []
"""

try:
    import jsonschema  # noqa: F401 - imported only to report a missing extra
    import starlette  # noqa: F401
    import uvicorn  # noqa: F401
except ImportError as missing:
    raise ImportError(
        f'The emulator needs {missing.name}: pip install "ionos-model-hub[emulator]"'
    ) from missing

from ionos_model_hub.emulator.app import create_app
from ionos_model_hub.emulator.fallback import hub_or_emulator
from ionos_model_hub.emulator.recorded import RecordedRequest
from ionos_model_hub.emulator.script import Call, Reply
from ionos_model_hub.emulator.server import Emulator, serve

__all__ = ["Call", "Emulator", "RecordedRequest", "Reply", "create_app", "hub_or_emulator", "serve"]
