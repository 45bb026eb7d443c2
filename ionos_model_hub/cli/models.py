"""`ionos-model-hub models`: what the hub serves now, beside what the catalogue knows."""

import argparse

from rich.console import Console
from rich.table import Table

from ionos_model_hub import catalogue
from ionos_model_hub.client import Client


def run(_: argparse.Namespace) -> int:
    """Print a table of models."""
    with Client() as client:
        served = client.models()
        where = client.settings.url
    table = Table(title=f"Models at {where}", caption=f"Capabilities as of {catalogue.AS_OF}.")
    for column in ("model", "kind", "context", "tools", "JSON schema", "images", "reasoning"):
        table.add_column(column)
    for listed in sorted(served, key=lambda model: model.id):
        table.add_row(listed.id, *_known(catalogue.find(listed.id)))
    Console().print(table)
    return 0


def _known(model: catalogue.Model | None) -> tuple[str, ...]:
    if model is None:
        return ("?",) * 6
    context = f"{model.context_window:,}" if model.context_window else "?"
    flags = (model.tools, model.structured_output, model.vision, model.reasoning)
    if model.kind != "chat":
        return (model.kind, context, "", "", "yes" if model.vision else "", "")
    return (
        model.kind,
        context,
        *("?" if flag is None else "yes" if flag else "" for flag in flags),
    )
