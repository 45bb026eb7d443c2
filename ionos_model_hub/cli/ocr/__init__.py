"""`ionos-model-hub ocr`: read scanned documents; resumable, and no page is read twice."""

import argparse

from ionos_model_hub.lazy import require_extra


def run(options: argparse.Namespace) -> int:
    """Read the documents; return the exit code."""
    # The options are read without the extra; everything else needs it.
    require_extra("ocr", "ocr", "pypdfium2", "PIL", "rich")
    from ionos_model_hub.cli.ocr.command import run as read

    return read(options)
