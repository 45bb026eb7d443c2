"""Buckets in a file: atomic, recreated if it is deleted, errors without secrets."""

import os
import sqlite3
import stat
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from ionos_model_hub.policy.shared_bucket import Operation
from ionos_model_hub.policy.token_bucket import BucketLimits
from ionos_model_hub.transport.shared_limit import sqlite_store as module
from ionos_model_hub.transport.shared_limit.sqlite_store import SqliteStore, sqlite_store
from ionos_model_hub.transport.shared_limit.store import StoreUnavailableError

SLOW = BucketLimits(0.001, 1)
RESERVE = Operation("reserve", 1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "limits.sqlite3"


def wait_of(path: Path, name: str = "bucket") -> float:
    """Reserve a token in a new connection, as another process would; return the seconds."""
    with closing(SqliteStore(path)) as store:
        return store.run(name, SLOW, RESERVE).wait


def test_connections_share_buckets(path: Path) -> None:
    waits = [wait_of(path) for _ in range(3)]
    assert waits == pytest.approx([0, 1000, 2000], abs=100)
    assert wait_of(path, "another") == pytest.approx(0, abs=1e-6)


def test_concurrent_operations_are_atomic(path: Path) -> None:
    def reserve_ten(_: int) -> list[float]:
        with closing(SqliteStore(path)) as store:
            return [store.run("bucket", SLOW, RESERVE).wait for _ in range(10)]

    with ThreadPoolExecutor(4) as threads:
        waits = sorted(wait for each in threads.map(reserve_ten, range(4)) for wait in each)
    assert waits == pytest.approx([1000 * number for number in range(40)], abs=500)


def test_pause_is_shared(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        store.run("bucket", SLOW, Operation("pause", 5000))
    assert wait_of(path) == pytest.approx(5000, abs=100)


def test_state_of_a_clock_that_was_restarted(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 1_000_000.0)
    assert [wait_of(path), wait_of(path)] == [0, 1000]
    monkeypatch.setattr(time, "monotonic", lambda: 7.0)
    assert wait_of(path) == 2000


def remove(path: Path) -> None:
    path.unlink()


def replace(path: Path) -> None:
    path.with_suffix(".old").write_bytes(b"")
    path.with_suffix(".old").replace(path)


@pytest.mark.parametrize("change", [remove, replace])
def test_file_that_was_removed_or_replaced_is_opened_again(
    path: Path, change: Callable[[Path], None]
) -> None:
    with closing(SqliteStore(path)) as store:
        store.run("bucket", SLOW, RESERVE)
        change(path)
        assert store.run("bucket", SLOW, RESERVE).wait == pytest.approx(0, abs=1e-6)
        assert wait_of(path) == pytest.approx(1000, abs=100)


def test_missing_folder_is_reported_until_it_exists(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "missing" / "limits.sqlite3")
    with pytest.raises(StoreUnavailableError, match="OperationalError: unable to open"):
        store.check()
    (tmp_path / "missing").mkdir()
    store.check()
    store.close()


def test_file_that_is_no_database_is_reported(path: Path) -> None:
    path.write_text("This is not a database." * 100)
    with pytest.raises(StoreUnavailableError, match="file is not a database"):
        SqliteStore(path).check()


@pytest.mark.parametrize("change", ["DROP TABLE buckets", "UPDATE buckets SET full_at = 'soon'"])
def test_changed_table_is_reported(path: Path, change: str) -> None:
    with closing(SqliteStore(path)) as store:
        store.run("bucket", SLOW, RESERVE)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute(change)
        with pytest.raises(StoreUnavailableError):
            store.run("bucket", SLOW, RESERVE)


def test_lock_that_is_not_released_is_reported(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOCK_TIMEOUT", 0.0)
    with closing(SqliteStore(path)) as store:
        store.check()
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(StoreUnavailableError, match="database is locked"):
                store.check()
        store.check()


def test_file_url_names_the_file(path: Path) -> None:
    with closing(sqlite_store(path.as_uri())) as store:
        store.check()
    assert path.exists()


class TestDefaultFile:
    """It is in a folder of this user."""

    @pytest.fixture(autouse=True)
    def temporary_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        return tmp_path

    def test_only_this_user_can_write_to_it(self, temporary_folder: Path) -> None:
        with closing(sqlite_store("file")) as store:
            store.check()
        folder = temporary_folder / f"ionos-model-hub-{os.getuid()}"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert [path.name for path in folder.iterdir() if path.stat().st_size] == ["limits.sqlite3"]

    def test_folder_of_others_is_not_used(self, temporary_folder: Path) -> None:
        (temporary_folder / f"ionos-model-hub-{os.getuid()}").mkdir()
        (temporary_folder / f"ionos-model-hub-{os.getuid()}").chmod(0o777)
        with pytest.raises(StoreUnavailableError, match="writable by other users"):
            sqlite_store("file").check()

    def test_link_is_not_followed(self, temporary_folder: Path) -> None:
        (temporary_folder / "real").mkdir(mode=0o700)
        (temporary_folder / f"ionos-model-hub-{os.getuid()}").symlink_to("real")
        with pytest.raises(StoreUnavailableError, match="writable by other users"):
            sqlite_store("file").check()

    def test_systems_without_user_ids_have_a_folder_for_each_user(
        self, temporary_folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delattr(os, "getuid")
        with closing(sqlite_store("file")) as store:
            store.check()
        assert (temporary_folder / "ionos-model-hub" / "limits.sqlite3").exists()
