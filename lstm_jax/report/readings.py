"""The table of a readings study: one line per reading and stage."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from lstm_jax.report.table import HEADINGS, cells, markdown_table

COLUMNS = ("row", "reading", "solved", "mean [95 %]", "paper's mean", "ratio", "verdict", "budget")

TESTS = (HEADINGS.wrong, HEADINGS.paper_wrong, HEADINGS.error)
"""Further columns of documents: terminals are too narrow for what test sets say of those that were solved."""


def rows(lines: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """The text of every line, in the order of `COLUMNS` and `TESTS`."""
    result = []
    for line in lines:
        own = cells(line)
        budget = f"{line['budget']:,}"
        learned = (own.label, line["reading"], own.solved, own.mean, own.paper, own.ratio, own.verdict, budget)
        result.append((*learned, own.wrong, own.paper_wrong, own.error))
    return result


def rich_table(lines: Sequence[Mapping[str, Any]]) -> Table:
    """For a terminal."""
    table = Table(*COLUMNS, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in table.columns[2:]:
        column.justify = "right"
    for row in rows(lines):
        table.add_row(*row[: len(COLUMNS)])
    return table


def markdown(lines: Sequence[Mapping[str, Any]]) -> str:
    """For documents."""
    return markdown_table(COLUMNS + TESTS, rows(lines), left=(0, 1))
