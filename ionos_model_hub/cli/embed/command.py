"""Run the command and report the result."""

import argparse
from collections.abc import Iterator
from contextlib import closing

from rich.console import Console

from ionos_model_hub.async_client import AsyncClient
from ionos_model_hub.cli.common.long_run import (
    long_run_settings,
    report_result,
    run_until_failure,
)
from ionos_model_hub.cli.common.notices import Notices
from ionos_model_hub.cli.common.progress import progress_on
from ionos_model_hub.cli.common.rejects import RejectFile
from ionos_model_hub.cli.common.report import print_notices
from ionos_model_hub.cli.common.signals import termination_as_exception
from ionos_model_hub.cli.embed.dry_run import estimate
from ionos_model_hub.cli.embed.embedder import Embedder
from ionos_model_hub.cli.embed.pipeline import Pipeline
from ionos_model_hub.cli.embed.planning import Plan, make_plan, open_sink, sources_with_ids
from ionos_model_hub.cli.embed.readers.background import read_in_background
from ionos_model_hub.cli.embed.records import WRITTEN_BY, Reject, Row
from ionos_model_hub.cli.embed.resume_index import ResumeIndex
from ionos_model_hub.cli.embed.selection import Selector
from ionos_model_hub.cli.embed.sinks.sink import Sink


@termination_as_exception()
def run(options: argparse.Namespace) -> int:
    """Embed the inputs; return the exit code."""
    notices = Notices()
    plan = make_plan(options, notices)
    print_notices(notices)
    if options.dry_run:
        return estimate(options, plan)
    return _embed(options, plan, notices)


def _embed(options: argparse.Namespace, plan: Plan, notices: Notices) -> int:
    with (
        ResumeIndex() as index,
        closing(open_sink(options, plan, index)) as sink,
        closing(RejectFile(plan.rejects, WRITTEN_BY)) as rejects,
    ):
        client = AsyncClient.with_settings(long_run_settings(options))
        pipeline = _pipeline(options, plan, client, index, sink, rejects)
        main = pipeline.run(_rows(plan, sink))
        failure = run_until_failure(pipeline.progress, main, sink.finish)
        print_notices(notices)
        outcome = _completed(sink) if failure is None else _committed(pipeline)
        return report_result(WRITTEN_BY, failure, pipeline.counts, rejects, outcome)


def _pipeline(
    options: argparse.Namespace,
    plan: Plan,
    client: AsyncClient,
    index: ResumeIndex,
    sink: Sink,
    rejects: RejectFile,
) -> Pipeline:
    too_long = options.too_long
    return Pipeline(
        Selector(options.model, index, sink, plan.limit, too_long == "split"),
        Embedder(client, options.model, too_long == "fail"),
        sink,
        rejects,
        progress_on(Console(stderr=True), plan.inputs.total_size),
        options.batch_size,
        options.concurrency,
        options.commit_every,
    )


def _rows(plan: Plan, sink: Sink) -> Iterator[Row | Reject | None]:
    """Yield the rows of all inputs; None if none is available yet."""
    yield from plan.inputs.rejects
    rows = plan.reader.read(sources_with_ids(plan, sink))
    yield from rows if plan.inputs.total_size is not None else read_in_background(rows)


def _completed(sink: Sink) -> str:
    if sink.has_vectors:
        return f"The vectors are in {sink.name}."
    return f"No vectors were written: {sink.name} does not exist or is empty."


def _committed(pipeline: Pipeline) -> str:
    if not pipeline.committed:
        return "No vectors of this run were committed."
    location = pipeline.sink.location
    return f"{pipeline.committed:,} vectors of this run are committed in {location}."
