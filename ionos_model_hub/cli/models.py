"""`ionos-model-hub models`: list the models that are served, with the catalogue's data."""

import argparse
import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from importlib.util import find_spec

from ionos_model_hub import catalogue
from ionos_model_hub.client import Client

FEATURES = {
    "tools": "tools",
    "structured_output": "JSON schema",
    "vision": "images",
    "reasoning": "reasoning",
}
"""Names of the capabilities in the table, by field of the catalogue."""

MAX_INDEXED_DIMENSIONS = 2_000
_MIN_TABLE_WIDTH = 80
_MIN_MODEL_WIDTH = 36
_OTHER_COLUMNS_WIDTH = 64
"""Width of the other columns of the table, if all features are in one line."""

Models = Mapping[str, catalogue.Model | None]
"""Ids of the served models and their catalogue entries; None for models without one."""


def run(options: argparse.Namespace) -> int:
    """Print the models: a table on a wide terminal, else tab-separated lines, or JSON."""
    with Client() as client:
        served = sorted(model.id for model in client.models())
        url = client.settings.url
    models = {model_id: catalogue.find_model(model_id) for model_id in served}
    width = shutil.get_terminal_size().columns
    if options.json:
        print(json.dumps([_record(*item) for item in models.items()], indent=2))
    elif sys.stdout.isatty() and find_spec("rich") and width >= _MIN_TABLE_WIDTH:
        _print_table(models, url, width)
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


def _print_table(models: Models, url: str, width: int) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=f"Models at {escape(url)}",
        caption=f"Features as of {catalogue.AS_OF}; ? means unknown.",
        box=None,
        padding=(0, 2, 0, 0),
    )
    model_width = min(
        max(map(len, models), default=0), max(_MIN_MODEL_WIDTH, width - _OTHER_COLUMNS_WIDTH)
    )
    table.add_column("model", overflow="fold", width=model_width)
    for column in ("kind", "context", "vector"):
        table.add_column(column, no_wrap=True)
    table.add_column("features")
    for model_id, model in models.items():
        table.add_row(Text(model_id), *_cells(model))
    console = Console(width=width)
    console.print(table)
    for model in models.values():
        if model and model.dimensions and model.dimensions > MAX_INDEXED_DIMENSIONS:
            console.print(_pgvector_note(model), soft_wrap=True, highlight=False)


def _cells(model: catalogue.Model | None) -> tuple[str, ...]:
    if model is None:
        return ("?",) * 4
    context = f"{model.context_window:,}" if model.context_window else "?"
    vector = f"{model.dimensions:,}" if model.dimensions else ""
    return (model.kind, context, vector, ", ".join(_features(model)))


def _features(model: catalogue.Model) -> Iterator[str]:
    for field, name in FEATURES.items():
        value = getattr(model, field)
        if value or (value is None and model.kind == "chat"):
            yield name if value else f"{name}?"


def _pgvector_note(model: catalogue.Model) -> str:
    return (
        f"{model.id}: pgvector indexes vectors of at most {MAX_INDEXED_DIMENSIONS:,} dimensions, "
        f"this model returns {model.dimensions:,}. See docs/vector_stores.md for alternatives."
    )
