"""`ionos-model-hub embed`: many texts in, vectors out; resumable, and nothing embedded twice."""

import argparse


def run(options: argparse.Namespace) -> int:
    """Embed what the options name; return the exit code."""
    # What follows needs the extra; the options of the command line must not.
    try:
        import psycopg  # noqa: F401 - only to tell what is missing
        import pyarrow  # noqa: F401
        import rich  # noqa: F401
    except ImportError as missing:
        raise ImportError(
            f"embed needs {missing.name}: pip install 'ionos-model-hub[embed]'"
        ) from missing
    from ionos_model_hub.cli.embed.command import run as embed

    return embed(options)
