"""Cells side by side on the same tasks: a table, and a picture with every trial in it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from lstm_jax.report.table import cells as texts
from lstm_jax.report.table import markdown_table

COLUMNS = ("row", "cell", "weights", "rule", "solved [95 %]", "mean [95 %]", "median", "range", "budget", "time")


def rows(lines: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """The text of every line, in the order of `COLUMNS`."""
    result = []
    for line in lines:
        own = texts(line)
        low, high = line["success_interval"]
        share = f"{own.solved} [{100 * low:.0f}, {100 * high:.0f} %]"
        what = (own.label, line["cell"], own.weights, line["gradient"])
        result.append((*what, share, own.mean, own.median, own.range, f"{line['budget']:,}", own.time))
    return result


def rich_table(lines: Sequence[Mapping[str, Any]]) -> Table:
    """For a terminal of 80 columns: intervals stand below means, ranges below medians."""
    headings = ("row", "cell\nrule", "weights", "solved\n[95 %]", "mean\n[95 %]", "median\nrange", "budget\ntime")
    table = Table(*headings, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in table.columns[2:]:
        column.justify = "right"
    for row, cell, weights, rule, solved, mean, median, between, budget, time in rows(lines):
        pairs = (f"{median}\n{between}", f"{budget}\n{time}")
        table.add_row(row, f"{cell}\n{rule}", weights, solved.replace(" ", "\n", 1), mean.replace(" ", "\n", 1), *pairs)
    return table


def markdown(lines: Sequence[Mapping[str, Any]]) -> str:
    """For documents."""
    return markdown_table(COLUMNS, rows(lines), left=(0, 1, 3))


def draw(lines: Sequence[Mapping[str, Any]], path: Path) -> None:
    """One column of panels per row: the share of trials that were solved, and when each of them was.

    Args:
        lines: those of the last stage of each row are drawn.
        path: the picture to write.
    """
    from matplotlib.ticker import EngFormatter, NullFormatter

    from lstm_jax.report.style import OURS, PAPER, TRIAL, plt, save

    last = {(line["row"], line["cell"]): line for line in lines}
    names = list(dict.fromkeys(line["row"] for line in lines))
    cells = list(dict.fromkeys(line["cell"] for line in lines))
    size = (1 + 4 * len(names), 2.6 + 0.55 * len(cells))
    figure, axes = plt.subplots(2, len(names), figsize=size, squeeze=False, sharey=True, layout="constrained")
    for (shares, times), name in zip(axes.T, names, strict=True):
        budget = last[name, cells[0]]["budget"]
        for y, cell in enumerate(cells):
            line = last[name, cell]
            solved = [at for at in line["presentations"] if at is not None]
            low, high = line["success_interval"]
            shares.plot([low, high], [y, y], color=TRIAL, linewidth=5, solid_capstyle="butt", label="95 %")
            shares.plot(line["successes"] / line["trials"], y, "o", color=OURS, label="share of trials")
            times.plot(solved, [y] * len(solved), "|", color=TRIAL, markersize=10, label="a trial")
            if line["mean_interval"]:
                times.plot(line["mean_interval"], [y, y], color=OURS, linewidth=2, label="95 % of the mean")
            if line["mean"]:
                times.plot(line["mean"], y, "o", color=OURS, label="mean")
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
