"""The worker of a store: order, outages, forks and shutdown."""

import gc
import logging
from concurrent.futures import Future
from threading import Event, Thread

import pytest
from unit_tests.ionos_model_hub.transport.shared_limit.memory_store import MemoryStore

from ionos_model_hub.policy.shared_bucket import Grant, Operation
from ionos_model_hub.policy.token_bucket import BucketLimits
from ionos_model_hub.transport.shared_limit.store import (
    SECONDS_BETWEEN_PROBES,
    StoreUnavailableError,
    StoreWorker,
)

LIMITS = BucketLimits(5.0, 1)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(lambda: 100.0)


@pytest.fixture
def worker(store: MemoryStore) -> StoreWorker:
    return StoreWorker(lambda: store)


def reserve(worker: StoreWorker) -> Future[Grant]:
    return worker.submit("bucket", LIMITS, Operation("reserve", 1))


def wait_for_thread(worker: StoreWorker) -> None:
    worker._submit(lambda: Grant(0.0, 0.0)).result()


def test_operations_run_in_the_order_of_submission(worker: StoreWorker) -> None:
    futures = [reserve(worker) for _ in range(4)]
    assert [future.result().wait for future in futures] == pytest.approx([0, 0.2, 0.4, 0.6])


def test_outage_is_logged_once(
    worker: StoreWorker, store: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    store.is_broken = True
    for _ in range(5):
        with pytest.raises(StoreUnavailableError):
            reserve(worker).result()
    assert (worker.is_available, worker.changes) == (False, 1)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "it is broken" in caplog.text


def test_unavailable_store_is_not_used_by_operations(
    worker: StoreWorker, store: MemoryStore
) -> None:
    store.is_broken = True
    futures = [reserve(worker) for _ in range(100)]
    assert {type(future.exception()) for future in futures} == {StoreUnavailableError}
    assert len(store.operations) == 1


def test_probe_detects_the_end_of_an_outage(
    worker: StoreWorker, store: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    store.is_broken = True
    assert reserve(worker).exception()
    worker.probe(now=100.0)
    wait_for_thread(worker)
    assert not worker.is_available
    store.is_broken = False
    worker.probe(now=100.0 + SECONDS_BETWEEN_PROBES)
    wait_for_thread(worker)
    assert (worker.is_available, worker.changes) == (True, 2)
    assert reserve(worker).result().wait == 0
    assert [record.levelno for record in caplog.records] == [logging.WARNING, logging.INFO]


def test_probes_are_rare(worker: StoreWorker, store: MemoryStore) -> None:
    store.is_broken = True
    assert reserve(worker).exception()
    worker.probe(now=100.0)
    wait_for_thread(worker)
    store.is_broken = False
    for now in (100.0, 100.1, 99.9 + SECONDS_BETWEEN_PROBES):
        worker.probe(now)
    wait_for_thread(worker)
    assert not worker.is_available


def test_forked_child_uses_its_own_thread_and_store(store: MemoryStore) -> None:
    stores = [store, MemoryStore(lambda: 100.0)]
    opened = iter(stores)
    worker = StoreWorker(lambda: next(opened))
    is_running, may_end = Event(), Event()
    store.before_run = lambda: (is_running.set(), may_end.wait())
    of_parent = reserve(worker)
    is_running.wait()
    worker.after_fork()
    assert reserve(worker).result().wait == 0
    assert len(stores[1].operations) == 1
    may_end.set()
    assert of_parent.result().wait == 0
    assert not store.is_closed


def test_unused_worker_closes_its_store(store: MemoryStore) -> None:
    worker = StoreWorker(lambda: store)
    reserve(worker).result()
    thread = worker._thread
    assert thread is not None
    del worker
    gc.collect()
    thread.join()
    assert store.is_closed


def test_no_operation_runs_at_shutdown_of_the_interpreter(
    worker: StoreWorker, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(thread: Thread) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    monkeypatch.setattr(Thread, "start", start)
    assert isinstance(reserve(worker).exception(), StoreUnavailableError)
    assert not worker.is_available
    assert caplog.records == []
