"""Format the figures as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from benchmarks.speed.cases import Case
from benchmarks.speed.figures import Figures, Row, Spread
from benchmarks.speed.subjects import SUBJECTS
from benchmarks.speed.verdicts import verdicts

COLUMNS = (
    ("ours, LangChain", "ours, LC"),
    ("langchain-openai", "lc-openai"),
    ("langchain-mistralai", "lc-mistral"),
    ("LangChain from memory", "LC memory"),
    ("ours, LlamaIndex", "ours, LI"),
    ("openai-like", "openai-like"),
    ("LlamaIndex from memory", "LI memory"),
    ("ours, bare", "ours, bare"),
    ("openai SDK", "openai SDK"),
    ("httpx", "httpx"),
    ("httpx, tuned", "httpx, tuned"),
)


def report(figures: Figures, about: Mapping[str, str]) -> str:
    """Return the report."""
    parts = [_about(about), _targets(figures), _overview(figures)]
    parts += [_details(case, figures) for case in figures.cases]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def number(value: float | None) -> str:
    """Return a number with three significant digits, or a dash for None."""
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield the lines of a table."""
    names = list(head)
    yield f"| {' | '.join(names)} |"
    yield f"|{'---|' * len(names)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _about(about: Mapping[str, str]) -> Iterator[str]:
    yield "# Speed"
    yield ""
    yield "; ".join(f"{name} {value}" for name, value in about.items()) + "."


def _targets(figures: Figures) -> Iterator[str]:
    results = list(verdicts(figures))
    reached = sum(verdict.reached for verdict in results)
    yield f"## Targets: {reached} of {len(results)} reached"
    yield ""
    rows = (
        (
            verdict.target.case,
            verdict.subject,
            f"{'>=' if verdict.target.is_minimum else '<='} {number(verdict.target.bound)}",
            verdict.metric,
            number(verdict.measured),
            "reached" if verdict.reached else "**missed**",
        )
        for verdict in results
    )
    yield from table(("case", "subject", "target", "of", "measured", ""), rows)


def _overview(figures: Figures) -> Iterator[str]:
    yield "## CPU time, medians"
    yield ""
    yield "In brackets: as a multiple of the baseline."
    yield ""
    head = ("case", "unit", *(short for _, short in COLUMNS))
    yield from table(head, (_line(case, figures) for case in figures.cases))


def _line(case: Case, figures: Figures) -> Iterator[str]:
    yield case.title
    yield case.per
    for subject, _ in COLUMNS:
        row = figures.row(case.name, subject)
        if row is None:
            yield "-"
        elif row.baseline is None or "memory" in subject:
            yield number(row.cpu.median)
        else:
            yield f"{number(row.cpu.median)} ({row.baseline:.2f})"


def _details(case: Case, figures: Figures) -> Iterator[str]:
    rows = figures.rows[case.name]
    more = sorted({key for row in rows.values() for key in row.more})
    yield f"### {case.title}"
    yield ""
    yield f"`{case.name}`, {case.per}; median (quartiles)."
    yield ""
    head = ("subject", "CPU", "wall", "x baseline", "x tuned baseline", *more, "rounds")
    order = [subject.name for subject in SUBJECTS if subject.name in rows]
    yield from table(head, (_detail(rows[name], more) for name in order))


def _detail(row: Row, more: list[str]) -> Iterator[str]:
    yield row.subject
    yield _spread(row.cpu)
    yield _spread(row.wall)
    yield "-" if row.baseline is None else f"{row.baseline:.2f}"
    yield "-" if row.tuned is None else f"{row.tuned:.2f}"
    for key in more:
        yield _spread(row.more[key]) if key in row.more else "-"
    yield str(row.rounds)


def _spread(spread: Spread) -> str:
    if spread.low == spread.high:
        return number(spread.median)
    return f"{number(spread.median)} ({number(spread.low)}-{number(spread.high)})"
