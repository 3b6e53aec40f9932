"""Cells side by side on the same tasks: a table, and a picture with every trial in it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lstm_jax.report import table
from lstm_jax.report.columns import Column, chosen
from lstm_jax.report.table import share_with_interval
from lstm_jax.results.studies import ComparedSummary

_ROW, _WEIGHTS, _MEAN, _ALL, _MEDIAN, _RANGE, _TIME = chosen(
    table.COLUMNS, "row", "weights", "mean", "all trials", "median", "range", "time"
)


COLUMNS: list[Column[ComparedSummary]] = [
    _ROW,
    Column("cell", lambda line: line.cell, left=True),
    replace(_WEIGHTS, below=""),
    Column("rule", lambda line: line.gradient, left=True, below="cell"),
    Column(
        "solved", lambda line: share_with_interval(line.solved, line.trials, line.solved_interval), "solved\n[95 %]"
    ),
    _MEAN,
    _ALL,
    _MEDIAN,
    _RANGE,
    table.BUDGET,
    replace(_TIME, below="budget"),
]
"""Columns of a table with a line for each row, cell and stage."""


def draw(lines: Sequence[ComparedSummary], path: Path) -> None:
    """Draw one column of panels per row: the share of trials that were solved, and when each of them was.

    Args:
        lines: those of the last stage of each row are drawn.
        path: the picture to write.
    """
    from matplotlib.ticker import EngFormatter, NullFormatter

    from lstm_jax.report.style import OURS, PAPER, TRIAL, plt, save

    last = {(line.row, line.cell): line for line in lines}
    names = list(dict.fromkeys(line.row for line in lines))
    cells = list(dict.fromkeys(line.cell for line in lines))
    size = (1 + 4 * len(names), 2.6 + 0.55 * len(cells))
    figure, axes = plt.subplots(2, len(names), figsize=size, squeeze=False, sharey=True, layout="constrained")
    for (shares, times), name in zip(axes.T, names, strict=True):
        budget = last[name, cells[0]].budget
        for y, cell in enumerate(cells):
            line = last[name, cell]
            solved = [at for at in line.presentations if at is not None]
            low, high = line.solved_interval
            shares.plot([low, high], [y, y], color=TRIAL, linewidth=5, solid_capstyle="butt", label="95 %")
            shares.plot(line.solved / line.trials, y, "o", color=OURS, label="share of trials")
            times.plot(solved, [y] * len(solved), "|", color=TRIAL, markersize=10, label="a trial")
            if line.mean_interval:
                times.plot(line.mean_interval, [y, y], color=OURS, linewidth=2, label="95 % of the mean")
            if line.mean:
                times.plot(line.mean, y, "o", color=OURS, label="mean")
        times.axvline(budget, color=PAPER, linestyle="--", label="budget")
        shares.set(title=name, xlim=(-0.03, 1.03), xlabel="solved")
        shares.set_yticks(range(len(cells)), cells)
        shares.set_ylim(len(cells) - 0.5, -0.5)
        times.set(xlabel="presentations until solved", xscale="log", xlim=(budget / 300, budget * 1.3))
        times.xaxis.set_major_formatter(EngFormatter(sep=""))
        times.xaxis.set_minor_formatter(NullFormatter())
    meaning: dict[str, Any] = {}
    for axis in axes.flat:
        meaning |= dict(zip(*reversed(axis.get_legend_handles_labels()), strict=True))
    figure.legend(meaning.values(), meaning.keys(), loc="outside lower center", ncols=len(meaning), frameon=False)
    save(figure, path, dpi=110)
