"""One client in many event loops, threads and processes."""

import threading
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import pytest
from faults import answers
from faults.programs.running import Program
from faults.server import FaultServer

from ionos_model_hub import Client
from langchain_ionos import ChatIONOS
from llama_index_ionos import IONOS

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


def bare(client: Client) -> Iterator[str]:
    return (delta.text for delta in client.stream_chat(QUESTION))


def langchain(llm: ChatIONOS) -> Iterator[str]:
    return (chunk.text for chunk in llm.stream("Hallo"))


def llama_index(llm: IONOS) -> Iterator[str]:
    return (answer.delta or "" for answer in llm.stream_complete("Hallo"))


@pytest.mark.parametrize(
    ("kind", "stream"), [(Client, bare), (ChatIONOS, langchain), (IONOS, llama_index)]
)
def test_stream_is_read_in_another_thread(
    server: FaultServer, kind: Callable[..., Any], stream: Callable[[Any], Iterator[str]]
) -> None:
    caller = kind(api_key="any", base_url=server.base_url)
    pieces = stream(caller)
    read = [next(pieces)]
    for _ in range(2):  # The first of them leaves the rest to the other.
        share = islice(pieces, 2) if len(read) == 1 else pieces
        reader = threading.Thread(target=read.extend, args=(share,))
        reader.start()
        reader.join()
    assert "".join(read) == answers.TEXT
    (caller.clients if isinstance(caller, IONOS) else caller).close()
