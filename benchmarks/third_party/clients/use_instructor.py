"""Instructor against the emulator."""

from __future__ import annotations

from typing import Any

import checks
import instructor
from openai import OpenAI
from pydantic import BaseModel, ConfigDict


class Booking(BaseModel):
    """A booking.

    The hub rejects strict schemas that allow additional properties, which Instructor sends.
    """

    model_config = ConfigDict(extra="forbid")

    boat: str
    nights: int


def _client(mode: instructor.Mode) -> Any:
    client = OpenAI(api_key=checks.KEY, base_url=checks.BASE_URL, max_retries=0)
    return instructor.from_openai(client, mode=mode)


def _create(mode: instructor.Mode, text: str = checks.BOOKING_REQUEST, **options: Any) -> Any:
    return _client(mode).chat.completions.create(
        model=checks.CHAT,
        messages=[{"role": "user", "content": text}],
        response_model=Booking,
        max_retries=0,
        **options,
    )


def structured_output() -> None:
    """A Pydantic object through the response format."""
    booking = _create(instructor.Mode.JSON_SCHEMA)
    checks.equal(booking.model_dump(), {"boat": "Ada", "nights": 3})


def tools() -> None:
    """A Pydantic object through a forced tool call."""
    booking = _create(instructor.Mode.TOOLS, checks.BOOKING_CALL)
    checks.equal(booking.model_dump(), {"boat": "Ada", "nights": 3})


def stream() -> None:
    """Partial objects of a stream."""
    partial = _client(instructor.Mode.JSON_SCHEMA).chat.completions.create_partial(
        model=checks.CHAT,
        messages=[{"role": "user", "content": checks.BOOKING_REQUEST}],
        response_model=Booking,
        max_retries=0,
    )
    objects = list(partial)
    assert len(objects) > 1
    checks.equal((objects[-1].boat, objects[-1].nights), ("Ada", 3))


def errors() -> None:
    """An error for a rate limit."""
    error = checks.raises(Exception, lambda: _create(instructor.Mode.JSON_SCHEMA, checks.LIMITED))
    assert "429" in str(error), error


if __name__ == "__main__":
    checks.run_checks(
        stream=stream, tools=tools, structured_output=structured_output, errors=errors
    )
