"""The options of `ionos-model-hub ocr`. Importing this loads nothing that needs an extra."""

import argparse

from ionos_model_hub.catalogue import DEFAULT_OCR_MODEL
from ionos_model_hub.cli.common.arguments import add_request_options, at_least_one, not_empty

MAX_SIDE = 1540
CONCURRENCY = 10

EPILOG = """\
Each document has two files in the output: NAME.md with its text, and NAME.jsonl with one line for
each page, which `ionos-model-hub embed` reads. Blank pages are only in the former.

The output is the only record of what is done. After an interruption, a failure or a change of the
input, run the same command again: only missing pages and changed documents are read.

Files that this command did not write are never overwritten or deleted.

exit code: 0 if all pages are read, 1 if some are not (see --rejects) or the run stopped early,
2 for wrong usage, 130 if interrupted, 143 if terminated

examples:
  ionos-model-hub ocr contract.pdf invoice.png --to text/
  ionos-model-hub ocr scans/ --to text/ --use-text-layer
  ionos-model-hub ocr scans/ --to text/ && \\
    ionos-model-hub embed 'text/**/*.jsonl' --keep source,page --too-long split --to vectors.parquet
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options to a parser."""
    parser.add_argument(
        "inputs",
        nargs="+",
        type=not_empty,
        metavar="FILE",
        help="file, glob or folder; .pdf, .tif, .tiff, .png, .jpg and .jpeg",
    )
    parser.add_argument(
        "--to",
        required=True,
        type=not_empty,
        metavar="FOLDER",
        help="folder of the output, created if missing",
    )
    parser.add_argument(
        "--model",
        type=not_empty,
        default=DEFAULT_OCR_MODEL,
        help="OCR model (default: %(default)s)",
    )
    _add_page_options(parser)
    parser.add_argument(
        "--rejects",
        type=not_empty,
        metavar="FILE",
        help="list of pages that were not read (default: next to the output, .rejects.jsonl)",
    )
    add_request_options(parser.add_argument_group("requests"), CONCURRENCY)


def _add_page_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--use-text-layer",
        action="store_true",
        help="read pages of PDF files that have a text layer from it, without a request",
    )
    parser.add_argument(
        "--max-side",
        type=at_least_one,
        default=MAX_SIDE,
        metavar="N",
        help="longest side of a page image in pixels (default: %(default)s)",
    )
