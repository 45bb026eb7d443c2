"""`ionos-model-hub models`: list the models that are served, with the catalogue's data."""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, fields
from importlib.util import find_spec

from ionos_model_hub import catalogue
from ionos_model_hub.client import Client

COLUMNS = ("model", "kind", "context", "vector", "tools", "JSON schema", "images", "reasoning")
MAX_INDEXED_DIMENSIONS = 2_000

Models = Mapping[str, catalogue.Model | None]
"""Ids of the served models and their catalogue entries; None for models without one."""


def run(options: argparse.Namespace) -> int:
    """Print the models: a table on a terminal, tab-separated lines in a pipe, or JSON."""
    with Client() as client:
        served = sorted(model.id for model in client.models())
        url = client.settings.url
    models = {model_id: catalogue.find_model(model_id) for model_id in served}
    if options.json:
        print(json.dumps([_record(*item) for item in models.items()], indent=2))
    elif sys.stdout.isatty() and find_spec("rich"):
        _print_table(models, url)
    else:
        for model_id, model in models.items():
            print(_line(model_id, model))
    return 0


def _record(model_id: str, model: catalogue.Model | None) -> dict[str, object]:
    """Return all fields of a model; null where they are unknown."""
    unknown = dict.fromkeys((field.name for field in fields(catalogue.Model)), None)
    return (unknown if model is None else asdict(model)) | {"id": model_id}


def _line(model_id: str, model: catalogue.Model | None) -> str:
    values = (model.kind, model.context_window, model.dimensions) if model else (None,) * 3
    return "\t".join([model_id, *("" if value is None else str(value) for value in values)])


def _print_table(models: Models, url: str) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"Models at {url}", caption=f"Capabilities as of {catalogue.AS_OF}.")
    for column in COLUMNS:
        table.add_column(column, overflow="fold")
    for model_id, model in models.items():
        table.add_row(model_id, *_cells(model))
    console = Console()
    console.print(table)
    for model in models.values():
        if model and model.dimensions and model.dimensions > MAX_INDEXED_DIMENSIONS:
            console.print(_pgvector_note(model), soft_wrap=True)


def _cells(model: catalogue.Model | None) -> tuple[str, ...]:
    if model is None:
        return ("?",) * (len(COLUMNS) - 1)
    context = f"{model.context_window:,}" if model.context_window else "?"
    vector = f"{model.dimensions:,}" if model.dimensions else ""
    flags = (model.tools, model.structured_output, model.vision, model.reasoning)
    if model.kind != "chat":
        return (model.kind, context, vector, "", "", "yes" if model.vision else "", "")
    cells = ("?" if flag is None else "yes" if flag else "" for flag in flags)
    return (model.kind, context, vector, *cells)


def _pgvector_note(model: catalogue.Model) -> str:
    return (
        f"{model.id}: pgvector indexes vectors of at most {MAX_INDEXED_DIMENSIONS:,} dimensions, "
        f"this model returns {model.dimensions:,}. See docs/vector_stores.md for alternatives."
    )
