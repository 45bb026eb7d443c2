"""The options of `ionos-model-hub embed`. Importing this loads nothing that needs an extra."""

import argparse

from ionos_model_hub.catalogue import DEFAULT_EMBEDDING_MODEL
from ionos_model_hub.cli.common.arguments import (
    add_request_options,
    at_least_one,
    not_empty,
    positive,
)
from ionos_model_hub.wire.batching import BATCH_SIZE, CONCURRENCY

EPILOG = """\
The output is the only record of what is done. After an interruption, a failure or a change of the
input, run the same command again: only missing and changed texts are embedded.

Files that this command did not write are never overwritten or deleted.

exit code: 0 if all texts are embedded, 1 if some are not (see --rejects) or the run stopped early,
2 for wrong usage, 130 if interrupted, 143 if terminated

examples:
  ionos-model-hub embed docs.jsonl --to vectors.parquet
  ionos-model-hub embed 'shop/**/*.csv' --text-field name --id-field sku --to vectors/
  ionos-model-hub embed handbook/ --too-long split --to postgresql://me@localhost/search
  zstdcat texts.jsonl.zst | ionos-model-hub embed - --keep author,date --to vectors.parquet
  ionos-model-hub embed docs.jsonl --to vectors.parquet --dry-run
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options to a parser."""
    parser.add_argument(
        "inputs",
        nargs="+",
        type=not_empty,
        metavar="INPUT",
        help="file, glob, folder, or - for standard input; .jsonl, .ndjson, .csv, .tsv, .txt and "
        ".md, also with .gz or .zst, and .parquet",
    )
    parser.add_argument(
        "--to",
        required=True,
        type=not_empty,
        metavar="OUTPUT",
        help="a file ending in .parquet, a folder for many Parquet files, or "
        "postgresql://user@host/database (the password can be in PGPASSWORD or ~/.pgpass)",
    )
    parser.add_argument(
        "--model",
        type=not_empty,
        default=DEFAULT_EMBEDDING_MODEL,
        help="embedding model (default: %(default)s)",
    )
    _add_input_options(parser.add_argument_group("inputs"))
    _add_text_options(parser.add_argument_group("texts"))
    _add_output_options(parser.add_argument_group("output"))
    _add_request_options(parser.add_argument_group("requests"))
    _add_dry_run_options(parser.add_argument_group("dry run"))


def _add_input_options(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "--text-field",
        type=not_empty,
        metavar="NAME",
        help="field or column of the text (default: text, content or page_content)",
    )
    group.add_argument(
        "--id-field",
        type=not_empty,
        metavar="NAME",
        help="field or column of the id (default: id; without one, file and line)",
    )
    group.add_argument(
        "--keep",
        type=_names,
        default=(),
        metavar="NAME,...",
        help="fields or columns that are copied to the output",
    )
    group.add_argument(
        "--format",
        choices=("jsonl", "csv", "parquet", "text"),
        help="format of all inputs (default: by their suffixes; standard input: jsonl)",
    )
    group.add_argument(
        "--delimiter",
        type=_character,
        metavar="C",
        help="character between columns of CSV (default: detected from the header)",
    )
    group.add_argument(
        "--encoding",
        type=not_empty,
        help="encoding of inputs (default: byte order mark, else utf-8)",
    )


def _add_text_options(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "--lines",
        action="store_true",
        help="make each line of a text file a text (default: the whole file)",
    )
    group.add_argument(
        "--too-long",
        choices=("report", "split", "fail"),
        default="report",
        help="reject texts that are too long for the model, split them, or stop at the first "
        "(default: %(default)s)",
    )
    group.add_argument(
        "--max-tokens",
        type=at_least_one,
        metavar="N",
        help="maximum number of tokens of a text (default: that of the model, if known)",
    )


def _add_output_options(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "--table",
        type=not_empty,
        metavar="NAME",
        default="embeddings",
        help="table in PostgreSQL, created if it does not exist (default: %(default)s)",
    )
    group.add_argument(
        "--rejects",
        type=not_empty,
        metavar="FILE",
        help="list of texts that were not embedded (default: next to the output, .rejects.jsonl)",
    )
    group.add_argument(
        "--commit-every",
        type=at_least_one,
        default=4096,
        metavar="N",
        help="number of vectors that are committed together; a kill loses at most as many "
        "(default: %(default)s)",
    )


def _add_request_options(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "--batch-size",
        type=at_least_one,
        default=BATCH_SIZE,
        metavar="N",
        help="texts per request (default: %(default)s)",
    )
    add_request_options(group, CONCURRENCY)


def _add_dry_run_options(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "--dry-run",
        action="store_true",
        help="count texts, tokens and requests, and estimate time and cost; send nothing",
    )
    group.add_argument(
        "--price",
        type=positive,
        metavar="EUR",
        help="price of a million tokens, for --dry-run (default: the price list, if known)",
    )


def _character(text: str) -> str:
    character = "\t" if text == "\\t" else text
    if len(character) != 1:
        raise argparse.ArgumentTypeError(f"must be one character, got {text}")
    return character


def _names(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    if not all(names):
        raise argparse.ArgumentTypeError(f"must be names separated by commas, got {text}")
    return names
