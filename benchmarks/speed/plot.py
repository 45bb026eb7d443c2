"""A chart of the ratios to the baseline."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from benchmarks.speed.figures import Figures

PANELS = {
    "LangChain": ("ours, LangChain", "langchain-openai", "langchain-mistralai"),
    "LlamaIndex": ("ours, LlamaIndex", "openai-like"),
    "no framework": ("ours, bare", "openai SDK"),
}
MARKERS = {
    "ours": ("o", "#d1495b", 9),
    "openai": ("s", "#3d5a80", 6),
    "mistralai": ("^", "#8d99ae", 7),
}


def plot(figures: Figures, path: Path) -> None:
    """Draw one panel per framework, one line per case and one marker per package."""
    cases = [case for case in figures.cases if case.baselines]
    height = 1.6 + 0.3 * len(cases)
    figure, axes = plt.subplots(
        1, len(PANELS), figsize=(13, height), sharey=True, squeeze=False, layout="constrained"
    )
    for axis, (title, subjects) in zip(axes[0], PANELS.items(), strict=True):
        _panel(axis, title, subjects, figures)
    axes[0][0].set_yticks(range(len(cases)), [case.title for case in cases])
    axes[0][0].set_ylim(len(cases) - 0.4, -0.6)
    figure.suptitle("CPU time as a multiple of the baseline (framework + bare httpx); log scale")
    figure.savefig(path, dpi=120)
    plt.close(figure)


def _panel(axis: Axes, title: str, subjects: tuple[str, ...], figures: Figures) -> None:
    cases = [case for case in figures.cases if case.baselines]
    axis.axvline(1.0, color="black", linewidth=1.0)
    for subject in subjects:
        positions, ratios = [], []
        for position, case in enumerate(cases):
            row = figures.row(case.name, subject)
            if row and row.baseline:
                positions.append(position)
                ratios.append(row.baseline)
        shape, colour, size = next(marker for part, marker in MARKERS.items() if part in subject)
        axis.plot(ratios, positions, shape, color=colour, markersize=size, label=subject)
    axis.set_xscale("log")
    axis.xaxis.set_major_formatter("{x:g}")
    axis.set_title(title)
    axis.grid(axis="both", which="major", color="#dddddd")
    axis.set_axisbelow(True)
    axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.03), ncols=3, fontsize=8)
