"""`ionos-model-hub embed`: embed many texts; resumable, and nothing is embedded twice."""

import argparse

from ionos_model_hub.lazy import require_extra


def run(options: argparse.Namespace) -> int:
    """Embed the inputs; return the exit code."""
    # The options are read without the extra; everything else needs it.
    require_extra("embed", "embed", "psycopg", "pyarrow", "rich")
    from ionos_model_hub.cli.embed.command import run as embed

    return embed(options)
