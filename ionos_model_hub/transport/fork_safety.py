"""Forked children start afresh: they use neither connections nor locks of their parent."""

import os
from typing import Protocol
from weakref import WeakSet


class Forkable(Protocol):
    """Holds what must not cross a fork."""

    def after_fork(self) -> None:
        """Forget, in a child process, what belongs to its parent."""


_forkable: WeakSet[Forkable] = WeakSet()
_abandoned: list[object] = []


def forget_in_children(thing: Forkable) -> None:
    """Let `thing.after_fork` run in every process that is forked from this one."""
    _forkable.add(thing)


def abandon(thing: object) -> None:
    """Keep something of the parent's alive in a child; closing it could disturb the parent."""
    _abandoned.append(thing)


def _after_fork() -> None:
    for thing in _forkable:
        thing.after_fork()


if hasattr(os, "register_at_fork"):  # pragma: no branch  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
