"""Run the command and report the result."""

import argparse
import errno
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Literal

from rich.console import Console

from ionos_model_hub.async_client import AsyncClient
from ionos_model_hub.cli.embed.dry_run import estimate
from ionos_model_hub.cli.embed.embedder import Embedder
from ionos_model_hub.cli.embed.notices import Notices
from ionos_model_hub.cli.embed.pipeline import Pipeline
from ionos_model_hub.cli.embed.planning import Plan, make_plan, open_sink, sources_with_ids
from ionos_model_hub.cli.embed.progress import progress_on
from ionos_model_hub.cli.embed.readers.background import read_in_background
from ionos_model_hub.cli.embed.records import Reject, Row, RunStoppedError, UsageError
from ionos_model_hub.cli.embed.rejects import RejectFile
from ionos_model_hub.cli.embed.report import fail, print_notices, print_rejects
from ionos_model_hub.cli.embed.resume_index import ResumeIndex
from ionos_model_hub.cli.embed.selection import Selector
from ionos_model_hub.cli.embed.signals import (
    TerminatedError,
    run_until_signal,
    termination_as_exception,
)
from ionos_model_hub.cli.embed.sinks.sink import Sink
from ionos_model_hub.errors import ConfigurationError, ModelHubError
from ionos_model_hub.settings import Settings

DONE, INCOMPLETE, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130
_SIGNAL_EXIT_CODE = 128
_MAX_RETRIES = 8
"""A long run should survive longer outages than a single call."""

_Failure = Exception | KeyboardInterrupt


def run(options: argparse.Namespace) -> int:
    """Embed the inputs; return the exit code."""
    notices = Notices()
    try:
        with termination_as_exception():
            plan = make_plan(options, notices)
            print_notices(notices)
            if options.dry_run:
                return estimate(options, plan)
            return _embed(options, plan, notices)
    except (UsageError, ConfigurationError) as error:
        return fail(str(error), WRONG_USAGE)
    except (OSError, sqlite3.Error) as error:
        return fail(_reason(error), INCOMPLETE)
    except TerminatedError as error:
        return fail(_reason(error), _exit_code(error))


def _embed(options: argparse.Namespace, plan: Plan, notices: Notices) -> int:
    settings = Settings(max_retries=_MAX_RETRIES, requests_per_second=_rate_limit(options))
    with (
        ResumeIndex() as index,
        closing(open_sink(options, plan, index)) as sink,
        closing(RejectFile(plan.rejects)) as rejects,
    ):
        client = AsyncClient.with_settings(settings)
        pipeline = _pipeline(options, plan, client, index, sink, rejects)
        failure = _run(pipeline, _rows(plan, sink))
        print_notices(notices)
        return _report(failure, pipeline)


def _rate_limit(options: argparse.Namespace) -> float | Literal["auto"]:
    limit: float | None = options.requests_per_second
    return "auto" if limit is None else limit


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


def _run(pipeline: Pipeline, rows: Iterable[Row | Reject | None]) -> _Failure | None:
    """Embed the rows and finish the output; return the failure that ended it early, or None."""
    try:
        with pipeline.progress:
            run_until_signal(pipeline.run(rows))
        pipeline.sink.finish()
    except (ModelHubError, RunStoppedError, OSError, sqlite3.Error, KeyboardInterrupt) as error:
        return error
    return None


def _report(failure: _Failure | None, pipeline: Pipeline) -> int:
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
    fail(f"{_reason(failure)}\n{state} Run the same command again to continue.", INCOMPLETE)
    return _exit_code(failure)


def _reason(failure: _Failure | sqlite3.Error) -> str:
    if isinstance(failure, TerminatedError):
        return f"terminated by signal {failure.signal_number}"
    if isinstance(failure, KeyboardInterrupt):
        return "interrupted"
    if isinstance(failure, sqlite3.Error):
        return f"The temporary index failed: {failure}. Check the free space, or set SQLITE_TMPDIR."
    if isinstance(failure, OSError) and failure.errno in (errno.ENOSPC, errno.EDQUOT):
        file = f" for {failure.filename}" if failure.filename else ""
        return f"No space left on the disk{file}. Free some space."
    return "\n".join([str(failure), *getattr(failure, "__notes__", ())])


def _exit_code(failure: _Failure) -> int:
    if isinstance(failure, TerminatedError):
        return _SIGNAL_EXIT_CODE + failure.signal_number
    return INTERRUPTED if isinstance(failure, KeyboardInterrupt) else INCOMPLETE
