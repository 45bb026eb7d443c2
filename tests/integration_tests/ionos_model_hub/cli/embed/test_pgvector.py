"""PostgreSQL as output."""

from pathlib import Path

import psycopg
import pytest
from integration_tests.ionos_model_hub.cli.commands import Run
from psycopg import sql

from .conftest import Output, assert_contains, texts, write_jsonl


def test_nul_is_rejected(run: Run, tmp_path: Path, database: str) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", {"a": "one\0two", "b": "three"})
    result = run(path, "--to", database)
    assert result.returncode == 1
    assert "PostgreSQL cannot store NUL characters" in result.stderr
    assert_contains(Output(database).read(), {"b": "three"})


def test_table_is_created_for_its_vectors(run: Run, tmp_path: Path, database: str) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(2))
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA search")
        assert run(path, "--to", database, "--table", 'search.my "docs"').returncode == 0
        found = connection.execute(
            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute "
            'WHERE attrelid = \'search."my ""docs"""\'::regclass AND attname = \'embedding\''
        ).fetchone()
    assert found == ("vector(768)",)
    result = run(path, "--to", database, "--table", 'search.my "docs"')
    assert "0 embedded, 2 unchanged" in result.stdout


def test_table_with_other_columns_is_refused(run: Run, tmp_path: Path, database: str) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(2))
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION vector")
        connection.execute("CREATE TABLE other (id text, embedding vector)")
        result = run(path, "--to", database, "--table", "other")
        assert result.returncode == 2
        assert "has no column part, text, model, digest" in result.stderr
        connection.execute(
            "CREATE TABLE plain (id text, part integer, text text, model text, digest bytea, "
            "embedding vector, PRIMARY KEY (id, part))"
        )
        result = run(path, "--to", database, "--table", "plain")
        assert result.returncode == 2
        assert "It must be a vector with a dimension, such as vector(1024)." in result.stderr
    assert run(path, "--to", database, "--table", "a.b.c").returncode == 2


def test_table_that_the_user_created_is_used(run: Run, tmp_path: Path, database: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": "a", "text": "A", "author": "Ada"}\n')
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION vector")
        connection.execute(
            "CREATE TABLE embeddings (id text, part integer, text text, model text, digest bytea, "
            "embedding vector(768), author text, added timestamptz DEFAULT now(), "
            "PRIMARY KEY (id, part))"
        )
        assert run(path, "--to", database, "--keep", "author").returncode == 0
        found = connection.execute("SELECT id, author FROM embeddings").fetchall()
    assert found == [("a", "Ada")]
    assert "1 unchanged" in run(path, "--to", database, "--keep", "author").stdout


def test_table_that_rejects_vectors_ends_the_run(run: Run, tmp_path: Path, database: str) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(30))
    first = write_jsonl(tmp_path / "first.jsonl", texts(2))
    assert run(first, "--to", database).returncode == 0
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("ALTER TABLE embeddings ADD CHECK (text <> 'Boat 25.')")
    result = run(path, "--to", database, "--batch-size", 10, "--commit-every", 10)
    assert result.returncode == 1
    assert "violates check constraint" in result.stderr
    assert "20 vectors of this run are committed in table embeddings of" in result.stderr
    assert_contains(Output(database).read(), texts(22))


def test_missing_permission_for_the_extension(run: Run, tmp_path: Path, database: str) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(2))
    role = f"role_{tmp_path.name[-8:].strip('_').lower()}"
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
    result = run(path, "--to", database.replace("//postgres:@", f"//{role}@"))
    assert result.returncode == 2
    assert 'permission denied to create extension "vector"' in result.stderr


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:s3cret@localhost:1/db",
        "postgresql://me:s3cret@h@localhost/db",
        "postgresql://me:x/s3cret@localhost/db",
        "postgresql://me:x:s3cret@localhost:no/db",
    ],
)
def test_password_is_not_printed(run: Run, tmp_path: Path, url: str) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", texts(2))
    result = run(path, "--to", url)
    assert result.returncode == 2
    assert "s3cret" not in result.stdout + result.stderr
