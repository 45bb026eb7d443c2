"""The options of `ionos-model-hub embed`; importing this loads nothing heavy."""

import argparse
from math import inf

from ionos_model_hub.catalogue import DEFAULT_EMBEDDING_MODEL
from ionos_model_hub.wire.batching import BATCH_SIZE, CONCURRENCY

EPILOG = """\
What is done is read from the output itself: run the same command again after an interruption, a
failure or a change of the input, and only what is missing or changed is embedded.

exit code: 0 all texts are embedded, 1 some are not (they are listed with --rejects) or the work
stopped early, 2 wrong usage, 130 interrupted

examples:
  ionos-model-hub embed docs.jsonl --to vectors.parquet
  ionos-model-hub embed 'shop/**/*.csv' --text-field name --id-field sku --to vectors/
  ionos-model-hub embed handbook/ --too-long split --to postgresql://me@localhost/search
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options to a parser."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOG
    parser.add_argument(
        "inputs",
        nargs="+",
        metavar="INPUT",
        help="file, glob or folder: .jsonl, .ndjson, .csv, .tsv, .parquet, .txt, .md",
    )
    parser.add_argument(
        "--to",
        required=True,
        metavar="OUTPUT",
        help="a file that ends in .parquet, a folder for many Parquet files, or "
        "postgresql://user@host/database (the password may stand in PGPASSWORD or ~/.pgpass)",
    )
    parser.add_argument(
        "--model", default=DEFAULT_EMBEDDING_MODEL, help="embedding model (default: %(default)s)"
    )
    _add_input_options(parser.add_argument_group("inputs"))
    _add_output_options(parser.add_argument_group("output"))
    _add_pace_options(parser.add_argument_group("pace"))


def _add_input_options(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "--text-field",
        metavar="NAME",
        help="field or column of the text (default: text, content or page_content)",
    )
    group.add_argument(
        "--id-field",
        metavar="NAME",
        help="field or column of the id (default: id; without one, file and line)",
    )
    group.add_argument(
        "--format",
        choices=("jsonl", "csv", "parquet", "text"),
        help="format of all inputs (default: told by their names)",
    )
    group.add_argument(
        "--lines",
        action="store_true",
        help="take each line of a text file as a text (default: the whole file)",
    )
    group.add_argument(
        "--delimiter", type=_character, metavar="C", help="between columns (default: , in .csv)"
    )
    group.add_argument("--encoding", default="utf-8", help="of inputs (default: %(default)s)")
    group.add_argument(
        "--too-long",
        choices=("report", "split", "fail"),
        default="report",
        help="a text longer than the model takes is listed as rejected, split into parts, or ends "
        "the work (default: %(default)s)",
    )
    group.add_argument(
        "--max-tokens",
        type=_at_least_one,
        metavar="N",
        help="tokens the model takes (default: what is known of the model)",
    )


def _add_output_options(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "--table",
        metavar="NAME",
        default="embeddings",
        help="table in PostgreSQL, made if it is not there (default: %(default)s)",
    )
    group.add_argument(
        "--rejects",
        metavar="FILE",
        help="list of what could not be embedded (default: beside the output, .rejects.jsonl)",
    )
    group.add_argument(
        "--commit-every",
        type=_at_least_one,
        default=4096,
        metavar="N",
        help="vectors that are kept at once; a kill loses at most so many (default: %(default)s)",
    )


def _add_pace_options(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "--batch-size",
        type=_at_least_one,
        default=BATCH_SIZE,
        metavar="N",
        help="texts in one request (default: %(default)s)",
    )
    group.add_argument(
        "--concurrency",
        type=_at_least_one,
        default=CONCURRENCY,
        metavar="N",
        help="requests under way at once (default: %(default)s)",
    )
    group.add_argument(
        "--requests-per-second",
        type=_pace,
        metavar="N",
        help="the limit of your contract (default: the hub's documented 5)",
    )


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, got {text}")
    return int(text)


def _pace(text: str) -> float:
    try:
        pace = float(text)
    except ValueError:
        pace = 0.0
    if not 0 < pace < inf:
        raise argparse.ArgumentTypeError(f"must be a number above 0, got {text}")
    return pace


def _character(text: str) -> str:
    character = "\t" if text == "\\t" else text
    if len(character) != 1:
        raise argparse.ArgumentTypeError(f"must be one character, got {text}")
    return character
