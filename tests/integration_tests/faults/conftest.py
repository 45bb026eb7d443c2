"""Fixtures of the fault tests, and the pairwise selection of their matrix."""

import gc
import os
import threading
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path

import pytest
from faults import responses
from faults.certificates import write_authority
from faults.pairwise import select_pairwise
from faults.programs.running import Program, run_program
from faults.recorders import EventRecorder
from faults.server import FaultServer
from llama_index.core.instrumentation import get_dispatcher

from ionos_model_hub.errors import ModelHubError
from ionos_model_hub.policy import retry
from ionos_model_hub.transport import rate_limiter
from ionos_model_hub.transport.http.tls import ssl_context


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker of tests that run with a selection of their parameters."""
    config.addinivalue_line(
        "markers",
        "pairwise(group): without --fault-matrix=full, run only enough cells for all pairs of "
        "parameters. Tests may share a group; their names count as one of the parameters.",
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the cells of the matrix that the pairwise selection leaves out."""
    if config.getoption("fault_matrix") == "full":
        return
    groups: dict[str, list[pytest.Function]] = {}
    for item in items:
        if isinstance(item, pytest.Function) and (mark := item.get_closest_marker("pairwise")):
            group = mark.args[0] if mark.args else f"{item.path}::{item.originalname}"
            groups.setdefault(group, []).append(item)
    left_out: set[pytest.Item] = set()
    for cells in groups.values():
        selected = select_pairwise([parameters_of(cell) for cell in cells])
        left_out |= set(cells) - {cells[index] for index in selected}
    if left_out:
        config.hook.pytest_deselected(items=sorted(left_out, key=items.index))
        items[:] = [item for item in items if item not in left_out]


def parameters_of(cell: pytest.Function) -> dict[str, Hashable]:
    """Return the names of a cell's test, caller, case, and so on."""
    named = {name: label(value) for name, value in cell.callspec.params.items()}
    return {"test": cell.originalname, **named}


def label(value: object) -> str:
    """Return a text that is the same for the same parameter in other tests."""
    return getattr(value, "name", None) or getattr(value, "__name__", None) or repr(value)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """A server that responds well unless a fault is scripted."""
    with FaultServer(responses.good) as server:
        yield server


@pytest.fixture
def other_server() -> Iterator[FaultServer]:
    """A server that must not be contacted."""
    with FaultServer(responses.good) as server:
        yield server


@pytest.fixture
def program() -> Program:
    """Runs a program of `faults.programs` with warnings as errors."""
    return run_program


@pytest.fixture
def trust_authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let clients trust the certificates of test servers."""
    monkeypatch.setenv("SSL_CERT_FILE", str(write_authority(tmp_path)))
    ssl_context.cache_clear()
    yield
    ssl_context.cache_clear()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds between attempts, which are recorded instead of waited."""
    recorded: list[float] = []
    wait: Callable[[BaseException | None, int, float], float] = retry.wait_before_retry

    def record(error: ModelHubError | None, attempt: int, random: float) -> float:
        recorded.append(wait(error, attempt, random))
        return 0.0

    monkeypatch.setattr(retry, "wait_before_retry", record)
    # A 429 pauses all calls of the credential for as long as the call itself waits.
    monkeypatch.setattr(rate_limiter, "MAX_RETRY_AFTER", 0.0)
    return recorded


@pytest.fixture
def llama_index_events() -> Iterator[EventRecorder]:
    """The events of LlamaIndex's instrumentation during the test."""
    recorder, dispatcher = EventRecorder(), get_dispatcher()
    dispatcher.add_event_handler(recorder)
    yield recorder
    dispatcher.event_handlers.remove(recorder)


@pytest.fixture(scope="module", autouse=True)
def check_for_leaks() -> Iterator[None]:
    """Fail a module that leaves descriptors or threads behind."""
    threads, files = set(threading.enumerate()), _count_open_files()
    yield
    gc.collect()
    assert set(threading.enumerate()) <= threads
    assert _count_open_files() <= files


def _count_open_files() -> int:
    return len(os.listdir("/proc/self/fd"))
