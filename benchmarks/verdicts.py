"""The result of a probe.

A probe is a function of a `Peer`. It returns None for "yes" and a reason for "partly". An exception
means "no", except `NotOfferedError`: the package does not offer the feature.
"""

from __future__ import annotations

import re
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
    """Y, P, N, or - if not offered."""

    mark: str
    reason: str = ""


def require(holds: object, reason: str) -> None:
    """Raise ShortfallError unless `holds` is true."""
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
    except Exception as error:  # errors of any class are converted
        raise ShortfallError(f"raises {type(error).__name__}, not {kind.__name__}") from error
    raise ShortfallError("nothing is raised")


def typed_or_partly(call: Callable[[], object]) -> str | None:
    """Return None if the call raises a ModelError, a reason if it deliberately raises another."""
    try:
        result = call()
    except ModelError:
        return None
    except Exception as error:  # errors of any class are converted or described
        if not _is_deliberate(error):
            raise ShortfallError(f"crashes: {_describe(error)}") from error
        return (
            f"{type(error).__module__.partition('.')[0]}.{type(error).__name__}, not a ModelError"
        )
    raise ShortfallError(f"nothing is raised; the result is {str(result)[:60]!r}")


def judge(probe: Probe, peer: Peer) -> Verdict:
    """Run a probe, for at most `SECONDS`."""
    verdicts: list[Verdict] = []
    thread = Thread(target=lambda: verdicts.append(_verdict(probe, peer)), daemon=True)
    thread.start()
    thread.join(SECONDS)
    return verdicts[0] if verdicts else Verdict("N", f"not finished after {SECONDS:.0f} s")


def _verdict(probe: Probe, peer: Peer) -> Verdict:
    try:
        partly = probe(peer)
    except NotOfferedError:
        return Verdict("-")
    except ShortfallError as shortfall:
        return Verdict("N", str(shortfall))
    except Exception as error:  # noqa: BLE001  # any error is a result here
        return Verdict("N", _describe(error))
    return Verdict("P", partly) if partly else Verdict("Y")


def _is_deliberate(error: Exception) -> bool:
    where = extract_tb(error.__traceback__)[-1].line or ""
    return where.startswith("raise")


def _describe(error: Exception) -> str:
    text = " ".join(str(error).split())
    text = re.sub(r"(?<=127\.0\.0\.1:)\d+| at 0x\w+", "…", text)  # equal in each run
    return f"{type(error).__name__}: {text[:110]}"
