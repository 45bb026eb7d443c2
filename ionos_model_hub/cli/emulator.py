"""`ionos-model-hub emulator`: a local Model Hub for clients of any kind."""

import argparse
import sys

from ionos_model_hub.emulator import serve

_ALL_INTERFACES = {"http://0.0.0.0:": "http://127.0.0.1:", "http://[::]:": "http://[::1]:"}


def run(options: argparse.Namespace) -> int:
    """Serve until interrupted; return 1 if the address cannot be used."""
    try:
        serve(
            options.host,
            options.port,
            lambda url: _print_url(url, options.api_key or "any"),
            api_key=options.api_key,
            requests_per_second=options.requests_per_second,
        )
    except OSError as error:
        print(
            f"ionos-model-hub: cannot listen on {options.host}:{options.port}: {error.strerror}. "
            "Pass another --host or --port.",
            file=sys.stderr,
        )
        return 1
    return 0


def _print_url(url: str, api_key: str) -> None:
    for address, loopback in _ALL_INTERFACES.items():
        url = url.replace(address, loopback)
    print(f"Serving a local Model Hub at {url}; press Ctrl-C to stop.")
    print(f"Clients need: export IONOS_BASE_URL={url} IONOS_API_KEY={api_key}", flush=True)
