"""Serve the emulator, and print how clients reach it."""

import argparse
import errno
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from ionos_model_hub.cli.common.errors import UsageError
from ionos_model_hub.emulator import load_script, serve
from ionos_model_hub.emulator.control import is_loopback, make_token
from ionos_model_hub.emulator.gateway.engine import split_mapping
from ionos_model_hub.emulator.options import EmulatorOptions
from ionos_model_hub.settings import HUB_URL

_ALL_INTERFACES = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # only compared
_OUTPUT_ERRORS = (errno.EPIPE, errno.ENOSPC)
"""Errors of printing the addresses."""


def run(options: argparse.Namespace) -> int:
    """Serve until interrupted; return the exit code."""
    token = options.control_token
    if token is None and not is_loopback(options.host):
        token = make_token()
    try:
        serve(
            options.host,
            options.port,
            lambda url: _print_addresses(url, options.api_key or "any", token),
            **_emulator_options(options, token),
        )
    except ValueError as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        if error.filename or not error.strerror or error.errno in _OUTPUT_ERRORS:
            raise
        address = f"{options.host}:{options.port}"
        raise OSError(
            f"Cannot listen on {address}: {error.strerror}. Pass another --host or --port."
        ) from None
    return 0


def _emulator_options(options: argparse.Namespace, token: str | None) -> EmulatorOptions:
    selected: EmulatorOptions = {
        "profile": options.profile,
        "api_key": options.api_key,
        "control_token": token,
        "seed": options.seed,
        "requests_per_second": options.requests_per_second,
        "burst": options.burst,
        "latency": options.latency,
        "script": load_script(options.script) if options.script else (),
        "engine": dict(map(split_mapping, options.engine)) or None,
        "gguf": options.gguf,
        "replay": options.replay,
        "replay_timing": not options.no_replay_timing,
    }
    if options.record:
        selected["record"] = options.record
        selected["record_mode"] = options.record_mode
        selected["upstream"] = options.upstream or HUB_URL
    elif options.upstream:
        raise UsageError("--upstream needs --record.")
    return selected


def _print_addresses(url: str, api_key: str, token: str | None) -> None:
    print("\n".join(_addresses(url, api_key, token)), flush=True)


def _addresses(url: str, api_key: str, token: str | None) -> Iterator[str]:
    """Yield lines about the addresses of the server.

    Args:
        url: The base URL, whose host is the address that the server listens on.
        api_key: An accepted API key.
        token: Token of the live view and the control API.
    """
    host = urlsplit(url).hostname or ""
    local = _with_host(url, _ALL_INTERFACES.get(host, host))
    yield f"Serving a local Model Hub at {local}; press Ctrl-C to stop."
    allow = "" if host in _ALL_INTERFACES or is_loopback(host) else " IONOS_ALLOW_HTTP=1"
    yield f"Clients need: export IONOS_BASE_URL={local} IONOS_API_KEY={api_key}{allow}"
    query = f"?token={token}" if token else ""
    yield f"Live view: {local.removesuffix('v1')}{query}"
    if host in _ALL_INTERFACES:
        remote = _with_host(url, socket.gethostname())
        yield (
            f"Clients on other machines need: export IONOS_BASE_URL={remote} "
            f"IONOS_API_KEY={api_key} IONOS_ALLOW_HTTP=1 (in Python: allow_http=True)"
        )


def _with_host(url: str, host: str) -> str:
    port = urlsplit(url).port
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/v1"
