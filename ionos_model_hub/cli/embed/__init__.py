"""`ionos-model-hub embed`: embed many texts; resumable, and nothing is embedded twice."""

import argparse


def run(options: argparse.Namespace) -> int:
    """Embed the inputs; return the exit code."""
    # The options are read without the extra; everything else needs it.
    try:
        import psycopg  # noqa: F401 - for an error that names the extra
        import pyarrow  # noqa: F401
        import rich  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f"embed needs {error.name}: pip install 'ionos-model-hub[embed]'"
        ) from error
    from ionos_model_hub.cli.embed.command import run as embed

    return embed(options)
