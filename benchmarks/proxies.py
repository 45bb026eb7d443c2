"""Compare calls through an HTTP proxy (tinyproxy) with direct ones, 100 in flight, over TLS.

The server responds after 50 ms. Direct calls and calls through the proxy alternate in one run.
`--httpx` adds calls that httpx makes through the same proxy.

    apt-get install tinyproxy
    python benchmarks/proxies.py [--rounds 5] [--calls 2000] [--httpx]
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import shutil
import socket
import ssl
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import httpx
import trustme

from ionos_model_hub import AsyncClient
from ionos_model_hub.settings import SettingsOptions

IN_FLIGHT = 100
LATENCY = 0.05
BODY = (
    b'{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,'
    b'"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}],'
    b'"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}'
)
RESPONSE = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(BODY)
) + BODY
TINYPROXY = """Port {port}
Listen 127.0.0.1
Timeout 600
MaxClients 1000
LogLevel Error
ConnectPort {server}
"""

Rates = dict[str, list[float]]


class Responder(asyncio.Protocol):
    """Responds to each request after `LATENCY`. Requests arrive in one or two parts."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the transport."""
        self._transport = cast("asyncio.Transport", transport)
        self._received = b""

    def data_received(self, data: bytes) -> None:
        """Respond when a request is complete."""
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        if separator and len(body) >= length:
            self._received = b""
            asyncio.get_running_loop().call_later(LATENCY, self._transport.write, RESPONSE)


def serve(certificate: str, pipe: Connection) -> None:
    """Serve in this process; send the port through the pipe."""

    async def run() -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Responder, "127.0.0.1", 0, ssl=context, backlog=1000)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


@contextmanager
def running_server(folder: Path) -> Iterator[str]:
    """Run the server in another process; yield its base URL, whose certificate is trusted."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    certificate = folder / "server.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(certificate))
    os.environ["SSL_CERT_FILE"] = str(folder / "authority.pem")
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=serve, args=(str(certificate), theirs), daemon=True)
    process.start()
    yield f"https://127.0.0.1:{ours.recv()}/v1"
    process.terminate()
    process.join()


@contextmanager
def running_proxy(folder: Path, base_url: str) -> Iterator[str]:
    """Run tinyproxy; yield its URL."""
    program = shutil.which("tinyproxy") or "/usr/sbin/tinyproxy"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    file = folder / "tinyproxy.conf"
    file.write_text(TINYPROXY.format(port=port, server=httpx.URL(base_url).port))
    process = subprocess.Popen([program, "-d", "-c", str(file)], stdout=subprocess.DEVNULL)
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except ConnectionRefusedError:
            time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait()


async def measure(client: AsyncClient, calls: int) -> float:
    """Return the calls per second with `IN_FLIGHT` calls at a time."""
    remaining = iter(range(calls))

    async def work() -> None:
        for _ in remaining:
            await client.chat([{"role": "user", "content": "Hello"}])

    started_at = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    return calls / (time.perf_counter() - started_at)


async def compare(base_url: str, proxy: str, options: argparse.Namespace) -> Rates:
    """Return the rates of each round, by client."""
    shared = SettingsOptions(api_key="bench", base_url=base_url, requests_per_second=None)
    through_proxy: SettingsOptions = {**shared, "proxy": proxy}
    clients = {"direct": AsyncClient(**shared), "proxy": AsyncClient(**through_proxy)}
    if options.httpx:
        through_httpx = httpx.AsyncClient(
            proxy=proxy, verify=ssl.create_default_context(), limits=httpx.Limits()
        )
        clients["proxy, httpx"] = AsyncClient(**shared, http_client=through_httpx)
    rates: Rates = {name: [] for name in clients}
    for client in clients.values():
        await measure(client, IN_FLIGHT)  # opens the connections
    for _ in range(options.rounds):
        for name, client in clients.items():
            rates[name].append(await measure(client, options.calls))
    for client in clients.values():
        await client.aclose()
    return rates


def report(rates: Rates) -> None:
    """Print the median rate of each client, and its share of the direct rate in the same round."""
    for name, values in rates.items():
        shares = [rate / direct for rate, direct in zip(values, rates["direct"], strict=True)]
        share = statistics.median(shares)
        print(f"{name:14} {statistics.median(values):7,.0f} calls/s  {share:6.1%} of direct")


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--httpx", action="store_true")
    options = parser.parse_args()
    with (
        TemporaryDirectory() as name,
        running_server(Path(name)) as base_url,
        running_proxy(Path(name), base_url) as proxy,
    ):
        report(asyncio.run(compare(base_url, proxy, options)))


if __name__ == "__main__":
    main()
