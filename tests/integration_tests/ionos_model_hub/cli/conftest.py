"""A PostgreSQL with pgvector, started by the suite itself."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server."""
    runtime = tmp_path_factory.mktemp("run")
    runtime.chmod(0o700)
    with pytest.MonkeyPatch.context() as patch:
        # pgserver asks for the folder while it is imported, and warns where it is not set.
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        import pgserver

        folder = tmp_path_factory.mktemp("pg")
        with pgserver.get_server(folder, cleanup_mode="stop") as server:
            # No test pulls the plug, so nothing has to reach the disk.
            server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
            yield server.get_uri()


@pytest.fixture
def database(postgres: str) -> str:
    """The URL of a new, empty database."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
    return postgres.replace("/postgres?", f"/{name}?")
