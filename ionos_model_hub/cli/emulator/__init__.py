"""`ionos-model-hub emulator`: a local Model Hub for clients of any kind."""

import argparse

from ionos_model_hub.lazy import require_extra


def run(options: argparse.Namespace) -> int:
    """Serve until interrupted; return the exit code."""
    # The options are read without the extra; everything else needs it.
    require_extra("emulator", "emulator", "jinja2", "jsonschema", "starlette", "uvicorn", "yaml")
    from ionos_model_hub.cli.emulator.command import run as serve

    return serve(options)
