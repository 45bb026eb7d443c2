"""An answer of the hub whose body comes in given pieces."""

from collections.abc import Iterable, Mapping


class Reply:
    """Fulfils `ionos_model_hub.transport.interfaces.Reply`."""

    status = 200

    def __init__(self, pieces: Iterable[bytes], headers: Mapping[str, str] | None = None) -> None:
        self.headers = headers or {}
        self.is_closed = False
        self._pieces = iter(pieces)

    async def read(self) -> bytes | None:
        """Return the next piece."""
        return next(self._pieces, None)

    async def close(self) -> None:
        """Note that it was let go."""
        self.is_closed = True
