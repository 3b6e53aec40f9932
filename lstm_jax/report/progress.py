"""The runs of a folder while they are going on, as a table for the terminal."""

import time
from collections.abc import Sequence
from typing import NamedTuple

from rich.console import RenderableType

from lstm_jax.report.columns import Column, terminal
from lstm_jax.report.table import count, duration
from lstm_jax.results import Run
from lstm_jax.results.files import UNREADABLE

MOST_LINES = 20
"""Largest number of runs that are shown."""


class Line(NamedTuple):
    """How a run stands, in words."""

    row: str
    solved: str = ""
    presentations: str = ""
    rate: str = ""
    left: str = ""
    state: str = ""


COLUMNS: list[Column[Line]] = [
    Column("row", lambda line: line.row, left=True),
    Column("solved", lambda line: line.solved),
    Column("presentations", lambda line: line.presentations),
    Column("rate", lambda line: line.rate, "per second"),
    Column("left", lambda line: line.left, "time left"),
    Column("state", lambda line: line.state, " ", left=True),
]
"""Columns of a table with a line for each run; the time left is the longest possible."""


def table(runs: Sequence[Run]) -> RenderableType:
    """A table for a terminal, unfinished runs first."""
    now = time.time()  # by a clock that may have been put back since a checkpoint was written
    lines = [_line(run, now) for run in sorted(runs, key=lambda run: run.finished)]
    more = [Line(f"and {len(lines) - MOST_LINES} more")] if len(lines) > MOST_LINES else []
    return terminal(COLUMNS, [*lines[:MOST_LINES], *more])


def _line(run: Run, now: float) -> Line:
    if run.finished:
        last = run.summary[-1]
        words = f"finished: {last.verdict}" if last.verdict else "finished"
        return Line(run.row, solved=f"{last.solved}/{last.trials}", state=words)
    try:
        checkpoint = run.checkpoint
    except UNREADABLE:
        return Line(run.row, state="its checkpoint cannot be read")
    trials = run.configuration["trials"]
    if checkpoint is None:
        return Line(run.row, solved=f"0/{trials}", state="no checkpoint yet")
    budget = run.configuration["budget"]
    left = (budget - checkpoint.presentations) * checkpoint.seconds / checkpoint.presentations
    return Line(
        row=run.row,
        solved=f"{checkpoint.solved}/{trials}",
        presentations=f"{count(checkpoint.presentations)} of {count(budget)}",
        rate=f"{checkpoint.made / checkpoint.seconds:,.0f}",
        left=duration(left),
        state=f"written {duration(max(0, now - checkpoint.saved))} ago",
    )
