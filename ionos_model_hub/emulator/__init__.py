"""A local IONOS AI Model Hub for development and tests, without a token.

It has the endpoints, the request checks, the error bodies and the known quirks of the hub.

Example:
    >>> with Emulator() as emulator:
    ...     emulator.requests
    []
"""

from ionos_model_hub.lazy import require_extra

require_extra("The emulator", "emulator", "starlette", "uvicorn", "jsonschema", "yaml")

from ionos_model_hub.emulator.app import create_app
from ionos_model_hub.emulator.fallback import hub_or_emulator
from ionos_model_hub.emulator.ocr.rendering import render_document, render_page
from ionos_model_hub.emulator.recorded import RecordedRequest
from ionos_model_hub.emulator.script import Call, Reply
from ionos_model_hub.emulator.script_file import load_script
from ionos_model_hub.emulator.server import Emulator, serve

__all__ = [
    "Call",
    "Emulator",
    "RecordedRequest",
    "Reply",
    "create_app",
    "hub_or_emulator",
    "load_script",
    "render_document",
    "render_page",
    "serve",
]
