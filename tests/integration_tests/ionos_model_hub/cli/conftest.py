"""Databases for the command `embed`, and the hub of processes that are killed."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest

from ionos_model_hub.emulator import Emulator


@pytest.fixture
def database(postgres: str) -> str:
    """URL of a new, empty database, without any extension."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return postgres.replace("/postgres?", f"/{name}?")


@pytest.fixture
def first_hub() -> Iterator[Emulator]:
    """The hub of runs that are killed: their last requests may arrive late."""
    with Emulator() as hub:
        yield hub
