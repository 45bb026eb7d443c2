"""Fixtures of the fault matrix: servers, recorded waits, and nothing left over."""

import gc
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from faults import answers
from faults.certificates import write_authority
from faults.programs.running import Program, run_program
from faults.server import FaultServer
from faults.tracing import Events
from llama_index.core.instrumentation import get_dispatcher

from ionos_model_hub.errors import ModelHubError
from ionos_model_hub.policy import retry
from ionos_model_hub.transport.http.tls import ssl_context


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """A server that answers well unless told otherwise."""
    with FaultServer(answers.good) as server:
        yield server


@pytest.fixture
def elsewhere() -> Iterator[FaultServer]:
    """Another host, which nobody may turn to."""
    with FaultServer(answers.good) as server:
        yield server


@pytest.fixture
def program() -> Program:
    """Runs a program of `faults.programs` with all warnings on; it must end well, in silence."""
    return run_program


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Clients trust the authority that signs the certificates of tests."""
    monkeypatch.setenv("SSL_CERT_FILE", str(write_authority(tmp_path)))
    ssl_context.cache_clear()
    yield
    ssl_context.cache_clear()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds between attempts, which are noted and not waited."""
    noted: list[float] = []
    wait: Callable[[BaseException | None, int, float], float] = retry.wait_before_retry

    def note(error: ModelHubError | None, attempt: int, random: float) -> float:
        noted.append(wait(error, attempt, random))
        return 0.0

    monkeypatch.setattr(retry, "wait_before_retry", note)
    return noted


@pytest.fixture
def events() -> Iterator[Events]:
    handler, root = Events(), get_dispatcher()
    root.add_event_handler(handler)
    yield handler
    root.event_handlers.remove(handler)


@pytest.fixture(scope="module", autouse=True)
def nothing_left_over() -> Iterator[None]:
    """Fail a module that leaves descriptors or threads behind."""
    threads, files = set(threading.enumerate()), _open_files()
    yield
    gc.collect()
    assert set(threading.enumerate()) <= threads
    assert _open_files() <= files


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd"))
