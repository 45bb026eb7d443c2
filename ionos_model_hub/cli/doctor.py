"""`ionos-model-hub doctor`: checks the way to the hub, and says in plain words what to mend."""

import argparse
import platform
import socket
import time
from collections.abc import Generator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ionos_model_hub import catalogue
from ionos_model_hub.cli import findings
from ionos_model_hub.cli.findings import Finding, Seen, Verdict
from ionos_model_hub.client import Client
from ionos_model_hub.credentials import Key
from ionos_model_hub.errors import ConfigurationError, ModelHubError
from ionos_model_hub.settings import HUB_URL, Settings, key_from_environment, key_variables_set
from ionos_model_hub.transport.http.tls import ssl_context
from ionos_model_hub.transport.httpx_transport import failure_of

_PACKAGES = ("ionos-model-hub", "httpx", "langchain-core", "llama-index-core")
_STYLES = {Verdict.OK: "green", Verdict.NOTE: "yellow", Verdict.WRONG: "bold red"}
_SECONDS_FOR_A_FIRST_ANSWER = 20.0
_SECONDS_FOR_A_CALL = 120.0


def run(_: argparse.Namespace) -> int:
    """Print all findings; return 0 only if nothing is wrong."""
    console = Console(highlight=False)
    console.print(_software())
    table = Table.grid(padding=(0, 2))
    found = list(examine())
    for finding in found:
        told = finding.told + (f"\nTo mend: {finding.remedy}" if finding.remedy else "")
        style = _STYLES.get(finding.verdict, "dim")
        table.add_row(Text(finding.verdict, style), Text(finding.check), Text(_printable(told)))
    console.print(table)
    if wrong := [finding.check for finding in found if finding.verdict is Verdict.WRONG]:
        console.print(f"Wrong: {', '.join(wrong)}. Begin with the first.", style="bold red")
        return 1
    console.print("All is well.", style="green")
    return 0


def examine() -> Generator[Finding, None, None]:
    """Check all that the environment leads to; what an earlier failure makes pointless is told."""
    url = yield from _check_address()
    key = yield from _check_key(url or HUB_URL)
    if url is None:
        yield from _skip("base URL", "connection", "TLS", "clock", "models", "answer", "limits")
        return
    obstacle = yield from _check_connection(url)
    if obstacle or key is None:
        yield from _skip(obstacle or "key", "models", "answer", "limits")
    else:
        yield from _check_calls()


def _skip(because: str, *checks: str) -> Generator[Finding, None, None]:
    for check in checks:
        yield findings.unchecked(check, because)


def _check_address() -> Generator[Finding, None, str | None]:
    try:
        # This key is a stand-in: a bad one must not hide what is wrong with the address.
        url = Settings(api_key="unused").url
    except ConfigurationError as error:
        yield findings.failed("base URL", error)
        return None
    yield findings.address(url)
    return url


def _check_key(url: str) -> Generator[Finding, None, Key | None]:
    try:
        key = key_from_environment()
    except ConfigurationError as error:
        yield findings.bad_key(error, key_variables_set())
    else:
        if key is not None:
            yield findings.key(key, key_variables_set(), url)
            yield findings.expiry(key, time.time())
            return key
        yield findings.missing_key()
    yield findings.unchecked("expiry", "key")
    return None


def _check_connection(url: str) -> Generator[Finding, None, str]:
    """Return the check at which it failed, "" if it did not."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    proxy = _proxy(parts.scheme, host)
    if not proxy and (reason := _why_unknown(host)):
        yield findings.unknown_host(host, reason)
        yield from _skip("connection", "TLS", "clock")
        return "connection"
    try:
        seen = _look(url)
    except ModelHubError as error:
        if findings.is_about_tls(error):
            yield findings.untrusted(error)
            yield from _skip("TLS", "clock")
            return "TLS"
        yield findings.unreachable(error, parts.netloc)
        yield from _skip("connection", "TLS", "clock")
        return "connection"
    yield findings.connection(parts.netloc, proxy)
    yield findings.certificate(seen)
    yield findings.clock(seen)
    return ""


def _proxy(scheme: str, host: str) -> str:
    """Return the host of the proxy on the way, "" where there is none."""
    proxies = {} if proxy_bypass(host) else getproxies()
    return urlsplit(proxies.get(scheme) or proxies.get("all", "")).hostname or ""


def _why_unknown(host: str) -> str:
    """Return why a name has no address, "" if it has one."""
    try:
        socket.getaddrinfo(host, None)
    except (OSError, UnicodeError) as error:
        return getattr(error, "strerror", None) or str(error)
    return ""


def _look(url: str) -> Seen:
    """Ask for the models without a key; any answer shows what is to be seen of the server."""
    try:
        with (
            httpx.Client(verify=ssl_context(), timeout=_SECONDS_FOR_A_FIRST_ANSWER) as client,
            client.stream("GET", f"{url}/models") as answer,
        ):
            seen_at = time.time()
            tls = answer.extensions["network_stream"].get_extra_info("ssl_object")
            date = answer.headers.get("date", "")
            return (
                Seen(seen_at, date, tls.version(), tls.getpeercert())
                if tls
                else Seen(seen_at, date)
            )
    except httpx.TransportError as error:
        failure = failure_of(error, urlsplit(url).netloc)
    raise failure


def _check_calls() -> Generator[Finding, None, None]:
    with Client(deadline=_SECONDS_FOR_A_CALL) as client:
        try:
            served = [model.id for model in client.models()]
        except ModelHubError as error:
            yield findings.failed("models", error)
            yield from _skip("models", "answer", "limits")
            return
        yield findings.models(served, datetime.now(UTC).date())
        yield from _check_an_answer(client, served)


def _check_an_answer(client: Client, served: list[str]) -> Generator[Finding, None, None]:
    model = findings.model_to_ask(served)
    if model is None:
        yield from _skip("models", "answer", "limits")
        return
    began = time.monotonic()
    try:
        answer = client.chat([{"role": "user", "content": "Say ok."}], model=model, max_tokens=32)
    except ModelHubError as error:
        yield findings.failed("answer", error)
        yield findings.unchecked("limits", "answer")
        return
    yield findings.answer(model, time.monotonic() - began)
    yield findings.limits(answer.headers, client.settings)


def _software() -> str:
    """Return the versions that a report of a fault should name."""
    installed = [f"Python {platform.python_version()}"]
    for package in _PACKAGES:
        try:
            installed.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return f"{', '.join(installed)}; catalogue of {catalogue.AS_OF}"


def _printable(text: str) -> str:
    """Return a text without what could steer a terminal; a part of it may come from a server."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)
