"""State that all clients of one credential share in a process."""

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from weakref import WeakValueDictionary

from ionos_model_hub.credentials import Key
from ionos_model_hub.policy.retry import RetryBudget
from ionos_model_hub.settings import Settings
from ionos_model_hub.transport.fork_safety import reset_after_fork
from ionos_model_hub.transport.rate_limiter import LocalRateLimiter, RateLimiter, RateLimits

MAX_UNUSED_STATES = 128
"""Number of states that are kept without a client: some programs create a client per call."""

LimiterFactory = Callable[[Settings], RateLimiter]
"""Returns a new rate limiter for the credential and the base URL of some settings."""


@dataclass(slots=True)
class ServerCapabilities:
    """Properties of a server that its responses have shown.

    Attributes:
        rejects_stream_options: Whether the server rejected `stream_options`.
    """

    rejects_stream_options: bool = False


@dataclass(eq=False)
class CredentialState:
    """The state of one credential at one base URL.

    Attributes:
        rate_limiter: Delays requests.
        retry_budget: Limits retries during an outage.
        server: Properties of the server.
    """

    rate_limiter: RateLimiter
    retry_budget: RetryBudget = field(default_factory=RetryBudget)
    server: ServerCapabilities = field(default_factory=ServerCapabilities)


class CredentialRegistry:
    """The states of the credentials in use, and of those used last. Safe to use from threads.

    A state is found by a salted digest of the base URL, the key and the place where the rate limit
    is shared. A function that returns the key replaces the key. No key is stored.
    """

    def __init__(self) -> None:
        self._salt = os.urandom(16)
        self._lock = threading.Lock()
        self.reset()
        reset_after_fork(self)

    def reset(self) -> None:
        """Forget all states and use the default rate limiter again."""
        self.use_limiter_factory(_default_limiter)

    def use_limiter_factory(self, make_limiter: LimiterFactory) -> None:
        """Create the rate limiters of all clients made from now on with `make_limiter`.

        This lets several processes share one rate limit.
        """
        with self._lock:
            self._make_limiter = make_limiter
            self._states: WeakValueDictionary[object, CredentialState] = WeakValueDictionary()
            self._recent: OrderedDict[object, CredentialState] = OrderedDict()

    def get(self, settings: Settings) -> CredentialState:
        """Return the state of a credential; its rate limiter uses the limits of `settings`."""
        identity = self._identity(settings)
        with self._lock:
            if (state := self._states.get(identity)) is None:
                state = CredentialState(self._make_limiter(settings))
                self._states[identity] = state
            self._recent[identity] = state
            self._recent.move_to_end(identity)
            if len(self._recent) > MAX_UNUSED_STATES:
                self._recent.popitem(last=False)
        limits = RateLimits(
            settings.rate_limit,
            settings.burst,
            settings.images_per_minute,
            follows_server=settings.requests_per_second == "auto",
        )
        state.rate_limiter.configure(limits)
        return state

    def after_fork(self) -> None:
        """Replace the lock, which another thread of the parent process may hold."""
        self._lock = threading.Lock()

    def _identity(self, settings: Settings) -> object:
        key = settings.key
        if not isinstance(key, Key):
            return settings.url, key, settings.shared_rate_limit
        text = f"{settings.url}\n{key.get_secret_value()}\n{settings.shared_rate_limit}"
        return blake2b(text.encode(), key=self._salt, digest_size=16).digest()


def _default_limiter(settings: Settings) -> RateLimiter:
    if settings.shared_rate_limit is None:
        return LocalRateLimiter()
    from ionos_model_hub.transport.shared_limit.factory import shared_rate_limiter

    return shared_rate_limiter(settings, settings.shared_rate_limit)


registry = CredentialRegistry()
"""The states of this process."""


def credential_state(settings: Settings) -> CredentialState:
    """Return the state that all clients of this credential and base URL share."""
    return registry.get(settings)
