"""Unit tests open no socket."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
import pytest_socket

# It stores `socket.socket` when it is imported, which a unit test must not be the first to do.
with suppress(ImportError):
    import uvloop  # noqa: F401


@pytest.fixture(autouse=True)
def no_sockets() -> Iterator[None]:
    """Fail any test that tries; a pair of Unix sockets is what event loops need."""
    pytest_socket.disable_socket(allow_unix_socket=True)
    yield
    pytest_socket.enable_socket()
