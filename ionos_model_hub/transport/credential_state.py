"""What all clients of one credential share in a process: pace, pause and retry budget."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Protocol
from weakref import WeakValueDictionary

from ionos_model_hub.credentials import Key
from ionos_model_hub.errors import RequestTimeoutError
from ionos_model_hub.policy.deadline import Watch
from ionos_model_hub.policy.rate_limit_headers import UNTOLD, limits_in
from ionos_model_hub.policy.retry import LONGEST_RETRY_AFTER, RetryBudget
from ionos_model_hub.policy.token_bucket import Pace
from ionos_model_hub.settings import Settings
from ionos_model_hub.transport.fork_safety import forget_in_children
from ionos_model_hub.transport.interfaces import IO, Timer

PAUSE_WITHOUT_RETRY_AFTER = 1.0

_CHANCES_TO_BE_ON_TIME = 3

_MOST_KEPT = 128


class Limits(Protocol):
    """The numbers of a contract, as `Settings` has them."""

    @property
    def pace(self) -> float | None:
        """Requests per second, or None for no pace."""

    @property
    def burst(self) -> int:
        """Requests that may go out at once."""

    @property
    def images_per_minute(self) -> float:
        """Pace of images."""


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

    def tune(self, limits: Limits) -> None:
        """Take the pace from `limits`; the latest client's numbers count."""
        numbers = (limits.pace, limits.burst, limits.images_per_minute)
        with self._lock:
            if numbers == self._numbers:
                return
            self._numbers = numbers
            paced = limits.pace is not None
            self._requests = Pace(limits.pace or 1, limits.burst) if paced else None
            # The hub lets twice a minute's images go at once.
            per_minute = limits.images_per_minute
            self._images = Pace(per_minute / 60, max(1, int(2 * per_minute))) if paced else None

    async def turn(self, io: IO, images: int, watch: Watch) -> None:
        """Wait for a turn; raises RequestTimeoutError at once if there is none in time."""
        await self.wait_for_turn(io, images, watch)

    async def wait_for_turn(self, timer: Timer, images: int, watch: Watch) -> None:
        """Wait for one of this lane's own turns."""
        turn = self.take(timer.now(), images)
        if turn <= timer.now():
            return
        try:
            await _wait(timer, turn, watch)
            await self.leave_in_turn(timer, watch)
            while self.is_paused(timer.now()):
                # The pause has used up the turn, not that of the images.
                await _wait(timer, self.take(timer.now(), images=0), watch)
                await self.leave_in_turn(timer, watch)
        except BaseException:
            self.give_back(timer.now(), images)
            raise

    async def leave_in_turn(self, timer: Timer, watch: Watch) -> None:
        """Go one by one with the others whose turn has come, even if the process was too busy."""
        for _ in range(_CHANCES_TO_BE_ON_TIME):
            slot = self.leave(timer.now())
            await _wait(timer, slot, watch)
            if not self.is_late(timer.now(), slot):
                return

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

    def heed(self, headers: Mapping[str, str], asked_at: float) -> None:
        """Slow down where an answer to a request of that moment tells a lower limit."""
        with self._lock:
            if self._requests and (limits := limits_in(headers)) != UNTOLD:
                self._requests.heed(limits, asked_at)

    def is_paused(self, now: float) -> bool:
        """Tell whether a pause is on."""
        with self._lock:
            return self._requests is not None and self._requests.is_paused(now)


async def _wait(timer: Timer, until: float, watch: Watch) -> None:
    """Wait for a moment; refuse at once if it lies past the deadline."""
    if (wait := until - timer.now()) > 0:
        if wait >= watch.seconds_left():
            raise no_turn()
        await timer.sleep(wait)


def no_turn() -> RequestTimeoutError:
    """Return the error for a call whose turn comes after its deadline."""
    error = RequestTimeoutError(
        "The rate limit leaves no turn for this call before its deadline.",
        hint="Raise `deadline`, or send less at once.",
    )
    error.retryable = False
    return error


class Lanes:
    """The lanes in use, and the latest of those that were: clients may be made for each call.

    Args:
        make: Makes the lane of a credential at a base URL.
    """

    def __init__(self, make: Callable[[str], Lane] = lambda _: Lane()) -> None:
        self._make = make
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
            if (lane := self._lanes.get(key)) is None:
                lane = self._lanes[key] = self._make(url)
            self._latest[key] = lane
            self._latest.move_to_end(key)
            if len(self._latest) > _MOST_KEPT:
                self._latest.popitem(last=False)
            return lane


_lanes = Lanes()


def make_lanes_with(make: Callable[[str], Lane]) -> None:
    """Give the clients that this process makes from now on lanes of another kind.

    That is how processes share one limit: their lanes ask a common keeper for each turn.

    Args:
        make: Returns the lane of a credential at a base URL.
    """
    global _lanes
    _lanes = Lanes(make)


def lane_of(settings: Settings) -> Lane:
    """Return the lane that all clients of this credential and server share."""
    key: Key | Callable[..., object] = settings.key
    lane = _lanes.of(settings.url, key.get_secret_value() if isinstance(key, Key) else key)
    lane.tune(settings)
    return lane
