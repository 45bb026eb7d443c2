"""Print the tables of docs/models.md, made from the catalogue.

Usage: python docs/tools/model_tables.py
"""

from collections.abc import Iterator

from ionos_model_hub import MODELS, Model


def number(value: float | None) -> str:
    """Return a number for a table, or "?" if it is unknown."""
    return "?" if value is None else f"{value:,}"


def price(value: float | None) -> str:
    """Return a price in EUR, or "?" if it is unknown."""
    return "?" if value is None else f"{value:.2f}"


def features(model: Model) -> str:
    """Return the features of a chat model, separated by commas."""
    return ", ".join(
        name
        for name, has in (
            ("tools", model.tools),
            ("structured output", model.structured_output),
            ("vision", model.vision),
            ("reasoning", model.reasoning),
        )
        if has
    )


def table(*rows: tuple[str, ...]) -> str:
    """Return a Markdown table; the first row has the names of the columns."""
    names, *others = rows
    return "\n".join(f"| {' | '.join(row)} |" for row in (names, ("---",) * len(names), *others))


def served(kind: str) -> Iterator[Model]:
    """Yield the models of a kind that are not retired."""
    return (model for model in MODELS if model.kind == kind and not model.retired_on)


def chat_models() -> str:
    """Return the table of chat models."""
    return table(
        ("model", "context", "longest response", "known features", "input", "output"),
        *(
            (
                f"`{model.id}`",
                number(model.context_window),
                number(model.max_output_tokens),
                features(model),
                price(model.price_input),
                price(model.price_output),
            )
            for model in served("chat")
        ),
    )


def embedding_models() -> str:
    """Return the table of embedding models."""
    return table(
        ("model", "longest text", "vector length", "input"),
        *(
            (
                f"`{model.id}`",
                number(model.context_window),
                number(model.dimensions),
                price(model.price_input),
            )
            for model in served("embedding")
        ),
    )


def retired_models() -> str:
    """Return the table of retired models."""
    return table(
        ("model", "retired on", "similar model"),
        *(
            (f"`{model.id}`", model.retired_on, f"`{model.successor}`")
            for model in MODELS
            if model.retired_on
        ),
    )


TABLES = (chat_models, embedding_models, retired_models)

if __name__ == "__main__":
    print("\n\n".join(make() for make in TABLES))
