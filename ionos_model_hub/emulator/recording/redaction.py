"""Remove API keys from recordings."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ionos_model_hub.emulator.recorded import KEY_HEADERS

MASK = "***"

# JSON Web Tokens, which the hub's tokens are, and keys of other providers.
_TOKENS = re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|\bsk-[\w-]{16,}")
_SECRET_FIELDS = frozenset(
    {"api_key", "apikey", "api-key", "authorization", "access_token", "password", "secret"}
)
_SHORTEST_SECRET = 8  # shorter ones, such as "any", are not secret but parts of words


def secrets_in(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the keys that the headers of a request contain."""
    values = (headers.get(name, "").rpartition(" ")[2] for name in KEY_HEADERS)
    return tuple(value for value in values if len(value) >= _SHORTEST_SECRET)


class Redactor:
    """Replaces keys by `***`.

    Args:
        secrets: Texts to replace, in addition to everything that looks like a key.

    Example:
        >>> Redactor(["my-key"]).value({"note": "my-key is it", "password": "x"})
        {'note': '*** is it', 'password': '***'}
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = "|".join(re.escape(secret) for secret in sorted(secrets, key=len, reverse=True))
        self._pattern = re.compile(f"{known}|{_TOKENS.pattern}") if known else _TOKENS

    def text(self, text: str) -> str:
        """Return a text without keys."""
        return self._pattern.sub(MASK, text)

    def value(self, value: Any) -> Any:
        """Return a JSON value without keys."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {self.text(name): self.field(name, item) for name, item in value.items()}
        return value

    def field(self, name: str, value: Any) -> Any:
        """Return the value of a field without keys."""
        is_secret = name.lower() in _SECRET_FIELDS and isinstance(value, str) and value
        return MASK if is_secret else self.value(value)

    def stream(self, events: Sequence[Any]) -> list[Any]:
        """Return the JSON values of a stream without keys, even if a key spans several events."""
        cleaned = [self.value(event) for event in events]
        texts: dict[tuple[object, ...], list[int]] = {}
        for number, event in enumerate(cleaned):
            for path in _text_paths(event, ()):
                texts.setdefault(path, []).append(number)
        for path, numbers in texts.items():
            pieces = [_at(cleaned[number], path) for number in numbers]
            for number, old, new in zip(numbers, pieces, self._mask(pieces), strict=True):
                if new != old:
                    _at(cleaned[number], path[:-1])[path[-1]] = new
        return cleaned

    def _mask(self, pieces: list[str]) -> list[str]:
        """Return pieces of a text without the keys in the joined text."""
        masked = list(pieces)
        for match in reversed(list(self._pattern.finditer("".join(pieces)))):
            end = sum(map(len, pieces))
            for number in range(len(pieces) - 1, -1, -1):
                start = end - len(pieces[number])
                first, last = max(match.start(), start), min(match.end(), end)
                if first < last:
                    mask = MASK if first == match.start() else ""
                    text = masked[number]
                    masked[number] = text[: first - start] + mask + text[last - start :]
                end = start
        return masked


def _text_paths(value: Any, path: tuple[object, ...]) -> Iterable[tuple[object, ...]]:
    if isinstance(value, str):
        yield path
    elif isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _text_paths(item, (*path, key))


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value
