"""The runs of a folder while they are going on, as a table for the terminal."""

import time
from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from lstm_jax.errors import InputError
from lstm_jax.report.table import count, duration
from lstm_jax.results import Run

COLUMNS = ("row", "solved", "presentations", "per second", "time left", "")
MOST_LINES = 20


def lines(runs: Sequence[Run], now: float) -> list[tuple[str, ...]]:
    """The text of one line per run, unfinished ones first, in the order of `COLUMNS`."""
    return [_line(run, now) for run in sorted(runs, key=lambda run: run.finished)]


def rich_table(runs: Sequence[Run]) -> Table:
    """For a terminal; the time left is the longest possible."""
    table = Table(*COLUMNS, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in table.columns[1:5]:
        column.justify = "right"
    found = lines(runs, time.time())
    for line in found[:MOST_LINES]:
        table.add_row(*map(Text, line))
    if len(found) > MOST_LINES:
        table.add_row(f"and {len(found) - MOST_LINES} more")
    return table


def _line(run: Run, now: float) -> tuple[str, ...]:
    row, trials = str(run.configuration["row"]), run.configuration["trials"]
    if run.finished:
        last = run.summary[-1]
        words = f"finished: {last['verdict']}" if last["verdict"] else "finished"
        return (row, f"{last['successes']}/{last['trials']}", "", "", "", words)
    try:
        checkpoint = run.checkpoint
    except (InputError, OSError, ValueError, LookupError):
        return (row, "", "", "", "", "its checkpoint cannot be read")
    if checkpoint is None:
        return (row, f"0/{trials}", "", "", "", "no checkpoint yet")
    budget = run.configuration["budget"]
    left = (budget - checkpoint.presentations) * checkpoint.seconds / checkpoint.presentations
    return (
        row,
        f"{checkpoint.solved}/{trials}",
        f"{count(checkpoint.presentations)} of {count(budget)}",
        f"{checkpoint.made / checkpoint.seconds:,.0f}",
        duration(left),
        f"written {duration(now - checkpoint.saved)} ago",
    )
