"""`ionos-model-hub emulator`: a local Model Hub for clients of any kind."""

import argparse

from ionos_model_hub.emulator import serve


def run(options: argparse.Namespace) -> int:
    """Serve until interrupted."""
    url = f"http://{options.host}:{options.port}/v1"
    print(f"Serving a local Model Hub at {url}; press Ctrl-C to stop.")
    print(f"Clients need: export IONOS_BASE_URL={url} IONOS_API_KEY={options.api_key or 'any'}")
    serve(
        options.host,
        options.port,
        api_key=options.api_key,
        requests_per_second=options.requests_per_second,
    )
    return 0
