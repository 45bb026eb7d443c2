"""Run the command and report the result."""

import argparse
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing

from rich.console import Console

from ionos_model_hub.async_client import AsyncClient
from ionos_model_hub.cli.common.errors import RunStoppedError
from ionos_model_hub.cli.common.exit_codes import (
    DONE,
    INCOMPLETE,
    Failure,
    exit_code_of,
    reason_of,
    run_to_exit_code,
)
from ionos_model_hub.cli.common.notices import Notices
from ionos_model_hub.cli.common.progress import progress_on
from ionos_model_hub.cli.common.rejects import RejectFile
from ionos_model_hub.cli.common.report import fail, print_notices, print_rejects
from ionos_model_hub.cli.common.run_settings import long_run_settings
from ionos_model_hub.cli.common.signals import run_until_signal
from ionos_model_hub.cli.embed.dry_run import estimate
from ionos_model_hub.cli.embed.embedder import Embedder
from ionos_model_hub.cli.embed.pipeline import Pipeline
from ionos_model_hub.cli.embed.planning import Plan, make_plan, open_sink, sources_with_ids
from ionos_model_hub.cli.embed.readers.background import read_in_background
from ionos_model_hub.cli.embed.records import WRITTEN_BY, Reject, Row
from ionos_model_hub.cli.embed.resume_index import ResumeIndex
from ionos_model_hub.cli.embed.selection import Selector
from ionos_model_hub.cli.embed.sinks.sink import Sink
from ionos_model_hub.errors import ModelHubError


def run(options: argparse.Namespace) -> int:
    """Embed the inputs; return the exit code."""
    return run_to_exit_code(WRITTEN_BY, lambda: _run_command(options))


def _run_command(options: argparse.Namespace) -> int:
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
        failure = _run(pipeline, _rows(plan, sink))
        print_notices(notices)
        return _report(failure, pipeline)


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


def _run(pipeline: Pipeline, rows: Iterable[Row | Reject | None]) -> Failure | None:
    """Embed the rows and finish the output; return the failure that ended it early, or None."""
    try:
        with pipeline.progress:
            run_until_signal(pipeline.run(rows))
        pipeline.sink.finish()
    except (ModelHubError, RunStoppedError, OSError, sqlite3.Error, KeyboardInterrupt) as error:
        return error
    return None


def _report(failure: Failure | None, pipeline: Pipeline) -> int:
    """Print the result; return the exit code."""
    print(f"{pipeline.counts}.")
    print_rejects(pipeline.rejects)
    sink = pipeline.sink
    if failure is None:
        if sink.has_vectors:
            print(f"The vectors are in {sink.name}.")
        else:
            print(f"No vectors were written: {sink.name} does not exist or is empty.")
        return INCOMPLETE if pipeline.rejects.count else DONE
    if pipeline.committed:
        state = f"{pipeline.committed:,} vectors of this run are committed in {sink.location}."
    else:
        state = "No vectors of this run were committed."
    message = f"{reason_of(failure)}\n{state} Run the same command again to continue."
    return fail(WRITTEN_BY, message, exit_code_of(failure))
