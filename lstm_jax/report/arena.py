"""The arena's board as tables: for every cell and task the longest lag that is bridged, every lag, scores."""

from collections.abc import Sequence
from dataclasses import dataclass

from lstm_jax.report.columns import Column
from lstm_jax.report.table import count, share_with_interval
from lstm_jax.results.profiles import Profile
from lstm_jax.results.reach import SOLVED, AtLag, reach


def percent(share: float) -> str:
    """A share in words.

    >>> percent(0.9)
    '90 %'
    """
    return f"{100 * share:.0f} %"


def counted(number: int, one: str, more: str) -> str:
    """A number of things in words.

    >>> counted(1, "try", "tries"), counted(20, "try", "tries")
    ('1 try', '20 tries')
    """
    return f"{number:,} {one if number == 1 else more}"


def setting(override: str) -> str:
    """An override as a table has it, without the path to its name.

    >>> setting("network.cell.forget_gate_bias=1.0")
    'forget_gate_bias=1.0'
    """
    name, _, value = override.partition("=")
    return f"{name.rpartition('.')[2]}={value}"


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
    Column("rate", lambda line: "\n".join([f"{line.learning_rate:g}", *map(setting, line.overrides)])),
    Column("weights", lambda line: f"{line.weights:,}"),
]
"""Columns of a table with a line for each task, cell and lag."""

SCORES: list[Column[Profile]] = [
    Column("cell", lambda one: one.cell, left=True),
    Column("score", lambda one: f"{one.score:.2f} [{one.interval[0]:.2f}, {one.interval[1]:.2f}]", "score [95 %]"),
    Column("tenth", lambda one: percent(one.solved[10]), "solved by a tenth\nof the budget"),
    Column(
        "solved",
        lambda one: f"{percent(one.solved[-1])} [{100 * one.low[-1]:.0f}, {percent(one.high[-1])}]",
        "by all of it [95 %]",
    ),
]
"""Columns of a table of cells by their profiles."""


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
    least, most = min(line.weights for line in lines), max(line.weights for line in lines)
    weights = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    trials = counted(lines[0].trials, "trial", "trials")
    return (
        f"Reach: the longest lag at which at least {percent(SOLVED)} of {trials} meet the criterion "
        f"within {lines[0].budget:,} presentations. Lags tried: {', '.join(f'{lag:,}' for lag in tried)}; a cell that "
        f"solves less than half of its trials at one does not go on to the next. Nets have {weights} weights."
    )
