"""The order in which the addresses of a server are tried."""

from __future__ import annotations

import threading
from collections.abc import Sequence

Address = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
"""The argument of `socket.connect`."""

AddressInfo = tuple[int, int, int, str, Address]
"""An item of the list that `getaddrinfo` returns."""

Server = tuple[str, int]
"""Host and port."""

MAX_SERVERS = 256


class WorkingAddresses:
    """Remembers the address of a server that worked when earlier ones did not.

    So a dead address delays only the first connection. Servers whose first address works are not
    remembered, which leaves the distribution of load to the name service. Safe to use from threads.
    """

    def __init__(self) -> None:
        self._by_server: dict[Server, Address] = {}
        self._lock = threading.Lock()

    def order(self, server: Server, addresses: Sequence[AddressInfo]) -> list[AddressInfo]:
        """Return the addresses of a server, the remembered one first."""
        remembered = self._by_server.get(server)
        return sorted(addresses, key=lambda info: info[-1] != remembered)

    def record(self, server: Server, addresses: Sequence[AddressInfo], working: Address) -> None:
        """Remember the address that worked, unless it was the first of those in `addresses`."""
        if not addresses or addresses[0][-1] == working:
            return
        with self._lock:
            self._by_server.pop(server, None)
            self._by_server[server] = working
            if len(self._by_server) > MAX_SERVERS:
                del self._by_server[next(iter(self._by_server))]

    def clear(self) -> None:
        """Forget all addresses."""
        with self._lock:
            self._by_server.clear()


working_addresses = WorkingAddresses()
"""The addresses that all clients of the process have found to work."""
