"""The arena's board: for every cell and task the longest lag that is bridged, and success against lag as a picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lstm_jax.report.columns import Column
from lstm_jax.report.table import count, share_with_interval
from lstm_jax.results.reach import SOLVED, AtLag, reach

LINES: list[Column[AtLag]] = [
    Column("cell", lambda line: line.cell, left=True),
    Column("lag", lambda line: f"{line.lag:,}"),
    Column(
        "solved",
        lambda line: share_with_interval(line.solved, line.trials, line.interval).replace("\n", " "),
        "solved [95 %]",
    ),
    Column("presentations", lambda line: count(line.restricted_mean), "mean, unsolved\nwith the budget"),
    Column("budget", lambda line: count(line.budget)),
    Column("rate", lambda line: f"{line.learning_rate:g}"),
    Column("weights", lambda line: f"{line.weights:,}"),
]
"""Columns of a table with a line for each task, cell and lag."""


@dataclass(frozen=True)
class Standing:
    """One cell's reach on every task."""

    cell: str
    reaches: dict[str, str]
    """In words, by task."""


def in_words(lines: Sequence[AtLag], longest: int) -> str:
    """A reach as a table has it: "≥ 100" where the longest lag was bridged, "< 10" where none was, empty if not tried.

    Args:
        lines: of one cell on one task.
        longest: of the lags that any cell was tried at on this task.
    """
    if not lines:
        return ""
    found = reach(lines)
    if found is None:
        return f"< {min(line.lag for line in lines):,}"
    return f"≥ {found:,}" if found == longest else f"{found:,}"


def board(lines: Sequence[AtLag]) -> list[Standing]:
    """Every cell with its reach on every task, in the order of the lines."""
    standings = []
    for cell in dict.fromkeys(line.cell for line in lines):
        reaches = {}
        for task in tasks(lines):
            longest = max(line.lag for line in lines if line.task == task)
            reaches[task] = in_words([line for line in lines if (line.cell, line.task) == (cell, task)], longest)
        standings.append(Standing(cell, reaches))
    return standings


def columns(lines: Sequence[AtLag]) -> list[Column[Standing]]:
    """The columns of a board: the cell, and a column for each task."""

    def of_task(task: str) -> Column[Standing]:
        return Column(task, lambda standing: standing.reaches[task], task.replace("_", "\n"))

    return [Column("cell", lambda standing: standing.cell, left=True), *map(of_task, tasks(lines))]


def tasks(lines: Sequence[AtLag]) -> list[str]:
    """The tasks of some lines, in their order."""
    return list(dict.fromkeys(line.task for line in lines))


def standing(lines: Sequence[AtLag], cell: str) -> str:
    """Where one cell stands among all, in a sentence: its reach on every task, and how many cells reach further."""
    parts = []
    for task, words in next(one for one in board(lines) if one.cell == cell).reaches.items():
        if not words:
            continue
        others = {line.cell for line in lines if line.task == task} - {cell}
        own = _reach(lines, task, cell)
        further = sum(_reach(lines, task, other) > own for other in others)
        parts.append(f"{words} on {task} ({further} of {len(others)} others reach further)")
    return f"{cell}: {'; '.join(parts)}."


def _reach(lines: Sequence[AtLag], task: str, cell: str) -> int:
    return reach([line for line in lines if (line.task, line.cell) == (task, cell)]) or 0


def sentence(lines: Sequence[AtLag]) -> str:
    """What the numbers of a board are."""
    tried = sorted({line.lag for line in lines})
    return (
        f"Reach: the longest lag at which at least {SOLVED:.0%} of the trials meet the criterion within "
        f"{lines[0].budget:,} presentations. Lags tried: {', '.join(f'{lag:,}' for lag in tried)}; a cell that solves "
        "less than half of its trials at one does not go on to the next."
    )


def draw(lines: Sequence[AtLag], path: Path) -> None:
    """Draw a panel for each task: the share of solved trials against the lag, a line for each cell.

    Args:
        lines: in any order.
        path: the picture to write.
    """
    from matplotlib.ticker import FixedLocator, NullLocator, PercentFormatter, StrMethodFormatter

    from lstm_jax.report.style import AMBER, BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, plt, save

    names, cells = tasks(lines), list(dict.fromkeys(line.cell for line in lines))
    colours = [BLUE, ORANGE, GREEN, PURPLE, AMBER, SKY, BLACK]
    wide = min(4, len(names))
    high = -(-len(names) // wide)
    figure, axes = plt.subplots(
        high, wide, figsize=(1 + 3 * wide, 1.2 + 2.4 * high), squeeze=False, sharey=True, layout="constrained"
    )
    meaning: dict[str, Any] = {}
    for axis, task in zip(axes.flat, names, strict=False):
        lags = sorted({line.lag for line in lines if line.task == task})
        for i, cell in enumerate(cells):
            own = sorted((line for line in lines if (line.task, line.cell) == (task, cell)), key=lambda line: line.lag)
            if not own:
                continue
            # Beside each other, so that intervals of cells that fare alike are seen.
            at = [line.lag * 1.015 ** (i - (len(cells) - 1) / 2) for line in own]
            below = [max(0.0, line.share - line.interval[0]) for line in own]
            above = [max(0.0, line.interval[1] - line.share) for line in own]
            style = {"color": colours[i % len(colours)], "linestyle": ["-", "--", ":"][i // len(colours) % 3]}
            meaning[cell] = axis.errorbar(
                at, [line.share for line in own], [below, above], marker="o", markersize=4, elinewidth=1, **style
            )
        axis.axhline(SOLVED, color="#bbbbbb", linewidth=0.8, zorder=0)
        axis.set(title=task.replace("_", " "), xscale="log", ylim=(-0.04, 1.04), xlabel="lag, steps")
        axis.xaxis.set_major_locator(FixedLocator(lags))
        axis.xaxis.set_minor_locator(NullLocator())
        axis.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axis.yaxis.set_major_formatter(PercentFormatter(1.0))
    for axis in axes.flat[len(names) :]:
        axis.set_visible(False)
    for axis in axes[:, 0]:
        axis.set_ylabel("trials solved")
    figure.legend(meaning.values(), meaning.keys(), loc="outside lower center", ncols=min(6, len(meaning)))
    save(figure, path, dpi=110)
