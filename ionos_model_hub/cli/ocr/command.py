"""Run the command and report the result."""

import argparse
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
from ionos_model_hub.cli.common.locks import create_and_lock
from ionos_model_hub.cli.common.notices import Notices
from ionos_model_hub.cli.common.progress import progress_on
from ionos_model_hub.cli.common.rejects import RejectFile
from ionos_model_hub.cli.common.report import fail, print_notices, print_rejects
from ionos_model_hub.cli.common.run_settings import long_run_settings
from ionos_model_hub.cli.common.signals import run_until_signal
from ionos_model_hub.cli.ocr.pipeline import Pipeline
from ionos_model_hub.cli.ocr.planning import make_plan
from ionos_model_hub.cli.ocr.records import WRITTEN_BY
from ionos_model_hub.errors import ModelHubError
from ionos_model_hub.ocr.limits import ImageLimits
from ionos_model_hub.ocr.options import MAX_TOKENS, TEMPERATURE
from ionos_model_hub.ocr.requests import PageRequests


def run(options: argparse.Namespace) -> int:
    """Read the documents; return the exit code."""
    return run_to_exit_code(WRITTEN_BY, lambda: _run_command(options))


def _run_command(options: argparse.Namespace) -> int:
    notices = Notices()
    plan = make_plan(options, notices)
    print_notices(notices)
    client = AsyncClient.with_settings(long_run_settings(options))
    lock = create_and_lock(plan.folder)
    try:
        with closing(RejectFile(plan.rejects, WRITTEN_BY)) as rejects:
            pipeline = Pipeline(
                client,
                plan,
                _requests(options),
                options.concurrency,
                rejects,
                progress_on(Console(stderr=True), plan.total_size),
                notices,
            )
            failure = _run(pipeline)
            print_notices(notices)
            return _report(failure, pipeline)
    finally:
        lock.release()


def _requests(options: argparse.Namespace) -> PageRequests:
    limits = ImageLimits(max_side=options.max_side)
    return PageRequests(options.model, MAX_TOKENS, TEMPERATURE, options.use_text_layer, limits)


def _run(pipeline: Pipeline) -> Failure | None:
    """Read all pages; return the failure that ended it early, or None."""
    try:
        with pipeline.progress:
            run_until_signal(pipeline.run())
    except (ModelHubError, RunStoppedError, OSError, KeyboardInterrupt) as error:
        return error
    return None


def _report(failure: Failure | None, pipeline: Pipeline) -> int:
    """Print the result; return the exit code."""
    print(f"{pipeline.counts}.")
    print_rejects(pipeline.rejects)
    folder = pipeline.plan.folder
    if failure is None:
        print(f"The pages are in {folder}.")
        return INCOMPLETE if pipeline.rejects.count else DONE
    message = (
        f"{reason_of(failure)}\n{pipeline.read:,} pages of this run are stored in {folder}. "
        "Run the same command again to continue."
    )
    return fail(WRITTEN_BY, message, exit_code_of(failure))
