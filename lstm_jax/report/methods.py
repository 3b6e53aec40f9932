"""Tables 1 and 2 as the paper prints them, method by method, with ours beside the paper's figures."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from lstm_jax.paper.tables import ROWS, Row
from lstm_jax.report.table import count, markdown_table, mean

COLUMNS = {
    1: ("method", "hidden units", "weights", "learning rate", "% of success", "ours", "success after", "ours"),
    2: ("method", "delay p", "weights", "learning rate", "% of success", "ours", "success after", "ours"),
}
"""By the table's number."""


def order(table: int | None) -> list[str]:
    """The rows of a table in the paper's order: other methods first, LSTM last."""
    rows = [name for name, row in ROWS.items() if row.table == table]
    return sorted(rows, key=lambda name: ROWS[name].method == "LSTM")


def lines(table: int, summaries: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """The text of every line of Table 1 or 2, in the order of `COLUMNS`; rows that were not run stay empty."""
    ours = {summary["row"]: summary for summary in summaries}
    return [_line(ROWS[name], ours.get(name)) for name in order(table)]


def rich_table(table: int, summaries: Sequence[Mapping[str, Any]]) -> Table:
    """For a terminal."""
    result = Table(*COLUMNS[table], box=SIMPLE_HEAD, padding=0, title=f"Table {table}", title_justify="left")
    for column in result.columns[2:]:
        column.justify = "right"
    for line in lines(table, summaries):
        result.add_row(*line)
    return result


def markdown(table: int, summaries: Sequence[Mapping[str, Any]]) -> str:
    """For documents."""
    return markdown_table(COLUMNS[table], lines(table, summaries), left=(0, 1))


def _line(row: Row, ours: Mapping[str, Any] | None) -> tuple[str, ...]:
    result = row.results[0]
    percent = "some" if result.success_percent is None else f"{result.success_percent}"
    after = f">{row.limit:,}" if result.presentations is None else f"{result.presentations:,}"
    printed = (row.method, row.size, row.printed_weights, row.learning_rate, percent)
    if ours is None:
        return (*printed, "", after, "")
    solved = f"{100 * ours['successes'] / ours['trials']:.0f} ({ours['successes']}/{ours['trials']})"
    found = mean(ours)
    if ours["successes"] < ours["trials"]:
        # Whoever reads "0 %" has to see after how many presentations.
        found = f"{found}; else >{count(ours['budget'])}" if ours["successes"] else f">{count(ours['budget'])}"
    return (*printed, solved, after, found)
