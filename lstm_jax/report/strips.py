"""The paper's tables as a picture: every trial of every row, our mean as it is compared, its interval, the paper's."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.ticker import EngFormatter, LogLocator, NullFormatter

from lstm_jax.paper.tables import ROWS, TITLES
from lstm_jax.report.methods import order
from lstm_jax.report.style import BLACK, OURS, PAPER, UNSOLVED, plt, save
from lstm_jax.report.table import label
from lstm_jax.results.training import Summary

LINE = 0.24
"""Height of a row, in inches."""

PAST_THE_END = 1.02, 1.045, 1.25
"""Where the circle and the number of unsolved trials stand, and the verdict, in parts of the width."""

HALO = [withStroke(linewidth=2, foreground="white")]
"""Around letters that stand on dots."""


def strips(summaries: Sequence[Summary], path: Path, formats: Sequence[str] = ()) -> None:
    """Draw one panel per table of the paper.

    Args:
        summaries: in any order; rows that the paper does not have are left out.
        path: the picture to write; its ending gives the format unless there are `formats`.
        formats: endings, one file each.
    """
    tables = [_in_order(number, summaries) for number in TITLES]
    tables = [lines for lines in tables if lines]
    sizes = [len(lines) for lines in tables]
    figure, axes = plt.subplots(
        len(tables),
        1,
        figsize=(9, LINE * sum(sizes) + 0.62 * len(tables) + 0.5),
        height_ratios=[size + 1.2 for size in sizes],
        squeeze=False,
        layout="constrained",
    )
    for axis, lines in zip(axes.flat, tables, strict=True):
        _panel(axis, lines)
    axes.flat[-1].set_xlabel("presentations until the criterion was met")
    handles, names = axes.flat[0].get_legend_handles_labels()
    meaning = dict(zip(names, handles, strict=True))
    if any(line.at_least for lines in tables for line in lines):
        # A sign in place of a line: a mean that would lie farther right if the unsolved trials had gone on.
        meaning["unsolved trials counted"] = Line2D([], [], color=BLACK, linestyle="", marker="$≥$", markeredgewidth=0)
    figure.legend(meaning.values(), meaning.keys(), loc="outside lower center", ncols=len(meaning))
    save(figure, path, formats)


def _in_order(table: int | None, summaries: Sequence[Summary]) -> list[Summary]:
    return [summary for row in order(table) for summary in summaries if summary.row == row]


def _panel(axis, lines: Sequence[Summary]) -> None:
    number = ROWS[lines[0].row].table
    axis.set_title(("" if number is None else f"Table {number}. ") + TITLES[number], loc="left", fontweight="bold")
    first = True
    for y, line in enumerate(lines):
        _strip(axis, y, line, named=first)
        first = False
    axis.set_yticks(range(len(lines)), [label(line) for line in lines])
    axis.set(xscale="log", ylim=(len(lines) - 0.5, -0.5))
    axis.tick_params(axis="y", length=0)
    axis.spines["left"].set_visible(False)
    axis.grid(axis="x", color="#dddddd", linewidth=0.6)
    axis.set_axisbelow(True)
    axis.xaxis.set_major_formatter(EngFormatter(sep=""))
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
    axis.xaxis.set_minor_formatter(NullFormatter())


def _strip(axis, y: int, line: Summary, named: bool) -> None:
    def name(text: str) -> str | None:
        return text if named else None

    solved = np.array([at for at in line.presentations if at is not None])
    if line.compared_interval:
        axis.plot(line.compared_interval, [y, y], color=OURS, linewidth=7, alpha=0.25, solid_capstyle="butt")
    axis.plot(solved, y + _apart(len(solved)), ".", color=OURS, markersize=4, alpha=0.7, label=name("a trial"))
    mean = [] if line.compared_mean is None else [line.compared_mean]
    axis.plot(mean, [y] * len(mean), "|", color=OURS, markersize=12, markeredgewidth=2, label=name("our mean"))
    paper = [line.paper.presentations] if line.paper and line.paper.presentations else []
    axis.plot(paper, [y] * len(paper), "d", color=PAPER, markersize=5, label=name("the paper's mean"))
    if line.at_least:
        # On the side of the mean where the paper's is not.
        side, align = (1, "left") if (line.ratio or 1) > 1 else (-1, "right")
        text = {"textcoords": "offset points", "ha": align, "va": "center", "fontsize": 8, "path_effects": HALO}
        axis.annotate("≥", (mean[0], y), (2 * side, 0), **text)
    circle, words, verdict = PAST_THE_END
    place = axis.get_yaxis_transform()
    lost = line.trials - line.solved
    if lost:
        axis.plot(circle, y, "o", color=UNSOLVED, markerfacecolor="none", transform=place, clip_on=False, markersize=5)
        axis.text(words, y, f"{lost} of {line.trials} unsolved", transform=place, va="center", fontsize=8)
    axis.text(verdict, y, line.verdict or "", transform=place, va="center", fontsize=8, fontweight="bold")


def _apart(many: int) -> np.ndarray:
    """Small offsets, the same at every drawing, so that dots do not hide one another."""
    return 0.22 * np.sin(2.4 * np.arange(many))
