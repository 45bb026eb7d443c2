"""What all clients of one credential share in a process: pace, pause and retry budget."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from weakref import WeakValueDictionary

from ionos_model_hub.forks import forget_in_children
from ionos_model_hub.keys import Key
from ionos_model_hub.policy.pacing import Pace
from ionos_model_hub.policy.retry import LONGEST_RETRY_AFTER, RetryBudget
from ionos_model_hub.settings import Settings

PAUSE_WITHOUT_RETRY_AFTER = 1.0

_MOST_KEPT = 128


class Lane:
    """The turns of one contract. Safe to use from any thread.

    Attributes:
        budget: What may be spent on retries.
        refuses_usage: Whether the server refused `stream_options`, so that they are left out.
    """

    def __init__(self) -> None:
        self.budget = RetryBudget()
        self.refuses_usage = False
        self._lock = threading.Lock()
        self._numbers: tuple[float | None, int, float] | None = None
        self._requests: Pace | None = None
        self._images: Pace | None = None
        forget_in_children(self)

    def after_fork(self) -> None:
        """Do without a lock that another thread of the parent may hold."""
        self._lock = threading.Lock()

    def tune(self, settings: Settings) -> None:
        """Take the pace from `settings`; the latest client's numbers count."""
        numbers = (settings.pace, settings.burst, settings.images_per_minute)
        with self._lock:
            if numbers == self._numbers:
                return
            self._numbers = numbers
            paced = settings.pace is not None
            self._requests = Pace(settings.pace or 1, settings.burst) if paced else None
            # The hub lets twice a minute's images go at once.
            per_minute = settings.images_per_minute
            self._images = Pace(per_minute / 60, max(1, int(2 * per_minute))) if paced else None

    def take(self, now: float, images: int) -> float:
        """Take a turn; return the moment from which it may be used."""
        with self._lock:
            turn = self._requests.take(now) if self._requests else now
            return max(turn, self._images.take(now, images)) if images and self._images else turn

    def leave(self, now: float) -> float:
        """Return when a call may go that has waited until its turn; see `Pace.leave`."""
        with self._lock:
            return self._requests.leave(now) if self._requests else now

    def is_late(self, now: float, slot: float) -> bool:
        """Tell whether a call missed the moment that `leave` gave it."""
        with self._lock:
            return self._requests is not None and self._requests.is_late(now, slot)

    def give_back(self, now: float, images: int) -> None:
        """Return a turn that was not used."""
        with self._lock:
            if self._requests:
                self._requests.give_back(now)
            if images and self._images:
                self._images.give_back(now, images)

    def pause(self, now: float, retry_after: float | None) -> None:
        """Let nobody go for a while, because the hub said so to one."""
        seconds = PAUSE_WITHOUT_RETRY_AFTER if retry_after is None else retry_after
        with self._lock:
            if self._requests:
                self._requests.pause(now, min(seconds, LONGEST_RETRY_AFTER))

    def is_paused(self, now: float) -> bool:
        """Tell whether a pause is on."""
        with self._lock:
            return self._requests is not None and self._requests.is_paused(now)


class Lanes:
    """The lanes in use, and the latest of those that were: clients may be made for each call."""

    def __init__(self) -> None:
        self._lanes: WeakValueDictionary[tuple[str, object], Lane] = WeakValueDictionary()
        self._latest: OrderedDict[tuple[str, object], Lane] = OrderedDict()
        self._lock = threading.Lock()
        forget_in_children(self)

    def after_fork(self) -> None:
        """Use a lock of its own in a child process."""
        self._lock = threading.Lock()

    def of(self, url: str, credential: object) -> Lane:
        """Return the lane of a credential at a server."""
        key = (url, credential)
        with self._lock:
            lane = self._latest[key] = self._lanes.setdefault(key, Lane())
            self._latest.move_to_end(key)
            if len(self._latest) > _MOST_KEPT:
                self._latest.popitem(last=False)
            return lane


_lanes = Lanes()


def lane_of(settings: Settings) -> Lane:
    """Return the lane that all clients of this credential and server share."""
    key: Key | Callable[..., object] = settings.key
    lane = _lanes.of(settings.url, key.get_secret_value() if isinstance(key, Key) else key)
    lane.tune(settings)
    return lane
