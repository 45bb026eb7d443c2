"""Forked child processes use neither the connections nor the locks of their parent."""

import os
from typing import Protocol
from weakref import WeakSet


class Forkable(Protocol):
    """An object with state that a forked child process must replace."""

    def after_fork(self) -> None:
        """Replace the parent's state. Called in the child process."""


_forkable: WeakSet[Forkable] = WeakSet()
_abandoned: list[object] = []


def reset_after_fork(obj: Forkable) -> None:
    """Call `obj.after_fork` in every process that is forked from this one."""
    _forkable.add(obj)


def abandon(obj: object) -> None:
    """Keep an object of the parent process alive, because closing it could disturb the parent."""
    _abandoned.append(obj)


def _after_fork() -> None:
    for obj in _forkable:
        obj.after_fork()


if hasattr(os, "register_at_fork"):  # pragma: no branch  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
