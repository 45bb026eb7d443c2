"""Token buckets in an SQLite database, for the processes of one machine.

SQLite locks the file, commits atomically and recovers if a process is killed at any moment.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from ionos_model_hub.policy.shared_bucket import Grant, Operation, StoredState, run_operation
from ionos_model_hub.policy.token_bucket import FULL, BucketLimits, BucketState
from ionos_model_hub.transport.shared_limit.store import StoreUnavailableError

LOCK_TIMEOUT = 1.0
"""Seconds to wait for the other processes, which hold the lock for microseconds."""

_SETUP = """
PRAGMA journal_mode = TRUNCATE;
PRAGMA synchronous = OFF;
CREATE TABLE IF NOT EXISTS buckets (
    name TEXT PRIMARY KEY, full_at REAL, paused_until REAL, last_slot REAL, stored_at REAL
);
"""
_READ = "SELECT full_at, paused_until, last_slot, stored_at FROM buckets WHERE name = ?"
_WRITE = "INSERT OR REPLACE INTO buckets VALUES (?, ?, ?, ?, ?)"


class SqliteStore:
    """Token buckets in a database file, which is created if it is missing.

    Times are those of the monotonic clock, which is the same in all processes of a machine.

    Args:
        path: The file, or None for one in the user's temporary folder.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    def run(self, name: str, limits: BucketLimits, operation: Operation) -> Grant:
        """Run an operation on a bucket; see `BucketStore`."""
        try:
            connection = self._connect()
            with connection:  # commits, or rolls back after an error
                connection.execute("BEGIN IMMEDIATE")
                now = time.monotonic()
                row = connection.execute(_READ, (name,)).fetchone()
                state = StoredState(BucketState(*row[:3]), row[3]).at(now) if row else FULL
                state, grant = run_operation(state, limits, operation, now)
                connection.execute(_WRITE, (name, *state, now))
        except (sqlite3.Error, OSError, TypeError) as error:  # TypeError: values are not numbers
            self.close()
            raise StoreUnavailableError(f"{type(error).__name__}: {error}") from None
        return grant

    def check(self) -> None:
        """Check that the file can be written; see `BucketStore`."""
        self.run("check", BucketLimits(1.0, 1), Operation("refund"))

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _connect(self) -> sqlite3.Connection:
        """Return the connection, or a new one if the file was deleted or replaced."""
        path = self._path or _create_default_path()
        if self._connection is not None and _identity(path) == self._file:
            return self._connection
        self.close()
        connection = sqlite3.connect(
            path, timeout=LOCK_TIMEOUT, isolation_level=None, check_same_thread=False
        )
        try:
            connection.executescript(_SETUP)
        except sqlite3.Error:
            connection.close()
            raise
        self._connection, self._file = connection, _identity(path)
        return connection


def sqlite_store(location: str) -> SqliteStore:
    """Return the store of the setting `shared_rate_limit`, which is "file" or a file URL."""
    return SqliteStore(None if location == "file" else path_of_store(location))


def path_of_store(location: str) -> Path:
    """Return the file of the setting `shared_rate_limit`, which is "file" or a file URL."""
    if location == "file":
        return _default_folder() / "limits.sqlite3"
    return Path(url2pathname(urlsplit(location).path))


def _identity(path: Path) -> tuple[int, int] | None:
    with suppress(OSError):
        status = path.stat()
        return status.st_dev, status.st_ino
    return None


def _default_folder() -> Path:
    user = f"-{os.getuid()}" if hasattr(os, "getuid") else ""  # Windows has a folder for each user.
    return Path(tempfile.gettempdir(), f"ionos-model-hub{user}")


def _create_default_path() -> Path:
    """Return a file in a folder that only this user can write to.

    Raises:
        PermissionError: Other users can write to the folder.
    """
    folder = _default_folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    if hasattr(os, "getuid"):
        status = folder.lstat()
        is_private = status.st_uid == os.getuid() and not status.st_mode & 0o022
        if not stat.S_ISDIR(status.st_mode) or not is_private:
            raise PermissionError(f"{folder} is writable by other users.")
    return path_of_store("file")
