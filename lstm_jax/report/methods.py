"""Tables 1 and 2 as the paper prints them, method by method, with ours beside the paper's figures."""

from collections.abc import Sequence
from typing import NamedTuple

from lstm_jax.paper.tables import ROWS, Row
from lstm_jax.report.closest import last
from lstm_jax.report.columns import Column
from lstm_jax.report.table import count, mean_with_interval
from lstm_jax.results.training import Summary

SIZES = {1: "hidden units", 2: "delay p"}
"""What tells the nets of one method apart, by the table's number."""


class Line(NamedTuple):
    """A row of the paper and our run of it."""

    row: Row
    ours: Summary | None
    """The last summary of our run; None if it was not run."""
    conditions: str = ""
    """What the conditions of our run are called where they are not the printed ones."""


def order(table: int | None) -> list[str]:
    """The rows of a table in the paper's order: other methods first, LSTM last."""
    rows = [name for name, row in ROWS.items() if row.table == table]
    return sorted(rows, key=lambda name: ROWS[name].method == "LSTM")


def lines(table: int, summaries: Sequence[Summary], closest: Sequence[Summary] = ()) -> list[Line]:
    """The lines of Table 1 or 2; rows whose closest reading was run, too, have a second line for it."""
    ours, close = ({stage.row: stage for stage in last(own, order(table))} for own in (summaries, closest))
    found = []
    for name in order(table):
        found.append(Line(ROWS[name], ours.get(name)))
        if name in close:
            found.append(Line(ROWS[name], close[name], "closest reading"))
    return found


def columns(table: int) -> list[Column[Line]]:
    """The columns of Table 1 or 2."""
    return [
        Column("method", _method, left=True),
        Column("size", lambda line: line.row.size, SIZES[table], left=True, below="method"),
        Column("weights", _weights),
        Column("learning rate", lambda line: line.row.learning_rate, "learning rate"),
        Column("paper's solved", _printed_percent, "% of\nsuccess"),
        Column("solved", lambda line: _percent(line.ours) if line.ours else "", "ours", below="paper's solved"),
        Column("paper", _printed_presentations, "success\nafter"),
        Column("mean", lambda line: _presentations(line.ours) if line.ours else "", "ours", below="paper"),
    ]


def _method(line: Line) -> str:
    return f"{line.row.method}, {line.conditions}" if line.conditions else line.row.method


def _weights(line: Line) -> str:
    """As printed; other conditions may have other numbers of weights."""
    return str(line.ours.weights) if line.conditions and line.ours else line.row.printed_weights


def _printed_percent(line: Line) -> str:
    percent = line.row.results[0].solved_percent
    return "some" if percent is None else f"{percent}"


def _printed_presentations(line: Line) -> str:
    presentations = line.row.results[0].presentations
    return f">{line.row.limit:,}" if presentations is None else f"{presentations:,}"


def _percent(ours: Summary) -> str:
    return f"{100 * ours.solved / ours.trials:.0f} ({ours.solved}/{ours.trials})"


def _presentations(ours: Summary) -> str:
    found = mean_with_interval(ours.mean, ours.mean_interval)
    if ours.solved < ours.trials:
        # Whoever reads "0 %" has to see after how many presentations.
        found = f"{found};\nelse >{count(ours.budget)}" if ours.solved else f">{count(ours.budget)}"
    return found
