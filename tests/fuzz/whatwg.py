"""A reference implementation of server-sent events, step by step as specified and without speed."""

from typing import TypeAlias

SpecifiedEvent: TypeAlias = tuple[str, str, str]
"""The data, type and id of an event."""

MESSAGE = "message"


def specified_events(stream: bytes) -> list[SpecifiedEvent]:
    """Return the events of a complete stream."""
    text = stream.decode("utf-8", errors="replace").removeprefix("\ufeff")
    normalised = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = normalised.split("\n")[:-1]  # text after the last line end is not a line
    events: list[SpecifiedEvent] = []
    data_buffer, type_buffer, id_buffer = "", "", ""
    for line in lines:
        if line == "":
            if data_buffer != "":
                events.append((data_buffer[:-1], type_buffer or MESSAGE, id_buffer))
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
        elif name == "id" and "\0" not in value:
            id_buffer = value
    return events
