"""Connect to PostgreSQL without ever telling a password."""

import psycopg
from psycopg.conninfo import conninfo_to_dict

from ionos_model_hub.cli.embed.records import UsageError

SCHEMES = ("postgresql://", "postgres://")
_SECONDS = 10


def is_database(target: str) -> bool:
    """Tell whether an output is a database."""
    return target.startswith(SCHEMES)


def connect(url: str) -> tuple[psycopg.Connection, str]:
    """Return a connection that commits by itself, and what to call the database.

    A password may also stand in PGPASSWORD or `~/.pgpass`, as with every tool of PostgreSQL.

    Raises:
        UsageError: The URL is wrong, or the database does not answer.
    """
    parts = _parts(url)
    where = f"{parts.get('dbname', 'the default database')} at {parts.get('host', 'localhost')}"
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=_SECONDS), where
    except psycopg.Error as error:
        reason = str(error)
    if password := str(parts.get("password") or ""):
        reason = reason.replace(password, "***")
    raise UsageError(f"No connection to the database {where}: {reason.strip()}")


def reason_of(error: psycopg.Error) -> str:
    """Return what the database says, without the rows that it says it of."""
    return error.diag.message_primary or str(error).partition("\n")[0].rstrip(".")


def _parts(url: str) -> dict[str, object]:
    """Return the parts of a URL; what libpq says of a wrong one could hold the password."""
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
