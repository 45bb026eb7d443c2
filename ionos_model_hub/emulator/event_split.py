"""Split a body of server-sent events into its events, without changing a byte."""

import re
from collections.abc import AsyncGenerator, AsyncIterable

_END = re.compile(rb"\r?\n\r?\n")
_LINE_END = re.compile(r"\r\n|\r|\n")  # str.splitlines also splits at characters within JSON


async def split_events(chunks: AsyncIterable[bytes]) -> AsyncGenerator[bytes]:
    """Yield each event with its blank line, as soon as it is complete; then the rest, if any."""
    rest = b""
    async for chunk in chunks:
        rest += chunk
        while match := _END.search(rest):
            yield rest[: match.end()]
            rest = rest[match.end() :]
    if rest:
        yield rest


def event_data(event: bytes) -> str | None:
    r"""Return the data of an event, or None if it has none (comments, for example).

    Example:
        >>> event_data(b'data: {"a": 1}\n\n')
        '{"a": 1}'
    """
    lines = _LINE_END.split(event.decode("utf-8", "replace"))
    data = [line[5:].removeprefix(" ") for line in lines if line.startswith("data:")]
    return "\n".join(data) if data else None
