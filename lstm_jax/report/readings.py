"""The table of a readings study: one line per reading and stage."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from lstm_jax.report.table import cells

COLUMNS = ("row", "reading", "solved", "mean [95 %]", "paper's mean", "ratio", "verdict", "budget")


def rows(lines: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """The text of every line, in the order of `COLUMNS`."""
    result = []
    for line in lines:
        label, _, solved, mean, _, _, paper, ratio, verdict, *_ = cells(line)
        result.append((label, line["reading"], solved, mean, paper, ratio, verdict, f"{line['budget']:,}"))
    return result


def rich_table(lines: Sequence[Mapping[str, Any]]) -> Table:
    """For a terminal."""
    table = Table(*COLUMNS, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in table.columns[2:]:
        column.justify = "right"
    for row in rows(lines):
        table.add_row(*row)
    return table


def markdown(lines: Sequence[Mapping[str, Any]]) -> str:
    """For documents."""
    table = [COLUMNS, ("---", "---", *("---:",) * (len(COLUMNS) - 2)), *rows(lines)]
    return "\n".join(f"| {' | '.join(line)} |" for line in table) + "\n"
