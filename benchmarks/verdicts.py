"""How a probe tells what it saw.

A probe is a function of a `Peer`. It returns None for "yes" and a reason for "partly";
whatever it raises means "no", and `NotOfferedError` that there is nothing to probe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from traceback import extract_tb

from langchain_core.exceptions import ModelError
from peers import NotOfferedError, Peer

Probe = Callable[[Peer], str | None]
SECONDS = 25.0


class ShortfallError(Exception):
    """The package does not do it."""


@dataclass(frozen=True)
class Verdict:
    """Y, P, N, or - where there is nothing to probe."""

    mark: str
    reason: str = ""


def require(holds: object, reason: str) -> None:
    """Raise ShortfallError unless it holds."""
    if not holds:
        raise ShortfallError(reason)


@contextmanager
def raises(kind: type[Exception]) -> Iterator[None]:
    """Raise ShortfallError unless the block raises an error of that kind."""
    try:
        yield
    except kind:
        return
    except NotOfferedError:
        raise
    except Exception as error:
        raise ShortfallError(f"raises {type(error).__name__}, no {kind.__name__}") from error
    raise ShortfallError("nothing is raised")


def typed_or_partly(call: Callable[[], object]) -> str | None:
    """Return None if the call raises a ModelError, a reason if it raises another on purpose."""
    try:
        answer = call()
    except ModelError:
        return None
    except Exception as error:
        if not _is_deliberate(error):
            raise ShortfallError(f"crashes: {_told(error)}") from error
        return f"{type(error).__module__.partition('.')[0]}.{type(error).__name__}, no ModelError"
    raise ShortfallError(f"nothing is raised; the answer is {str(answer)[:60]!r}")


def judge(probe: Probe, peer: Peer) -> Verdict:
    """Run a probe, for at most `SECONDS`."""
    found: list[Verdict] = []
    thread = Thread(target=lambda: found.append(_verdict(probe, peer)), daemon=True)
    thread.start()
    thread.join(SECONDS)
    return found[0] if found else Verdict("N", f"no end after {SECONDS:.0f} s")


def _verdict(probe: Probe, peer: Peer) -> Verdict:
    try:
        partly = probe(peer)
    except NotOfferedError:
        return Verdict("-")
    except ShortfallError as shortfall:
        return Verdict("N", str(shortfall))
    except Exception as error:  # noqa: BLE001  # any error is a result here
        return Verdict("N", _told(error))
    return Verdict("P", partly) if partly else Verdict("Y")


def _is_deliberate(error: Exception) -> bool:
    where = extract_tb(error.__traceback__)[-1].line or ""
    return where.startswith("raise")


def _told(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:110]}"
