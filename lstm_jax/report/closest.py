"""The first table anybody sees: one row of each experiment in its closest reading, and the same rows as printed.

It is short on purpose; `lstm_jax.report.table` has the long one.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from lstm_jax.paper.closest import CLOSEST
from lstm_jax.paper.tables import title
from lstm_jax.report.table import count, markdown_table, mean

HEADINGS = ("experiment", "solved", "mean [95 %]", "paper's", "verdict")


def lines(summaries: Iterable[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """The text of one line for each row, in the order of `HEADINGS`; of several stages the last."""
    return [
        (
            title(row),
            f"{summary['successes']}/{summary['trials']}",
            mean(summary),
            count(summary["paper"]["presentations"]),
            summary["verdict"],
        )
        for row, summary in _last(summaries).items()
    ]


def rich_table(summaries: Iterable[Mapping[str, Any]]) -> Table:
    """For a terminal of 80 columns."""
    table = Table(*HEADINGS, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in table.columns:
        column.no_wrap = True
    for column in table.columns[1:4]:
        column.justify = "right"
    for line in lines(summaries):
        table.add_row(*line)
    return table


def departures(summaries: Iterable[Mapping[str, Any]]) -> list[str]:
    """For each row in words how it departs from the conditions that the paper prints."""
    return [f"{row}: {CLOSEST[row].departs or 'as printed'}." for row in _last(summaries)]


def printed(summaries: Iterable[Mapping[str, Any]]) -> str:
    """One sentence about runs of these rows under the printed conditions; empty if there are none."""
    words = [
        f"{row} {summary['successes']} of {summary['trials']}"
        + (f" after {count(summary['mean'])}" if summary["successes"] else "")
        for row, summary in _last(summaries).items()
        if CLOSEST[row].departs
    ]
    return f"Under the printed conditions were solved: {', '.join(words)}." if words else ""


def markdown(summaries: Sequence[Mapping[str, Any]], as_printed: Sequence[Mapping[str, Any]]) -> str:
    """For documents: the table, the departures, and how the same rows fare as printed."""
    below = [f"- {line}\n" for line in [*departures(summaries), printed(as_printed)]]
    return markdown_table(HEADINGS, lines(summaries), left=(0, 4)) + "\n" + "".join(below)


def _last(summaries: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The last stage of every row that is here, by its name, in the order of the paper's experiments."""
    last = {summary["row"]: summary for summary in summaries}
    return {row: last[row] for row in CLOSEST if row in last}
