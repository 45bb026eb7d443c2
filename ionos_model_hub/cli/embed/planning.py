"""Turn the options into inputs and an output."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from ionos_model_hub import catalogue
from ionos_model_hub.cli.common.errors import UsageError
from ionos_model_hub.cli.common.notices import Notices
from ionos_model_hub.cli.embed.base_folder import find_base, folder_digest
from ionos_model_hub.cli.embed.paths import check_paths, output_paths, rejects_path
from ionos_model_hub.cli.embed.readers.fields import Fields
from ionos_model_hub.cli.embed.readers.reader import Reader
from ionos_model_hub.cli.embed.readers.sources import Inputs, Source, find_inputs
from ionos_model_hub.cli.embed.resume_index import ResumeIndex
from ionos_model_hub.cli.embed.sinks.database import is_database
from ionos_model_hub.cli.embed.sinks.parquet import ParquetSink
from ionos_model_hub.cli.embed.sinks.pgvector import PgvectorSink
from ionos_model_hub.cli.embed.sinks.sink import OutputOptions, Sink


@dataclass(frozen=True, slots=True)
class Plan:
    """The inputs of a run, and the places of its results.

    Attributes:
        reader: Reads the inputs.
        inputs: The inputs.
        rejects: The file that rejects are written to.
        limit: Maximum number of tokens of a text, or None if unknown.
        keep: Columns of the inputs that are copied, with their types in the output.
    """

    reader: Reader
    inputs: Inputs
    rejects: Path
    limit: int | None
    keep: Mapping[str, pa.DataType]


def make_plan(options: argparse.Namespace, notices: Notices) -> Plan:
    """Check the options and the inputs; nothing is written.

    Raises:
        UsageError: An option or an input is not valid.
    """
    rejects = rejects_path(options.to, options.table, options.rejects)
    check_paths(options.inputs, options.to, rejects)
    reader = Reader(
        Fields(options.text_field, options.id_field, options.keep),
        options.encoding,
        options.delimiter,
        by_line=options.lines,
        notices=notices,
    )
    outputs = [rejects, *output_paths(options.to)]
    inputs = find_inputs(options.inputs, notices, options.format, outputs)
    reader.check(inputs.sources)
    keep = reader.use_column_types(inputs.sources)
    return Plan(reader, inputs, rejects, token_limit(options), keep)


def token_limit(options: argparse.Namespace) -> int | None:
    """Return the maximum number of tokens of a text, or None if unknown.

    Raises:
        UsageError: It is unknown, and texts are to be split.
    """
    if options.max_tokens:
        return int(options.max_tokens)
    model = catalogue.find_model(options.model)
    limit = model.context_window if model else None
    if limit is None and options.too_long == "split":
        raise UsageError(f"The token limit of {options.model} is unknown. Pass --max-tokens.")
    return limit


def open_sink(options: argparse.Namespace, plan: Plan, index: ResumeIndex) -> Sink:
    """Open the output, locked unless it is only read, and add its vectors to the index.

    Raises:
        UsageError: The output cannot be used.
    """
    output = OutputOptions(options.model, plan.keep, options.dry_run)
    if is_database(options.to):
        return PgvectorSink(options.to, options.table, output, index)
    return ParquetSink(Path(options.to), output, index)


def sources_with_ids(plan: Plan, sink: Sink) -> list[Source]:
    """Return the inputs with the ids that they have in the output."""
    base = find_base(sink.base, plan.inputs.sources)
    sink.base = folder_digest(base)
    return [source.with_id(base) for source in plan.inputs.sources]
