"""One call, of which only the peak of memory matters; prints it in MiB, and the error's class.

Arguments: base URL, whether synchronous or not, whether to call or to stream.
"""

import asyncio
import resource
import sys

from ionos_model_hub import AsyncClient, Client, ModelHubError

QUESTION = [{"role": "user", "content": "Hallo"}]


def peak() -> float:
    """Return the most memory this process has had, in MiB."""
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


def main(base_url: str, shell: str, method: str) -> None:
    options = {"api_key": "any", "base_url": base_url, "max_retries": 0}
    options["max_response_bytes"] = 8 * 1024 * 1024
    before, told = 0.0, ""
    for _ in ("a good call first", "then the fault"):
        before = peak()
        try:
            if shell == "sync":
                with Client(**options) as client:
                    call(client, method)
            else:
                asyncio.run(acall(AsyncClient(**options), method))
        except ModelHubError as error:
            told = type(error).__name__
    sys.stdout.write(f"{peak() - before:.1f} {told}")


if __name__ == "__main__":
    main(*sys.argv[1:])
