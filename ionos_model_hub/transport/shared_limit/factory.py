"""Make the rate limiter for the setting `shared_rate_limit`."""

from __future__ import annotations

import threading
from functools import partial
from hashlib import blake2b
from weakref import WeakValueDictionary

from ionos_model_hub.credentials import Key
from ionos_model_hub.settings import Settings
from ionos_model_hub.transport.fork_safety import reset_after_fork
from ionos_model_hub.transport.shared_limit.limiter import SharedRateLimiter
from ionos_model_hub.transport.shared_limit.sqlite_store import sqlite_store
from ionos_model_hub.transport.shared_limit.store import BucketStore, StoreWorker


def shared_rate_limiter(settings: Settings, location: str) -> SharedRateLimiter:
    """Return the rate limiter of a credential.

    Args:
        settings: The settings, which determine the name of the credential in the store.
        location: The value of the setting `shared_rate_limit`.
    """
    store, _, contract = location.partition("#")
    return SharedRateLimiter(_workers.get(store), limit_name(settings, contract))


def limit_name(settings: Settings, contract: str = "") -> str:
    """Return a digest that names a limit, the same in all processes.

    It depends on the base URL and on the contract or, without one, the key. A key that a function
    returns may change at any time, so it is ignored.
    """
    key = settings.key
    secret = key.get_secret_value() if isinstance(key, Key) else ""
    text = f"{settings.url}\n#{contract}" if contract else f"{settings.url}\n{secret}"
    return blake2b(text.encode(), digest_size=16, person=b"ionos-rate-limit").hexdigest()


class WorkerRegistry:
    """The workers in use, one for each store. Safe to use from threads."""

    def __init__(self) -> None:
        self._workers: WeakValueDictionary[str, StoreWorker] = WeakValueDictionary()
        self.after_fork()
        reset_after_fork(self)

    def after_fork(self) -> None:
        """Replace the lock, which another thread of the parent process may hold."""
        self._lock = threading.Lock()

    def get(self, location: str) -> StoreWorker:
        """Return the worker of a store."""
        with self._lock:
            if (worker := self._workers.get(location)) is None:
                worker = self._workers[location] = StoreWorker(partial(open_store, location))
            return worker


def open_store(location: str) -> BucketStore:
    """Return the store of a value of the setting `shared_rate_limit`."""
    if location == "file" or location.startswith("file:"):
        return sqlite_store(location)
    from ionos_model_hub.transport.shared_limit.redis_store import RedisStore

    return RedisStore(location)


_workers = WorkerRegistry()
