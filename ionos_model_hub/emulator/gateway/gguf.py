"""A model file served in this process by llama.cpp."""

import os
import secrets
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ionos_model_hub.emulator.gateway.engine import Engine
from ionos_model_hub.lazy import require_extra

if TYPE_CHECKING:
    import xllamacpp

CONTEXT = 8192
"""Context window in tokens, shared by the requests in progress; less if the model has less."""

PARALLEL = 4
"""Number of requests in progress; others wait."""

MAX_TOKENS = 2048
"""Number of tokens after which a response without `max_tokens` ends."""

THREADS = max(1, (os.cpu_count() or 1) // 2)
"""Number of threads; with more, they wait for each other on a busy machine."""

DEFAULT_TEMPERATURE = 0.0
"""For requests without one: small models follow instructions better, and results are the same."""


class GgufServer:
    """llama.cpp's server with one model, on a free port of the loopback interface.

    Args:
        path: Path of the model file.

    Raises:
        FileNotFoundError: The file does not exist.
        ImportError: The extra `local` is not installed.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        if not self._path.is_file():
            raise FileNotFoundError(f"The model file {self._path} does not exist.")
        require_extra("A model file", "local", "xllamacpp")
        self._server: xllamacpp.Server | None = None
        self._lock = threading.Lock()
        self._key = secrets.token_urlsafe(24)

    def start(self) -> Engine:
        """Load the model, unless that was done; return the address of the engine.

        Raises:
            ValueError: The file is not a model that llama.cpp can load.
        """
        with self._lock:
            if self._server is None:
                self._server = self._load()
        return Engine(f"{self._server.listening_address}/v1", self._path.stem, self._key)

    def stop(self) -> None:
        """Stop the server."""
        self._server = None

    def _load(self) -> "xllamacpp.Server":
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(self._path)
        _set(params, self._parameters())
        for group in (params.cpuparams, params.cpuparams_batch):
            _set(group, {"n_threads": THREADS})
        _set(params.sampling, {"temp": DEFAULT_TEMPERATURE})
        try:
            return xllamacpp.Server(params)
        except RuntimeError as error:
            raise ValueError(f"{self._path} cannot be loaded as a model: {error}") from None

    def _parameters(self) -> dict[str, object]:
        """Return parameters of the server."""
        return {
            "model_alias": {self._path.stem},
            "hostnames": ["127.0.0.1"],
            "port": 0,
            "api_keys": [self._key],
            "n_ctx": CONTEXT * PARALLEL,
            "n_parallel": PARALLEL,
            "n_predict": MAX_TOKENS,
            "verbosity": -1,
        }


def _set(target: object, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        setattr(target, name, value)
