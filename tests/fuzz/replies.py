"""A response whose body arrives in given parts."""

from collections.abc import Iterable, Mapping


class Reply:
    """Implements `ionos_model_hub.transport.http.messages.IncomingResponse`."""

    status = 200

    def __init__(self, parts: Iterable[bytes], headers: Mapping[str, str] | None = None) -> None:
        self.headers = headers or {}
        self.is_closed = False
        self._parts = iter(parts)

    async def read(self) -> bytes | None:
        """Return the next part."""
        return next(self._parts, None)

    async def close(self) -> None:
        """Record that it was closed."""
        self.is_closed = True
