"""Measure the overhead of Ray per row: rows/s of a plain client and of Ray Data.

The server runs in another process and responds immediately with the same 64 vectors of 1,024
numbers.

    python benchmarks/ray_overhead.py [rows, by default 20000]
"""

from __future__ import annotations

import asyncio
import json
import logging
import multiprocessing
import os
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

import numpy as np

os.environ |= {"IONOS_API_KEY": "bench", "RAY_USAGE_STATS_ENABLED": "0"}
os.environ |= {"RAY_AUTH_MODE": "disabled", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}

import ray
from ray.data import ActorPoolStrategy, DataContext

from ionos_model_hub import AsyncClient
from ionos_model_hub.ray import IONOSEmbedder
from ionos_model_hub.ray.limit import ClusterRateLimiter
from ionos_model_hub.transport.rate_limiter import RateLimits

PER_REQUEST = 64
BLOCKS = 8
DIMENSIONS = 1024


def serve(sender: Connection) -> None:
    """Respond to every request with the same vectors."""
    vectors = np.random.default_rng(0).standard_normal((PER_REQUEST, DIMENSIONS)).round(7)
    data = [
        {"object": "embedding", "index": index, "embedding": vector.tolist()}
        for index, vector in enumerate(vectors)
    ]
    body = json.dumps({"object": "list", "model": "m", "data": data}).encode()
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await _read_request(reader):
            writer.write(head % len(body) + body)
            await writer.drain()
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(respond, "127.0.0.1", 0)
        sender.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


async def _read_request(reader: asyncio.StreamReader) -> bool:
    """Read one request. Return False if the connection is closed."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return False
    return True


async def embed_with_client(url: str, texts: list[str]) -> None:
    """Embed with one client in this process."""
    async with AsyncClient(base_url=url) as client:
        response = await client.embed(texts, batch_size=PER_REQUEST, concurrency=32)
        np.asarray(response.vectors, np.float32)


def embed_with_ray(url: str, texts: list[str], workers: int) -> None:
    """Embed with Ray Data, including the start of the workers."""
    dataset = ray.data.from_items([{"text": text} for text in texts], override_num_blocks=BLOCKS)
    dataset.map_batches(
        IONOSEmbedder,
        fn_constructor_kwargs={"base_url": url},
        batch_format="pyarrow",
        batch_size=16 * PER_REQUEST,
        compute=ActorPoolStrategy(size=workers),
        num_cpus=0.5,
    ).materialize()


def grants_per_second(calls: int) -> float:
    """Return the requests per second that the actor of a rate limit grants to one process."""
    limiter = ClusterRateLimiter("bench", "http://127.0.0.1/v1")
    limiter.configure(RateLimits(1e9, burst=1000, images_per_minute=10))
    actor = limiter._get_actor()
    ray.get(actor.acquire.remote(limiter._limits, 0, 60.0))
    started = time.perf_counter()
    ray.get([actor.acquire.remote(limiter._limits, 0, 60.0) for _ in range(calls)])
    return calls / (time.perf_counter() - started)


def report(name: str, rows: int, embed: Callable[[], None]) -> None:
    """Run a function three times and print its rows per second, the best first."""
    seconds: list[float] = []
    for _ in range(3):
        started = time.perf_counter()
        embed()
        seconds.append(time.perf_counter() - started)
    print(f"{name:22}", *(f"{rows / run:8,.0f}" for run in sorted(seconds)), "rows/s")


def main() -> None:
    """Measure the client, and Ray Data with one and two workers."""
    step = BLOCKS * PER_REQUEST  # the server always returns PER_REQUEST vectors
    rows = (int(sys.argv[1]) if len(sys.argv) > 1 else 20_000) // step * step
    texts = [f"passage number {number}" for number in range(rows)]
    receiver, sender = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(sender,), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{receiver.recv()}/v1"
    ray.init(num_cpus=2, include_dashboard=False, logging_level=logging.ERROR, log_to_driver=False)
    DataContext.get_current().enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    report("AsyncClient", rows, lambda: asyncio.run(embed_with_client(url, texts)))
    report("Ray Data, one worker", rows, lambda: embed_with_ray(url, texts, 1))
    report("Ray Data, two workers", rows, lambda: embed_with_ray(url, texts, 2))
    print(f"grants of the shared rate limit: {grants_per_second(5000):,.0f}/s")
    ray.shutdown()
    server.terminate()


if __name__ == "__main__":
    main()
