"""pydantic-ai against the emulator."""

from __future__ import annotations

import asyncio

import checks
from pydantic import BaseModel
from pydantic_ai import Agent, NativeOutput
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

provider = OpenAIProvider(base_url=checks.BASE_URL, api_key=checks.KEY)
model = OpenAIChatModel(checks.CHAT, provider=provider)


# Without a docstring, which NativeOutput would send in a field that the hub rejects.
class Booking(BaseModel):
    boat: str
    nights: int


async def chat() -> None:
    """A response with its usage."""
    result = await Agent(model).run(checks.QUESTION)
    checks.equal(result.output, checks.TEXT)


async def stream() -> None:
    """A streamed response."""
    async with Agent(model).run_stream(checks.QUESTION) as result:
        parts = [part async for part in result.stream_text(delta=True, debounce_by=None)]
    checks.equal("".join(parts), checks.TEXT)
    assert len(parts) > 3


async def tools() -> None:
    """An agent that calls a tool."""
    agent = Agent(model)

    @agent.tool_plain
    def get_forecast(city: str) -> str:
        """Return the forecast."""
        checks.equal(city, checks.CITY)
        return checks.FORECAST

    result = await agent.run(checks.WEATHER)
    checks.equal(result.output, checks.SUMMARY)


async def structured_output() -> None:
    """An output of a Pydantic class through the response format."""
    agent = Agent(model, output_type=NativeOutput(Booking))
    result = await agent.run(checks.BOOKING_REQUEST)
    checks.equal(result.output, Booking(boat="Ada", nights=3))


def errors() -> None:
    """A typed error for a rate limit."""
    error = checks.raises(ModelHTTPError, lambda: asyncio.run(_run(checks.LIMITED)))
    assert isinstance(error, ModelHTTPError)
    checks.equal(error.status_code, 429)


async def _run(text: str) -> None:
    await Agent(model).run(text)


if __name__ == "__main__":
    checks.run_checks(
        chat=chat, stream=stream, tools=tools, structured_output=structured_output, errors=errors
    )
