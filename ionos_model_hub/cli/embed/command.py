"""Put the parts together as the options want it, and tell how it ended."""

import argparse
import asyncio
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from typing import Literal

from rich.console import Console

from ionos_model_hub.async_client import AsyncClient
from ionos_model_hub.cli.embed.embedder import Asker
from ionos_model_hub.cli.embed.pipeline import Work
from ionos_model_hub.cli.embed.planning import (
    check_dimensions,
    inputs,
    limit_of,
    open_sink,
    rejects_path,
)
from ionos_model_hub.cli.embed.progress import Progress, progress_on
from ionos_model_hub.cli.embed.readers.reader import Reader
from ionos_model_hub.cli.embed.readers.sources import Source
from ionos_model_hub.cli.embed.records import StoppedError, UsageError
from ionos_model_hub.cli.embed.rejects import Rejects
from ionos_model_hub.cli.embed.resume_index import Ledger
from ionos_model_hub.cli.embed.selection import Chooser
from ionos_model_hub.cli.embed.sinks.sink import Sink
from ionos_model_hub.errors import ConfigurationError, ModelHubError
from ionos_model_hub.settings import Settings

ALL_DONE, NOT_ALL, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130
_RETRIES = 8
"""A long run outlives longer failures than one call has to."""


def run(options: argparse.Namespace) -> int:
    """Embed what the options name; return the exit code."""
    try:
        settings = Settings(max_retries=_RETRIES, requests_per_second=_pace(options))
        reader, sources = inputs(options)
        with Ledger() as ledger, closing(open_sink(options, ledger)) as sink:
            check_dimensions(options.model, sink)
            rejects = Rejects(rejects_path(options))
            with closing(rejects), _progress(sources) as progress:
                client = AsyncClient.with_settings(settings)
                work = _work(options, client, ledger, sink, rejects, progress)
                ended = _end_of(work, reader, sources)
            return _tell(ended, work)
    except (UsageError, ConfigurationError) as error:
        return _fail(str(error), WRONG_USAGE)
    except OSError as error:
        return _fail(str(error), NOT_ALL)


def _pace(options: argparse.Namespace) -> float | Literal["auto"]:
    given: float | None = options.requests_per_second
    return "auto" if given is None else given


def _progress(sources: Sequence[Source]) -> Progress:
    return progress_on(Console(stderr=True), sum(source.size for source in sources))


def _work(
    options: argparse.Namespace,
    client: AsyncClient,
    ledger: Ledger,
    sink: Sink,
    rejects: Rejects,
    progress: Progress,
) -> Work:
    splits, fails = options.too_long == "split", options.too_long == "fail"
    return Work(
        Chooser(options.model, ledger, sink, limit_of(options), splits),
        Asker(client, options.model, fails),
        sink,
        rejects,
        progress,
        options.batch_size,
        options.concurrency,
        options.commit_every,
    )


def _end_of(
    work: Work, reader: Reader, sources: Sequence[Source]
) -> Exception | KeyboardInterrupt | None:
    """Do the work; return what ended it early, or None."""
    try:
        asyncio.run(work.run(reader.read(sources)))
    except (ModelHubError, StoppedError, OSError, sqlite3.Error, KeyboardInterrupt) as error:
        return error
    return None


def _tell(ended: BaseException | None, work: Work) -> int:
    """Tell how it ended; return the exit code."""
    print(f"{work.counts}.")
    if work.rejects.count:
        _tell_rejects(work.rejects)
    if ended is None:
        print(f"The vectors are in {work.sink.name}.")
        return NOT_ALL if work.rejects.count else ALL_DONE
    interrupted = isinstance(ended, KeyboardInterrupt)
    _fail(
        f"{'interrupted' if interrupted else ended}\n{work.kept:,} vectors of this run are kept; "
        "the same command goes on from there.",
        NOT_ALL,
    )
    return INTERRUPTED if interrupted else NOT_ALL


def _tell_rejects(rejects: Rejects) -> None:
    print(f"{rejects.count:,} rejected, listed in {rejects.path}; the first:", file=sys.stderr)
    for reject in rejects.first:
        told = f"{reject.file}, line {reject.line}: {reject.reason}"
        print(f"  {_printable(told)}", file=sys.stderr)


def _printable(text: str) -> str:
    """Return a text without what could steer a terminal; a part of it may be a file's."""
    return "".join(character if character.isprintable() else " " for character in text)


def _fail(reason: str, code: int) -> int:
    print(f"ionos-model-hub embed: {reason}", file=sys.stderr)
    return code
