"""A local IONOS AI Model Hub for development and tests, without a token.

It has the endpoints, the request checks, the error bodies and the known quirks of the hub.

Its pytest fixtures are in `ionos_model_hub.emulator.pytest_plugin`. All names are loaded on first
use, so that pytest can load the fixtures quickly, and without the extra `emulator`.

Example:
    >>> from ionos_model_hub.emulator import Emulator
    >>> with Emulator() as emulator:
    ...     emulator.requests
    []
"""

from typing import TYPE_CHECKING

from ionos_model_hub.lazy import lazy_getattr, require_extra

if TYPE_CHECKING:
    from ionos_model_hub.emulator.app import create_app
    from ionos_model_hub.emulator.fallback import hub_or_emulator
    from ionos_model_hub.emulator.ocr.rendering import render_document, render_page
    from ionos_model_hub.emulator.recorded import (
        RecordedChat,
        RecordedCompletion,
        RecordedEmbedding,
        RecordedImage,
        RecordedRequest,
        RecordedRerank,
    )
    from ionos_model_hub.emulator.recorded_response import RecordedChunk, RecordedResponse
    from ionos_model_hub.emulator.request_list import RequestList
    from ionos_model_hub.emulator.script import Call, Reply
    from ionos_model_hub.emulator.script_file import ScriptError, load_script
    from ionos_model_hub.emulator.server import Emulator, serve

_MODULES = {
    "Call": "script",
    "Emulator": "server",
    "RecordedChat": "recorded",
    "RecordedChunk": "recorded_response",
    "RecordedCompletion": "recorded",
    "RecordedEmbedding": "recorded",
    "RecordedImage": "recorded",
    "RecordedRequest": "recorded",
    "RecordedRerank": "recorded",
    "RecordedResponse": "recorded_response",
    "Reply": "script",
    "RequestList": "request_list",
    "ScriptError": "script_file",
    "create_app": "app",
    "hub_or_emulator": "fallback",
    "load_script": "script_file",
    "render_document": "ocr.rendering",
    "render_page": "ocr.rendering",
    "serve": "server",
}

__all__ = [
    "Call",
    "Emulator",
    "RecordedChat",
    "RecordedChunk",
    "RecordedCompletion",
    "RecordedEmbedding",
    "RecordedImage",
    "RecordedRequest",
    "RecordedRerank",
    "RecordedResponse",
    "Reply",
    "RequestList",
    "ScriptError",
    "create_app",
    "hub_or_emulator",
    "load_script",
    "render_document",
    "render_page",
    "serve",
]

_load = lazy_getattr(__name__, _MODULES)


def _load_with_extra(name: str) -> object:
    if name in _MODULES:
        require_extra("The emulator", "emulator", "starlette", "uvicorn", "jsonschema", "yaml")
    return _load(name)


__getattr__ = _load_with_extra


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
