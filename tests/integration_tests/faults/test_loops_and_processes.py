"""One client in many event loops, threads and processes."""

import threading
from collections.abc import Iterator

import pytest
from faults import answers
from faults.programs.running import Program
from faults.server import FaultServer

from ionos_model_hub import Client

QUESTION = [{"role": "user", "content": "Hallo"}]


@pytest.fixture
def echo() -> Iterator[FaultServer]:
    """A server that answers with the question, so that mixed-up answers show."""
    with FaultServer(answers.echo) as server:
        yield server


def test_130_loops_in_8_threads(echo: FaultServer, program: Program) -> None:
    program("loops", echo.base_url, 130, 8, 20)
    assert len(echo.requests) == 130 * 20
    assert echo.still_open() == 0


def test_children_forked_after_use(echo: FaultServer, program: Program) -> None:
    program("forks", echo.base_url, 8, 50)
    assert len(echo.requests) >= 8 * 50
    assert echo.still_open() == 0


def test_spawned_workers(echo: FaultServer, program: Program) -> None:
    program("spawned", echo.base_url, 2, 20, IONOS_API_KEY="from-the-environment")
    keys = {request.headers["authorization"] for request in echo.requests}
    assert keys == {"Bearer from-the-environment"}


def test_stream_is_read_in_another_thread(server: FaultServer) -> None:
    with Client(api_key="any", base_url=server.base_url) as client:
        stream = client.stream_chat(QUESTION)
        first = next(stream)
        rest: list[str] = []
        reader = threading.Thread(target=lambda: rest.extend(delta.text for delta in stream))
        reader.start()
        reader.join()
        assert first.text + "".join(rest) == stream.answer.text == answers.TEXT
