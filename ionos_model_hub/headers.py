"""Headers: the name this package goes by, and the checks of those that users give."""

import re
from collections.abc import Mapping

from ionos_model_hub._version import __version__
from ionos_model_hub.errors import ConfigurationError

USER_AGENT = f"ionos-model-hub/{__version__}"

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_FRAMING = frozenset({"content-length", "transfer-encoding"})


def check_headers(headers: Mapping[str, str]) -> None:
    """Raise ConfigurationError for a header that HTTP does not allow; values are not told."""
    for name, value in headers.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise _wrong(f"{name!r} is no name of a header.")
        if name.lower() in _FRAMING:
            raise _wrong(f"{name!r} is set with each request, and must not be given.")
        if not isinstance(value, str) or not value.isascii() or not value.isprintable():
            raise _wrong(f"the value of {name!r} must be printable ASCII text.")


def _wrong(reason: str) -> ConfigurationError:
    return ConfigurationError(f"default_headers: {reason}", param="default_headers")
