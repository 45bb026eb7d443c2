"""Databases for the command `embed`."""

import uuid

import psycopg
import pytest


@pytest.fixture
def database(postgres: str) -> str:
    """URL of a new, empty database, without any extension."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return postgres.replace("/postgres?", f"/{name}?")
