"""Connect to PostgreSQL without exposing passwords."""

import psycopg
from psycopg.conninfo import conninfo_to_dict

from ionos_model_hub.cli.common.errors import UsageError

SCHEMES = ("postgresql://", "postgres://")
_CONNECT_TIMEOUT = 10


def is_database(target: str) -> bool:
    """Return whether an output is a database."""
    return target.startswith(SCHEMES)


def connect(url: str) -> tuple[psycopg.Connection, str]:
    """Return a connection in autocommit mode, and a name of the database for messages.

    As with every PostgreSQL client, the password can also be in PGPASSWORD or `~/.pgpass`.

    Raises:
        UsageError: The URL is not valid, or the connection fails.
    """
    parts = _parse(url)
    name = f"{parts.get('dbname', 'the default database')} at {parts.get('host', 'localhost')}"
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=_CONNECT_TIMEOUT), name
    except psycopg.Error as error:
        reason = str(error)
    if password := str(parts.get("password") or ""):
        reason = reason.replace(password, "***")
    raise UsageError(f"Connecting to the database {name} failed: {reason.strip()}")


def error_message(error: psycopg.Error) -> str:
    """Return the message of a database error without the rows that caused it."""
    return error.diag.message_primary or str(error).partition("\n")[0].rstrip(".")


def _parse(url: str) -> dict[str, object]:
    """Return the parts of a URL. libpq's message about an invalid one can contain the password."""
    try:
        parts: dict[str, object] = dict(conninfo_to_dict(url))
    except psycopg.ProgrammingError:
        parts = {"host": "@"}
    if any("@" in str(parts.get(name, "")) for name in ("host", "port", "dbname")):
        raise UsageError(
            "The URL of the database is not valid. "
            "Write @, /, : and % in a password as %40, %2F, %3A and %25, or set PGPASSWORD."
        )
    return parts
