"""Measure the peak memory of one call; print it in MiB, with the class of the error.

Arguments: base URL, sync or async, chat or stream.
"""

import asyncio
import resource
import sys

from ionos_model_hub import AsyncClient, Client, ModelHubError

QUESTION = [{"role": "user", "content": "Hallo"}]


def peak_memory() -> float:
    """Return the peak memory of this process in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def call(client: Client, method: str) -> None:
    if method == "chat":
        client.chat(QUESTION)
    else:
        list(client.stream_chat(QUESTION))


async def acall(client: AsyncClient, method: str) -> None:
    async with client:
        if method == "chat":
            await client.chat(QUESTION)
        else:
            async for _ in client.stream_chat(QUESTION):
                pass


def main(base_url: str, mode: str, method: str) -> None:
    options = {"api_key": "any", "base_url": base_url, "max_retries": 0}
    options["max_response_bytes"] = 8 * 1024 * 1024
    before, error_name = 0.0, ""
    for _ in ("a good call first", "then the fault"):
        before = peak_memory()
        try:
            if mode == "sync":
                with Client(**options) as client:
                    call(client, method)
            else:
                asyncio.run(acall(AsyncClient(**options), method))
        except ModelHubError as error:
            error_name = type(error).__name__
    sys.stdout.write(f"{peak_memory() - before:.1f} {error_name}")


if __name__ == "__main__":
    main(*sys.argv[1:])
