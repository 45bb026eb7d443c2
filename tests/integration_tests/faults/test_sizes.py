"""What a hostile server sends is not kept: memory stays bounded whatever the size."""

import pytest
from faults import answers, bodies, streams
from faults import before_the_answer as before
from faults.programs.running import Program
from faults.server import Fault, FaultServer

MIB = 1024 * 1024
MOST_MIB = 32


def sizes(faults: dict[str, tuple[Fault, str]]) -> pytest.MarkDecorator:
    rows = [pytest.param(*row, id=name) for name, row in faults.items()]
    return pytest.mark.parametrize(("fault", "error"), rows)


shells = pytest.mark.parametrize("shell", ["sync", "async"])


def check(
    server: FaultServer, program: Program, fault: Fault, error: str, shell: str, method: str
) -> None:
    server.script(answers.good, fault)
    grown, told = program("memory", server.base_url, shell, method).split()
    assert told == error
    assert float(grown) <= MOST_MIB


@shells
@sizes(
    {
        "error": (bodies.endless(400, 256 * MIB), "BadRequestError"),
        "answer": (bodies.endless(200, 256 * MIB), "ResponseError"),
        "gzip_bomb": (bodies.gzip_bomb, "ResponseError"),
        "nested_json": (bodies.nested_a_million_times, "ResponseError"),
        "header": (before.huge_header, "ConnectionFailedError"),
        "headers": (before.endless_headers, "ConnectionFailedError"),
    }
)
def test_call(server: FaultServer, program: Program, fault: Fault, error: str, shell: str) -> None:
    check(server, program, fault, error, shell, "chat")


@shells
@sizes(
    {
        "event": (streams.huge_event_after(1), "ResponseError"),
        "empty_lines": (streams.empty_lines_of_data, "ResponseError"),
        "endless_line": (bodies.endless(200, 256 * MIB), "ResponseError"),
        "gzip_bomb": (streams.gzip_bomb, "ResponseError"),
    }
)
def test_stream(
    server: FaultServer, program: Program, fault: Fault, error: str, shell: str
) -> None:
    check(server, program, fault, error, shell, "stream")
