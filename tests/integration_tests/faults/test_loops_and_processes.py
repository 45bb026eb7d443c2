"""One client in many event loops, threads and processes."""

import threading
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import pytest
from faults import responses
from faults.programs.running import Program
from faults.server import FaultServer

from ionos_model_hub import Client
from langchain_ionos import ChatIONOS
from llama_index_ionos import IONOS

QUESTION = [{"role": "user", "content": "Hallo"}]


@pytest.fixture
def echo_server() -> Iterator[FaultServer]:
    """A server that responds with the question, so that mixed-up responses are noticed."""
    with FaultServer(responses.echo) as server:
        yield server


def test_130_loops_in_8_threads(echo_server: FaultServer, program: Program) -> None:
    program("loops", echo_server.base_url, 130, 8, 20)
    assert len(echo_server.requests) == 130 * 20
    assert echo_server.count_open() == 0


def test_children_forked_after_use(echo_server: FaultServer, program: Program) -> None:
    program("forks", echo_server.base_url, 8, 50)
    assert len(echo_server.requests) >= 8 * 50
    assert echo_server.count_open() == 0


@pytest.mark.slow
def test_spawned_workers_use_the_key_of_their_environment(
    echo_server: FaultServer, program: Program
) -> None:
    program("spawned", echo_server.base_url, 2, 20, IONOS_API_KEY="from-the-environment")
    keys = {request.headers["authorization"] for request in echo_server.requests}
    assert keys == {"Bearer from-the-environment"}


def bare(client: Client) -> Iterator[str]:
    return (delta.text for delta in client.stream_chat(QUESTION))


def langchain(llm: ChatIONOS) -> Iterator[str]:
    return (chunk.text for chunk in llm.stream("Hallo"))


def llama_index(llm: IONOS) -> Iterator[str]:
    return (response.delta or "" for response in llm.stream_complete("Hallo"))


@pytest.mark.parametrize(
    ("caller_type", "stream"), [(Client, bare), (ChatIONOS, langchain), (IONOS, llama_index)]
)
def test_stream_can_be_read_in_other_threads(
    server: FaultServer, caller_type: Callable[..., Any], stream: Callable[[Any], Iterator[str]]
) -> None:
    caller = caller_type(api_key="any", base_url=server.base_url)
    parts = stream(caller)
    read = [next(parts)]
    for some_parts in (islice(parts, 2), parts):
        reader = threading.Thread(target=read.extend, args=(some_parts,))
        reader.start()
        reader.join()
    assert "".join(read) == responses.TEXT
    (caller.clients if isinstance(caller, IONOS) else caller).close()
