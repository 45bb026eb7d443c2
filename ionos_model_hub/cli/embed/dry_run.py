"""Count texts, tokens and requests, and estimate time and cost, without sending anything."""

import argparse
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta

from ionos_model_hub import catalogue
from ionos_model_hub.cli.common.report import printable
from ionos_model_hub.cli.embed.planning import Plan, open_sink, sources_with_ids
from ionos_model_hub.cli.embed.records import Reject, TextPart
from ionos_model_hub.cli.embed.resume_index import ResumeIndex
from ionos_model_hub.cli.embed.selection import Pause, Selector, make_batches
from ionos_model_hub.cli.embed.token_limits import estimate_tokens
from ionos_model_hub.settings import HUB_REQUESTS_PER_SECOND

_MAX_SHOWN = 3
_TOKENS_PER_PRICE = 1_000_000


@dataclass(slots=True)
class Totals:
    """Totals of the texts that would be embedded."""

    texts: int = 0
    tokens: int = 0
    requests: int = 0
    too_long: int = 0
    rejected: int = 0

    def add_batch(self, batch: list[TextPart]) -> None:
        """Add the texts of a request."""
        self.requests += 1
        self.texts += len(batch)
        self.tokens += sum(estimate_tokens(part.text) for part in batch)
        self.too_long += sum(part.may_be_too_long for part in batch)


def estimate(options: argparse.Namespace, plan: Plan) -> int:
    """Print the estimate; return the exit code, 1 if texts would be rejected."""
    totals = Totals()
    with ResumeIndex() as index, closing(open_sink(options, plan, index)) as sink:
        selector = Selector(options.model, index, sink, plan.limit, options.too_long == "split")
        rows = plan.reader.read(sources_with_ids(plan, sink))
        for reject in plan.inputs.rejects:
            _count_reject(totals, reject)
        for batch in make_batches(selector.select(rows), options.batch_size):
            if isinstance(batch, Reject):
                _count_reject(totals, batch)
            elif not isinstance(batch, Pause):
                totals.add_batch(batch)
        _print(totals, selector.unchanged, options)
    return 1 if totals.rejected else 0


def _count_reject(totals: Totals, reject: Reject) -> None:
    totals.rejected += 1
    if totals.rejected <= _MAX_SHOWN:
        print(f"rejected: {printable(str(reject))}", file=sys.stderr)


def _print(totals: Totals, unchanged: int, options: argparse.Namespace) -> None:
    print(f"{totals.texts:,} to embed, {unchanged:,} unchanged, {totals.rejected:,} rejected.")
    rate = options.requests_per_second or HUB_REQUESTS_PER_SECOND
    duration = timedelta(seconds=round(totals.requests / rate))
    print(
        f"About {totals.tokens:,} tokens. Requests: {totals.requests:,}, in at least {duration} "
        f"at {rate:g} per second."
    )
    if cost := _cost(totals.tokens, options):
        print(cost)
    if totals.too_long:
        print(f"{totals.too_long:,} may be too long for {options.model}; see --too-long.")
    print("Dry run: nothing was sent or written.")


def _cost(tokens: int, options: argparse.Namespace) -> str:
    if options.price is not None:
        cost = tokens * options.price / _TOKENS_PER_PRICE
        return f"About {cost:,.2f} EUR at {options.price:g} EUR per million tokens."
    listed = catalogue.estimate_cost(options.model, input_tokens=tokens)
    if listed is None:
        return ""
    return f"About {listed:,.2f} EUR without VAT (price list of {catalogue.PRICES_AS_OF})."
