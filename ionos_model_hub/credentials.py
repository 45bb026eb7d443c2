"""API keys: checked when they are passed in, never shown, never pickled."""

import base64
import os
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from functools import cached_property
from hashlib import blake2b
from urllib.parse import quote
from weakref import WeakValueDictionary

from pydantic import SecretStr
from pydantic_core import from_json

from ionos_model_hub.errors import ConfigurationError

KEY_VARIABLES = ("IONOS_API_KEY", "IONOS_API_TOKEN", "IONOS_TOKEN")
"""Environment variables of the API key, in order of precedence."""

KeySource = SecretStr | str | Callable[[], str | Awaitable[str]]

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DNS_KEY = re.compile(r"[0-9a-f]{32}\.[A-Za-z0-9_-]{32,}")
_TOKEN_MANAGER = (
    "Create one in the DCD under Management > Token Manager, and set it as IONOS_API_KEY."  # noqa: S105  # a hint, no secret
)

_QUOTES = "'\""
_MIN_SCRUBBED_LENGTH = 8
_MAX_PICKLED_KEYS = 64
_PLACEHOLDER = "*" * 10

_salt = os.urandom(32)
_pad = os.urandom(64)
_keys: WeakValueDictionary[int, "Key"] = WeakValueDictionary()
_pickled_keys: OrderedDict[str, "Key"] = OrderedDict()


class Key(SecretStr):
    """An API key whose string representation is `**********`.

    A pickle contains only a digest, from which this process and its forks can restore the key.
    Other processes, for instance spawned workers, read the key from their environment. If it is
    not set there, unpickling succeeds and the first request fails with an explanation.

    In memory the key is masked, so that it does not show up in heap dumps and object inspectors.

    Raises:
        ConfigurationError: The text cannot be a key. The error does not contain the text.

    Example:
        >>> print(Key(" eyJ0eXAi.eyJzdWIi.c2ln "))
        **********
    """

    def __init__(self, secret_value: str) -> None:
        super().__init__(_PLACEHOLDER)
        self._masked = _mask(_checked(secret_value).encode())
        _keys[id(self)] = self

    def get_secret_value(self) -> str:
        """Return the key in clear text."""
        return _mask(self._masked).decode()

    def __len__(self) -> int:
        return len(self._masked)

    @cached_property
    def digest(self) -> str:
        """A digest of the key, salted for this process and its forks."""
        secret = self.get_secret_value().encode()
        return blake2b(secret, key=_salt, digest_size=16).hexdigest()

    def __reduce__(self) -> tuple[object, ...]:
        _pickled_keys[self.digest] = self
        _pickled_keys.move_to_end(self.digest)
        if len(_pickled_keys) > _MAX_PICKLED_KEYS:
            _pickled_keys.popitem(last=False)
        return _restore, (self.digest,)

    def __copy__(self) -> "Key":
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> "Key":
        return self

    def scrub(self, text: str) -> str:
        """Return `text` without the key, including its URL-encoded and base64 forms.

        Keys of fewer than 8 characters are left in place: they are not tokens of the hub, and
        could be part of ordinary words.
        """
        secret = self.get_secret_value()
        if len(secret) < _MIN_SCRUBBED_LENGTH:
            return text
        encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
        for form in (secret, quote(secret, safe=""), encoded):
            text = text.replace(form, "***")
        return text


def _mask(data: bytes) -> bytes:
    """Mask a key, or unmask it: applied twice, the function returns its argument."""
    size = len(data)
    pad = (_pad * (size // len(_pad) + 1))[:size]
    return (int.from_bytes(data) ^ int.from_bytes(pad)).to_bytes(size)


def _restore(digest: str) -> Key:
    # Never raises: an exception while a worker unpickles its task can block the entire pool.
    try:
        return _known_key(digest) or key_from_environment() or _MissingKey(_not_pickled())
    except ConfigurationError as error:
        return _MissingKey(error)


def _known_key(digest: str) -> Key | None:
    """Return a key of this process; a fork may have a key that it has never pickled."""
    if digest in _pickled_keys:
        return _pickled_keys[digest]
    return next((key for key in list(_keys.values()) if key.digest == digest), None)


def _not_pickled() -> ConfigurationError:
    return ConfigurationError(
        "This process has no API key: keys are not included in pickles for worker processes.",
        hint="Set IONOS_API_KEY in the environment of the workers.",
        param="api_key",
    )


class _MissingKey(Key):
    """Placeholder for a key that could not be restored; raises the reason when it is used."""

    def __init__(self, reason: ConfigurationError) -> None:
        SecretStr.__init__(self, "")
        self._reason = reason

    def get_secret_value(self) -> str:
        raise self._reason.convert(ConfigurationError)

    def __reduce__(self) -> tuple[object, ...]:
        return _MissingKey, (self._reason,)


def key_variables_set() -> list[str]:
    """Return the environment variables that contain a key; the first one is used."""
    return [name for name in KEY_VARIABLES if os.environ.get(name, "").strip()]


def key_from_environment() -> Key | None:
    """Return the key in the environment, or None.

    Raises:
        ConfigurationError: It is not a valid key.
    """
    names = key_variables_set()
    return Key(os.environ[names[0]]) if names else None


def as_key(source: KeySource) -> Key | Callable[[], str | Awaitable[str]]:
    """Return a checked key, or the function that returns one for each request."""
    if isinstance(source, Key) or callable(source):
        return source
    return Key(source.get_secret_value() if isinstance(source, SecretStr) else source)


def rejected_key_hint(key: Key) -> str | None:
    """Return a hint for a key that the hub rejected, or None if it looks like a token."""
    secret = key.get_secret_value()
    if _DNS_KEY.fullmatch(secret):
        return (
            "The key has the form prefix.secret of an IONOS DNS API key. DNS tools use the "
            f"variable IONOS_API_KEY as well. The hub needs a token. {_TOKEN_MANAGER}"
        )
    if not (secret.startswith("eyJ") and secret.count(".") == 2):
        return f"Tokens of the hub start with 'eyJ' and have three parts. {_TOKEN_MANAGER}"
    if day := _expired_on(secret):
        return f"The token expired on {day}. {_TOKEN_MANAGER}"
    return None


def _checked(secret: str) -> str:
    if not isinstance(secret, str):
        raise _invalid("api_key is not a string.", _TOKEN_MANAGER)
    secret = f"{secret.strip()} ".removeprefix("Bearer ").strip()
    if not secret:
        raise _invalid("api_key is empty.", _TOKEN_MANAGER)
    if not (secret.isascii() and secret.isprintable() and " " not in secret):
        raise _invalid(
            "api_key contains whitespace or characters that are not allowed in a token.",
            "Copy it again, in one line: long tokens are easily broken when they are pasted.",
        )
    if secret[0] in _QUOTES and secret[-1] in _QUOTES:
        raise _invalid(
            "api_key is enclosed in quotes.",
            "Remove the quotes. `docker run --env-file` does not remove them.",
        )
    if _UUID.fullmatch(secret):
        raise _invalid(
            "api_key is the id of a token, not the token.",
            "The token starts with 'eyJ' and is shown once, when it is created. " + _TOKEN_MANAGER,
        )
    if day := _expired_on(secret):
        raise _invalid(
            f"api_key expired on {day}.",
            f"{_TOKEN_MANAGER} If the token is still valid, check the clock of this machine.",
        )
    return secret


def _invalid(message: str, hint: str) -> ConfigurationError:
    return ConfigurationError(message, hint=hint, param="api_key")


def _expired_on(secret: str) -> str | None:
    """Return the date on which a JWT has expired, or None if it has not."""
    if (expiry := expires_at(secret)) and expiry < time.time():
        return time.strftime("%Y-%m-%d", time.gmtime(max(expiry, 0)))
    return None


def expires_at(secret: str) -> float | None:
    """Return when a JWT expires, as Unix time in seconds, or None if unspecified."""
    try:
        payload = secret.split(".")[1]
        claims = from_json(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return float(claims["exp"])
    except (IndexError, KeyError, TypeError, ValueError):
        return None
