"""Replace tool names that the API rejects, and restore them in responses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from itertools import count

from ionos_model_hub.errors import InvalidRequestError

MAX_NAME_LENGTH = 64

_LEGAL = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ILLEGAL = re.compile(r"[^A-Za-z0-9_-]")
_HASH_LENGTH = 8


@dataclass(frozen=True, slots=True)
class ToolNames:
    """The names of the tools of one request, and the names sent for them.

    A legal name is sent unchanged. In others, each illegal character is replaced by `_`; if the
    result is too long or the name of another tool, it ends in a hash of the original. The names
    depend only on the set of tools, not on their order or the process.

    Example:
        >>> names = ToolNames.of(["search", "Wetter für morgen"])
        >>> names.to_wire("Wetter für morgen")
        'Wetter_f_r_morgen'
        >>> names.from_wire("Wetter_f_r_morgen")
        'Wetter für morgen'
    """

    _wire: Mapping[str, str] = field(default_factory=dict)
    _original: Mapping[str, str] = field(default_factory=dict)
    _sent: frozenset[str] = frozenset()

    @classmethod
    def of(cls, names: Iterable[str]) -> ToolNames:
        """Return the names for the tools of a request.

        Raises:
            InvalidRequestError: A name is empty, not a string, or duplicated.
        """
        seen: set[str] = set()
        for name in names:
            seen.add(_checked(name, seen))
        illegal = [name for name in seen if not _LEGAL.fullmatch(name)]
        return cls._with_aliases(seen, illegal)

    @classmethod
    def _with_aliases(cls, names: set[str], illegal: list[str]) -> ToolNames:
        aliases = Counter(_replace_illegal(name) for name in illegal)
        taken = names | {alias for alias, count_ in aliases.items() if count_ > 1}
        wire: dict[str, str] = {}
        for name in sorted(illegal):
            wire[name] = _alias(name, taken)
            taken.add(wire[name])
        original = {alias: name for name, alias in wire.items()}
        return cls(wire, original, frozenset(names.difference(illegal).union(original)))

    def to_wire(self, name: str) -> str:
        """Return the name to send for `name`, which need not be one of the tools."""
        if alias := self._wire.get(name):
            return alias
        if _LEGAL.fullmatch(name) and name not in self._original:
            return name
        return _alias(name, self._sent)

    def from_wire(self, name: str) -> str:
        """Return the tool whose name was sent as `name`, or `name` itself if there is none."""
        return self._original.get(name, name)


def _checked(name: str, seen: Container[str]) -> str:
    if not isinstance(name, str) or not name:
        raise InvalidRequestError(
            f"A tool has the name {name!r}.", param="tools", hint="Give it a non-empty string."
        )
    if name in seen:
        raise InvalidRequestError(
            f"Two tools have the name {name!r}.", param="tools", hint="Rename one of them."
        )
    return name


def _replace_illegal(name: str) -> str:
    return _ILLEGAL.sub("_", name)


def _alias(name: str, taken: Container[str]) -> str:
    """Return the first legal name for `name` that is not taken."""
    return next(alias for alias in _candidates(name) if alias not in taken)


def _candidates(name: str) -> Iterator[str]:
    """Yield legal names for `name`, the most readable first, without end."""
    plain = _replace_illegal(name)
    if 0 < len(plain) <= MAX_NAME_LENGTH:
        yield plain
    yield from map(partial(_hashed, name), count())


def _hashed(name: str, attempt: int) -> str:
    digest = sha256(f"{attempt}/{name}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"{_replace_illegal(name)[: MAX_NAME_LENGTH - _HASH_LENGTH - 1]}_{digest[:_HASH_LENGTH]}"
