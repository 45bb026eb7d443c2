"""`ionos-model-hub models`: what the hub serves now, beside what the catalogue knows."""

import argparse

from rich.console import Console
from rich.table import Table

from ionos_model_hub import catalogue
from ionos_model_hub.client import Client

COLUMNS = ("model", "kind", "context", "vector", "tools", "JSON schema", "images", "reasoning")
INDEXED_BY_PGVECTOR = 2_000


def run(_: argparse.Namespace) -> int:
    """Print a table of models, and what to mind."""
    with Client() as client:
        served = sorted(client.models(), key=lambda model: model.id)
        where = client.settings.url
    known = {listed.id: catalogue.find_model(listed.id) for listed in served}
    table = Table(title=f"Models at {where}", caption=f"Capabilities as of {catalogue.AS_OF}.")
    for column in COLUMNS:
        table.add_column(column, overflow="fold")
    for model_id, model in known.items():
        table.add_row(model_id, *_cells(model))
    console = Console()
    console.print(table)
    for model in known.values():
        if model and model.dimensions and model.dimensions > INDEXED_BY_PGVECTOR:
            console.print(_hint(model), soft_wrap=True)
    return 0


def _cells(model: catalogue.Model | None) -> tuple[str, ...]:
    if model is None:
        return ("?",) * (len(COLUMNS) - 1)
    context = f"{model.context_window:,}" if model.context_window else "?"
    vector = f"{model.dimensions:,}" if model.dimensions else ""
    flags = (model.tools, model.structured_output, model.vision, model.reasoning)
    if model.kind != "chat":
        return (model.kind, context, vector, "", "", "yes" if model.vision else "", "")
    return (
        model.kind,
        context,
        vector,
        *("?" if flag is None else "yes" if flag else "" for flag in flags),
    )


def _hint(model: catalogue.Model) -> str:
    return (
        f"{model.id}: {model.dimensions:,} numbers are too many for pgvector's indexes, which take "
        f"{INDEXED_BY_PGVECTOR:,}. docs/vector_stores.md has ways out."
    )
