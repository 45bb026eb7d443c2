"""API keys: checked on entry, never shown, never pickled."""

import base64
import os
import re
import time
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from inspect import isawaitable
from urllib.parse import quote
from weakref import WeakValueDictionary

from pydantic import SecretStr
from pydantic_core import from_json

from ionos_model_hub.errors import ConfigurationError

KeySource = SecretStr | str | Callable[[], str | Awaitable[str]]

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TOKEN_MANAGER = (
    "Make one in the DCD under Management > Token Manager, and set it as IONOS_API_KEY."  # noqa: S105  # a hint, no secret
)

_SHORTEST_SCRUBBED = 8

_salt = os.urandom(32)
_known: WeakValueDictionary[int, "Key"] = WeakValueDictionary()
_pickled: dict[str, "Key"] = {}


class Key(SecretStr):
    """An API key that shows itself as `**********`.

    A pickle holds only a reference, which is good in this process and its forks. Elsewhere,
    for instance in a spawned worker, the key is looked up in the environment again; without one
    there, unpickling still works, and the first request tells.

    Raises:
        ConfigurationError: The text cannot be a key. The text itself is not told.

    Example:
        >>> print(Key(" eyJ0eXAi.eyJzdWIi.c2ln "))
        **********
    """

    def __init__(self, secret_value: str) -> None:
        super().__init__(_checked(secret_value))
        _known[id(self)] = self

    def __reduce__(self) -> tuple[object, ...]:
        reference = self._reference()
        _pickled.setdefault(reference, self)
        return _recall, (reference,)

    def _reference(self) -> str:
        """Return a name of the key, from a salt that only this process and its forks have."""
        return blake2b(self.get_secret_value().encode(), key=_salt, digest_size=16).hexdigest()

    def __deepcopy__(self, memo: dict[int, object]) -> "Key":
        return self

    def scrub(self, text: str) -> str:
        """Return `text` with the key blotted out, also in its URL-encoded and base64 forms.

        A key of fewer than 8 characters is none of the hub's, and would spoil ordinary words.
        """
        secret = self.get_secret_value()
        if len(secret) < _SHORTEST_SCRUBBED:
            return text
        encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
        for form in (secret, quote(secret, safe=""), encoded):
            text = text.replace(form, "***")
        return text


def _recall(reference: str) -> Key:
    # Never raises: an exception while a worker unpickles its task can hang a whole pool.
    from ionos_model_hub.settings import key_from_environment

    try:
        return _here(reference) or key_from_environment() or _Lost(_DID_NOT_TRAVEL)
    except ConfigurationError as error:
        return _Lost(error)


def _here(reference: str) -> Key | None:
    """Return a key of this process; a fork may know it without ever having pickled it."""
    if reference in _pickled:
        return _pickled[reference]
    return next((key for key in list(_known.values()) if key._reference() == reference), None)


_DID_NOT_TRAVEL = ConfigurationError(
    "This process found no API key: keys do not travel in pickles to worker processes.",
    hint="Set IONOS_API_KEY in the environment of the workers.",
    param="api_key",
)


class _Lost(Key):
    """Stands for a key that did not arrive; says why when it is needed."""

    def __init__(self, reason: ConfigurationError) -> None:
        SecretStr.__init__(self, "")
        self._reason = reason

    def get_secret_value(self) -> str:
        raise self._reason

    def __reduce__(self) -> tuple[object, ...]:
        return _Lost, (self._reason,)


def as_key(source: KeySource) -> Key | Callable[[], str | Awaitable[str]]:
    """Return a checked key, or the function that will be asked for one at each request."""
    if isinstance(source, Key) or callable(source):
        return source
    return Key(source.get_secret_value() if isinstance(source, SecretStr) else source)


async def current_key(source: Key | Callable[[], str | Awaitable[str]]) -> Key:
    """Return the key for the next request, asking the function if `source` is one."""
    if isinstance(source, Key):
        return source
    told = source()
    secret = await told if isawaitable(told) else told
    if isinstance(secret, SecretStr):
        secret = secret.get_secret_value()
    return Key(secret)


def _checked(secret: str) -> str:
    if not isinstance(secret, str):
        raise ConfigurationError("api_key is not a string.", hint=_TOKEN_MANAGER, param="api_key")
    secret = f"{secret.strip()} ".removeprefix("Bearer ").strip()
    if not secret:
        raise ConfigurationError("api_key is empty.", hint=_TOKEN_MANAGER, param="api_key")
    if not (secret.isascii() and secret.isprintable() and " " not in secret):
        raise ConfigurationError(
            "api_key holds blanks, line breaks or other characters that no token has.",
            hint="Long tokens break easily when pasted; copy it again, in one line.",
            param="api_key",
        )
    if _UUID.fullmatch(secret):
        raise ConfigurationError(
            "api_key is the id of a token, not the token.",
            hint="The token starts with 'eyJ' and is shown once, when it is made. "
            + _TOKEN_MANAGER,
            param="api_key",
        )
    if (expiry := expires_at(secret)) and expiry < time.time():
        when = time.strftime("%Y-%m-%d", time.gmtime(max(expiry, 0)))
        raise ConfigurationError(
            f"api_key has expired, on {when}.", hint=_TOKEN_MANAGER, param="api_key"
        )
    return secret


def expires_at(secret: str) -> float | None:
    """Return when a JWT ends, as Unix time in seconds, or None where it does not say."""
    try:
        payload = secret.split(".")[1]
        claims = from_json(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return float(claims["exp"])
    except (IndexError, KeyError, TypeError, ValueError):
        return None
