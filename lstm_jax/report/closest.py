"""The first table anybody sees: one row of each experiment in its closest reading, and the same rows as printed.

It is short on purpose; `lstm_jax.report.table` has the long one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from lstm_jax.paper.closest import CLOSEST
from lstm_jax.paper.tables import title
from lstm_jax.report import table
from lstm_jax.report.columns import Column, chosen, markdown
from lstm_jax.report.table import count
from lstm_jax.results.training import Summary

_SOLVED, _MEAN, _PAPER, _VERDICT = chosen(table.COLUMNS, "solved", "mean", "paper", "verdict")

COLUMNS: list[Column[Summary]] = [
    Column("experiment", lambda line: title(line.row), left=True),
    _SOLVED,
    replace(_MEAN, text=lambda line: _MEAN.text(line).replace("\n", " "), heading="mean [95 %]"),
    replace(_PAPER, heading="paper's"),
    replace(_VERDICT, below=""),
]
"""Columns of a table with a line for each row, about its last stage."""


def last(summaries: Iterable[Summary]) -> list[Summary]:
    """The last stage of every row that is here, in the order of the paper's experiments."""
    found = {summary.row: summary for summary in summaries}
    return [found[row] for row in CLOSEST if row in found]


def departures(summaries: Iterable[Summary]) -> list[str]:
    """How each row departs from the conditions that the paper prints, in words."""
    return [f"{line.row}: {CLOSEST[line.row].departs or 'as printed'}." for line in last(summaries)]


def printed(summaries: Iterable[Summary]) -> str:
    """One sentence about runs of these rows under the printed conditions; empty if there are none."""
    words = [
        f"{line.row} {line.solved} of {line.trials}" + (f" after {count(line.mean)}" if line.solved else "")
        for line in last(summaries)
        if CLOSEST[line.row].departs
    ]
    return f"Under the printed conditions were solved: {', '.join(words)}." if words else ""


def document(summaries: Sequence[Summary]) -> str:
    """The table in Markdown, for the README: each row leads to its experiment's page and says if it is as printed."""
    first, *others = COLUMNS
    linked = replace(first, text=lambda line: f"[{first.text(line)}](docs/experiment-{line.row[0]}.md)")
    conditions: Column[Summary] = Column(
        "conditions", lambda line: "changed" if CLOSEST[line.row].departs else "as printed", left=True
    )
    return markdown([linked, *others, conditions], last(summaries))


def changes(summaries: Sequence[Summary], as_printed: Sequence[Summary]) -> str:
    """In Markdown: how each row departs from the printed conditions, and how the same rows fare under them."""
    return "".join(f"- {line}\n" for line in [*departures(summaries), printed(as_printed)])
