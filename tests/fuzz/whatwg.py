"""The stream format of server-sent events as the specification puts it, and nothing else.

The naive reading that the parser is held to: whole texts, one rule after the other, no speed.
"""

from typing import NamedTuple

MESSAGE = "message"


class Outcome(NamedTuple):
    """What a stream comes to: (data, event, id) of each event, and the reconnection time."""

    events: list[tuple[str, str, str]]
    retry: int | None = None


def oracle(stream: bytes) -> Outcome:
    """Read a whole stream as the specification puts it, step by step and with nothing else."""
    text = stream.decode("utf-8", errors="replace").removeprefix("\ufeff")
    normalised = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = normalised.split("\n")[:-1]  # what follows the last line end is no line
    outcome: list[tuple[str, str, str]] = []
    data_buffer, type_buffer, id_buffer, retry = "", "", "", None
    for line in lines:
        if line == "":
            if data_buffer != "":
                outcome.append((data_buffer[:-1], type_buffer or MESSAGE, id_buffer))
            data_buffer, type_buffer = "", ""
            continue
        if line[0] == ":":
            continue
        if ":" in line:
            colon = line.index(":")
            name, value = line[:colon], line[colon + 1 :]
            if value[:1] == " ":
                value = value[1:]
        else:
            name, value = line, ""
        if name == "event":
            type_buffer = value
        elif name == "data":
            data_buffer += value + "\n"
        elif name == "id":
            if "\0" not in value:
                id_buffer = value
        elif name == "retry" and value and all(digit in "0123456789" for digit in value):
            retry = int(value) if len(value) <= 18 else retry  # our bound, not the standard's
    return Outcome(outcome, retry)
