"""The checks of `doctor`, from the base URL to the rate limit."""

import socket
import time
from collections.abc import Generator
from contextlib import closing
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx

from ionos_model_hub.cli.doctor import (
    connection_findings,
    key_findings,
    model_findings,
    shared_limit_findings,
)
from ionos_model_hub.cli.doctor.connection_findings import ServerProbe
from ionos_model_hub.cli.doctor.findings import Finding, failed, skipped
from ionos_model_hub.client import Client
from ionos_model_hub.credentials import Key
from ionos_model_hub.errors import (
    AuthenticationError,
    ConfigurationError,
    ModelHubError,
    NotFoundError,
    PermissionDeniedError,
)
from ionos_model_hub.settings import HUB_URL, Settings, key_from_environment, key_variables_set
from ionos_model_hub.transport.connection_errors import convert_error
from ionos_model_hub.transport.http.errors import HttpError
from ionos_model_hub.transport.http.tls import ssl_context
from ionos_model_hub.transport.httpx_transport import convert_httpx_error
from ionos_model_hub.transport.proxy_selection import proxy_for
from ionos_model_hub.transport.shared_limit.factory import open_store
from ionos_model_hub.transport.shared_limit.store import StoreUnavailableError

_PROBE_TIMEOUT = 20.0
_CALL_DEADLINE = 120.0
_CALLS = ("models", "response", "limits")


def run_checks() -> Generator[Finding, None, None]:
    """Run all checks on the configuration in the environment.

    Checks that depend on a failed one are skipped. If a later step shows that an earlier finding
    was wrong, for instance because the server rejects the key, a second finding of that check
    follows, which replaces the first.
    """
    yield from _check_shared_limit()
    url = yield from _check_base_url()
    key = yield from _check_key(url or HUB_URL)
    if url is None:
        yield from _skip("base URL", "connection", "TLS", "clock", *_CALLS)
        return
    failed_check = yield from _check_connection(url)
    if failed_check or key is None:
        yield from _skip(failed_check or "key", *_CALLS)
    else:
        yield from _check_calls()


def _skip(cause: str, *checks: str) -> Generator[Finding, None, None]:
    for check in checks:
        yield skipped(check, cause)


def _check_base_url() -> Generator[Finding, None, str | None]:
    try:
        # A placeholder, so that an invalid key does not hide a problem with the URL.
        url = Settings(api_key="unused", shared_rate_limit="").url
    except ConfigurationError as error:
        yield failed("base URL", error)
        return None
    yield connection_findings.base_url(url)
    return url


def _check_shared_limit() -> Generator[Finding, None, None]:
    try:
        location = Settings(api_key="unused", base_url=HUB_URL).shared_rate_limit
    except ConfigurationError as error:
        yield failed(shared_limit_findings.CHECK, error)
        return
    if location is None:
        return
    try:
        with closing(open_store(location.partition("#")[0])) as store:
            store.check()
    except ConfigurationError as error:
        yield failed(shared_limit_findings.CHECK, error)
    except StoreUnavailableError as error:
        yield shared_limit_findings.unavailable(location, error)
    else:
        yield shared_limit_findings.available(location)


def _check_key(url: str) -> Generator[Finding, None, Key | None]:
    try:
        key = key_from_environment()
    except ConfigurationError as error:
        yield failed("key", error)
    else:
        if key is not None:
            yield key_findings.key_format(key, key_variables_set(), url)
            yield key_findings.expiry(key, time.time())
            return key
        yield key_findings.missing_key()
    yield skipped("expiry", "key")
    return None


def _check_connection(url: str) -> Generator[Finding, None, str]:
    """Return the check that failed; empty if all passed."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    proxy = urlsplit(proxy_for(url, None) or "").hostname or ""
    if not proxy and (reason := _resolution_error(host)):
        yield connection_findings.unknown_host(host, reason)
        yield from _skip("connection", "TLS", "clock")
        return "connection"
    try:
        probe = _probe(url, has_proxy=bool(proxy))
    except ModelHubError as error:
        if connection_findings.is_tls_error(error):
            yield connection_findings.untrusted(error)
            yield from _skip("TLS", "clock")
            return "TLS"
        yield connection_findings.unreachable(error, parts.netloc, proxy)
        yield from _skip("connection", "TLS", "clock")
        return "connection"
    yield connection_findings.connection(parts.netloc, proxy)
    yield connection_findings.certificate(probe)
    yield connection_findings.clock(probe)
    return ""


def _resolution_error(host: str) -> str:
    """Return why a host name cannot be resolved; empty if it can."""
    try:
        socket.getaddrinfo(host, None)
    except (OSError, UnicodeError) as error:
        return getattr(error, "strerror", None) or str(error)
    return ""


def _probe(url: str, *, has_proxy: bool) -> ServerProbe:
    """Request the models without a key; a response with any status describes the server."""
    try:
        with (
            httpx.Client(
                verify=ssl_context(),
                timeout=_PROBE_TIMEOUT,
                proxy=proxy_for(url, None),
                trust_env=False,
            ) as client,
            client.stream("GET", f"{url}/models") as response,
        ):
            received_at = time.time()
            tls = response.extensions["network_stream"].get_extra_info("ssl_object")
            date = response.headers.get("date", "")
            if tls is None:
                return ServerProbe(received_at, date)
            return ServerProbe(received_at, date, tls.version(), tls.getpeercert())
    except HttpError as error:
        failure = convert_error(error)
    except httpx.TransportError as error:
        failure = convert_httpx_error(error, urlsplit(url).netloc, may_be_proxy=has_proxy)
    raise failure


def _check_calls() -> Generator[Finding, None, None]:
    with Client(deadline=_CALL_DEADLINE, shared_rate_limit="") as client:
        try:
            served = [model.id for model in client.models()]
        except (AuthenticationError, PermissionDeniedError) as error:
            yield key_findings.rejected_key(error, key_variables_set())
            yield from _skip("key", *_CALLS)
        except NotFoundError as error:
            yield connection_findings.wrong_path(error)
            yield from _skip("base URL", *_CALLS)
        except ModelHubError as error:
            yield failed("models", error)
            yield from _skip("models", "response", "limits")
        else:
            yield model_findings.models(served, datetime.now(UTC).date())
            yield from _check_trial_request(client, served)


def _check_trial_request(client: Client, served: list[str]) -> Generator[Finding, None, None]:
    model = model_findings.trial_model(served)
    if model is None:
        yield from _skip("models", "response", "limits")
        return
    started = time.monotonic()
    try:
        completion = client.chat(
            [{"role": "user", "content": "Say ok."}], model=model, max_tokens=32
        )
    except ModelHubError as error:
        yield failed("response", error)
        yield skipped("limits", "response")
        return
    yield model_findings.response(model, time.monotonic() - started)
    yield model_findings.limits(completion.headers, client.settings)
