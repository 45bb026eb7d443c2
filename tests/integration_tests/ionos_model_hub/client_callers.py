"""Call either client by the name of a method, for tests that run with both."""

import asyncio
from typing import Any, Protocol

from ionos_model_hub import AsyncClient, Client, Delta

LLAMA = "meta-llama/Llama-3.3-70B-Instruct"
USER = [{"role": "user", "content": "What is the weather in Berlin?"}]


class Caller(Protocol):
    """Calls methods of a client."""

    options: dict[str, Any]

    def __init__(self, **options: Any) -> None: ...
    def call(self, method: str, *args: Any, **kwargs: Any) -> Any: ...
    def stream(self, method: str, *args: Any, **kwargs: Any) -> tuple[list[Delta], Any]: ...


class SyncCaller:
    def __init__(self, **options: Any) -> None:
        self.options = options

    def call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        with Client(**self.options) as client:
            return getattr(client, method)(*args, **kwargs)

    def stream(self, method: str, *args: Any, **kwargs: Any) -> tuple[list[Delta], Any]:
        with Client(**self.options) as client, getattr(client, method)(*args, **kwargs) as stream:
            return list(stream), stream.answer


class AsyncCaller:
    def __init__(self, **options: Any) -> None:
        self.options = options

    def call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        async def call() -> Any:
            async with AsyncClient(**self.options) as client:
                return await getattr(client, method)(*args, **kwargs)

        return asyncio.run(call())

    def stream(self, method: str, *args: Any, **kwargs: Any) -> tuple[list[Delta], Any]:
        async def call() -> tuple[list[Delta], Any]:
            async with (
                AsyncClient(**self.options) as client,
                getattr(client, method)(*args, **kwargs) as stream,
            ):
                return [delta async for delta in stream], stream.answer

        return asyncio.run(call())


def chunk(finish_reason: str | None = None, **delta: object) -> dict[str, object]:
    """Return an event of a chat stream."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {"id": "c1", "object": "chat.completion.chunk", "model": LLAMA, "choices": [choice]}
