"""A process that forks while it is connected to the store; arguments: URL LOCATION."""

import os
import sys

from ionos_model_hub import Client

USER = [{"role": "user", "content": "Say exactly: Hallo"}]


def main() -> None:
    url, location = sys.argv[1:]
    limits = {"requests_per_second": 100.0, "burst": 1, "shared_rate_limit": location}
    with Client(api_key="any", base_url=url, **limits) as client:  # type: ignore[arg-type]
        client.chat(USER)
        child = os.fork()
        client.chat(USER)
        client.chat(USER)
        if not child:
            os._exit(0)
        _, status = os.waitpid(child, 0)
    sys.exit(status)


if __name__ == "__main__":
    main()
