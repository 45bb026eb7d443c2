"""Run the command and report the result."""

import argparse
from contextlib import closing

from rich.console import Console

from ionos_model_hub.async_client import AsyncClient
from ionos_model_hub.cli.common.locks import create_and_lock
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
from ionos_model_hub.cli.ocr.pipeline import Pipeline
from ionos_model_hub.cli.ocr.planning import Plan, make_plan
from ionos_model_hub.cli.ocr.records import WRITTEN_BY
from ionos_model_hub.ocr.limits import ImageLimits
from ionos_model_hub.ocr.options import MAX_TOKENS, TEMPERATURE
from ionos_model_hub.ocr.requests import PageRequests


@termination_as_exception()
def run(options: argparse.Namespace) -> int:
    """Read the documents; return the exit code."""
    notices = Notices()
    plan = make_plan(options, notices)
    print_notices(notices)
    client = AsyncClient.with_settings(long_run_settings(options))
    with (
        closing(create_and_lock(plan.folder)),
        closing(RejectFile(plan.rejects, WRITTEN_BY)) as rejects,
    ):
        pipeline = _pipeline(options, plan, client, rejects, notices)
        failure = run_until_failure(pipeline.progress, pipeline.run())
        print_notices(notices)
        counts = pipeline.counts
        if failure is not None:
            outcome = f"{counts.done:,} pages of this run are stored in {plan.folder}."
        elif counts.done or counts.unchanged:
            outcome = f"The pages are in {plan.folder}."
        else:
            outcome = "No pages were written."
        return report_result(WRITTEN_BY, failure, counts, rejects, outcome)


def _pipeline(
    options: argparse.Namespace,
    plan: Plan,
    client: AsyncClient,
    rejects: RejectFile,
    notices: Notices,
) -> Pipeline:
    limits = ImageLimits(max_side=options.max_side)
    requests = PageRequests(options.model, MAX_TOKENS, TEMPERATURE, options.use_text_layer, limits)
    progress = progress_on(Console(stderr=True), plan.total_size)
    return Pipeline(client, plan, requests, options.concurrency, rejects, progress, notices)
