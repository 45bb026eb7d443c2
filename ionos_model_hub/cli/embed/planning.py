"""From the options to the inputs and the output."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from ionos_model_hub import catalogue
from ionos_model_hub.cli.embed.readers.fields import Fields
from ionos_model_hub.cli.embed.readers.reader import Reader
from ionos_model_hub.cli.embed.readers.sources import Source, find_sources
from ionos_model_hub.cli.embed.records import UsageError
from ionos_model_hub.cli.embed.resume_index import Ledger
from ionos_model_hub.cli.embed.sinks.database import is_database
from ionos_model_hub.cli.embed.sinks.parquet import ParquetSink, folder_of_parts
from ionos_model_hub.cli.embed.sinks.pgvector import PgvectorSink
from ionos_model_hub.cli.embed.sinks.sink import Sink


def inputs(options: argparse.Namespace) -> tuple[Reader, Sequence[Source]]:
    """Return the files to read and how, once they are checked; raises UsageError."""
    reader = Reader(
        Fields(options.text_field, options.id_field),
        options.encoding,
        options.delimiter,
        by_line=options.lines,
    )
    outputs = [rejects_path(options)]
    if not is_database(options.to):
        outputs += [Path(options.to), folder_of_parts(Path(options.to))]
    sources = find_sources(options.inputs, options.format, outputs)
    reader.check(sources)
    return reader, sources


def rejects_path(options: argparse.Namespace) -> Path:
    """Return where rejected rows are listed."""
    if options.rejects:
        return Path(options.rejects)
    if is_database(options.to):
        return Path(f"{options.table}.rejects.jsonl")
    return Path(options.to).with_name(f"{Path(options.to).name}.rejects.jsonl")


def open_sink(options: argparse.Namespace, ledger: Ledger) -> Sink:
    """Return the output, locked, with what it holds noted in the ledger; raises UsageError."""
    if is_database(options.to):
        return PgvectorSink(options.to, options.table, options.model, ledger)
    if "://" in options.to:
        raise UsageError(
            "--to takes a path or postgresql://user@host/database, "
            f"not {options.to.partition('://')[0]}://."
        )
    return ParquetSink(Path(options.to), options.model, ledger)


def limit_of(options: argparse.Namespace) -> int | None:
    """Return the tokens the model takes, or None where unknown; raises UsageError."""
    if options.max_tokens:
        return int(options.max_tokens)
    known = catalogue.find_model(options.model)
    limit = known.context_window if known else None
    if limit is None and options.too_long == "split":
        raise UsageError(f"How much {options.model} takes is not known; pass --max-tokens.")
    return limit


def check_dimensions(model: str, sink: Sink) -> None:
    """Refuse an output for vectors of another length, as far as the model is known.

    Raises:
        UsageError: The lengths differ.
    """
    known = catalogue.find_model(model)
    if known is None or known.dimensions is None or sink.dimensions is None:
        return
    if known.dimensions != sink.dimensions:
        raise UsageError(
            f"{sink.name} holds vectors of {sink.dimensions} numbers, {model} gives "
            f"{known.dimensions}; name another output."
        )
