"""Memory stays bounded whatever the size of a response."""

import pytest
from faults import before_response as before
from faults import bodies, responses, streams
from faults.programs.running import Program
from faults.server import Fault, FaultServer

MIB = 1024 * 1024
MAX_GROWTH_MIB = 32


def each_fault(faults: dict[str, tuple[Fault, str]]) -> pytest.MarkDecorator:
    rows = [pytest.param(*row, id=name) for name, row in faults.items()]
    return pytest.mark.parametrize(("fault", "error"), rows)


both_modes = pytest.mark.parametrize(
    "mode", ["sync", pytest.param("async", marks=pytest.mark.slow)]
)


def check_memory(
    server: FaultServer, program: Program, fault: Fault, error: str, mode: str, method: str
) -> None:
    server.script(responses.good, fault)
    growth, error_name = program("memory", server.base_url, mode, method).split()
    assert error_name == error
    assert float(growth) <= MAX_GROWTH_MIB


@both_modes
@each_fault(
    {
        "error": (bodies.large(400, 256 * MIB), "BadRequestError"),
        "response": (bodies.large(200, 256 * MIB), "ResponseError"),
        "gzip_bomb": (bodies.gzip_bomb, "ResponseError"),
        "nested_json": (bodies.deeply_nested, "ResponseError"),
        "header": (before.huge_header, "ConnectionFailedError"),
        "headers": (before.endless_headers, "ConnectionFailedError"),
    }
)
def test_memory_of_non_streamed_response(
    server: FaultServer, program: Program, fault: Fault, error: str, mode: str
) -> None:
    check_memory(server, program, fault, error, mode, "chat")


@both_modes
@each_fault(
    {
        "event": (streams.huge_event_after(1), "ResponseError"),
        "empty_lines": (streams.empty_data_lines, "ResponseError"),
        "endless_line": (bodies.large(200, 256 * MIB), "ResponseError"),
        "gzip_bomb": (streams.gzip_bomb, "ResponseError"),
    }
)
def test_memory_of_stream(
    server: FaultServer, program: Program, fault: Fault, error: str, mode: str
) -> None:
    check_memory(server, program, fault, error, mode, "stream")
