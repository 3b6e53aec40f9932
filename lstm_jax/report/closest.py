"""Rows in their closest readings: the first table anybody sees, how they depart, and the same rows as printed.

The table is short on purpose; `lstm_jax.report.table` has the long one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from lstm_jax.paper.closest import CLOSEST, QUICK, departures
from lstm_jax.paper.tables import title
from lstm_jax.paper.verdict import NEAR, SHARE
from lstm_jax.report import table
from lstm_jax.report.columns import Column, chosen, markdown
from lstm_jax.report.table import count
from lstm_jax.results.training import Summary

_SOLVED, _PAPER, _VERDICT = chosen(table.COLUMNS, "solved", "paper", "verdict")

COLUMNS: list[Column[Summary]] = [
    Column("experiment", lambda line: title(line.row), left=True),
    _SOLVED,
    replace(table.COMPARED, text=lambda line: table.COMPARED.text(line).replace("\n", " "), heading="mean [95 %]"),
    replace(_PAPER, heading="paper's"),
    replace(_VERDICT, below=""),
]
"""Columns of a table with a line for each row, about its last stage."""


def last(summaries: Iterable[Summary], rows: Iterable[str] = CLOSEST) -> list[Summary]:
    """The last stage of every one of these rows that is here, in the order of the paper's experiments.

    Of several runs of a row that with the largest budget counts.
    """
    found: dict[str, Summary] = {}
    for summary in summaries:
        if summary.row not in found or summary.budget >= found[summary.row].budget:
            found[summary.row] = summary
    return [found[row] for row in rows if row in found]


def differences(summaries: Iterable[Summary]) -> list[str]:
    """How each row departs from the conditions that the paper prints, in words."""
    return [f"{line.row}: {departures(line.row) or 'as printed'}." for line in last(summaries)]


def printed(summaries: Iterable[Summary]) -> str:
    """One sentence about runs of rows under the printed conditions, where these are not the closest; empty if there
    are none."""
    words = [
        f"{line.row} {line.solved} of {line.trials}" + (f" after {count(line.mean)}" if line.solved else "")
        for line in last(summaries)
        if CLOSEST[line.row]
    ]
    return f"Under the printed conditions were solved: {', '.join(words)}." if words else ""


def document(summaries: Sequence[Summary]) -> str:
    """One row of each experiment in Markdown, for the README: each leads to its page and says if it is as printed."""
    first, *others = COLUMNS
    linked = replace(first, text=lambda line: f"[{first.text(line)}](docs/experiment-{line.row[0]}.md)")
    conditions: Column[Summary] = Column(
        "conditions", lambda line: "changed" if CLOSEST[line.row] else "as printed", left=True
    )
    return markdown([linked, *others, conditions], last(summaries, QUICK))


def side_by_side(closest: Sequence[Summary], as_printed: Sequence[Summary]) -> str:
    """Every row of LSTM in a line of Markdown: the paper, its closest reading and how it departs, and as printed; under
    them what ≥ says, and how many rows come near, if there are several."""
    beside = {line.row: line for line in last(as_printed)}

    def of_printed(column: Column[Summary]) -> Column[Summary]:
        return replace(
            column,
            name=f"printed {column.name}",
            heading=f"as printed: {column.title}",
            text=lambda line: column.text(beside[line.row]) if line.row in beside else "",
        )

    _, solved, mean, paper, verdict = COLUMNS
    columns = [
        *chosen(table.COLUMNS, "row"),
        paper,
        solved,
        mean,
        *chosen(table.COLUMNS, "ratio"),
        verdict,
        Column[Summary]("departures", lambda line: departures(line.row), left=True),
        of_printed(solved),
        of_printed(mean),
    ]
    lines = last(closest)
    notes = [bounds([*lines, *(beside[line.row] for line in lines if line.row in beside)])]
    notes += [counted(lines)] if len(lines) > 1 else []
    return markdown(columns, lines) + "".join(f"\n{note}\n" for note in notes if note)


def bounds(lines: Iterable[Summary]) -> str:
    """What ≥ before a mean says, in a sentence; empty if no line has one."""
    if not any(line.at_least for line in lines):
        return ""
    return (
        "≥: all trials of the paper's were solved, so one of ours that was not counts with the presentations that it "
        "was given, less than it needs."
    )


def counted(lines: Sequence[Summary]) -> str:
    """In how many rows enough trials are solved, and in how many of these the means are near, in a sentence."""
    solved = [
        line
        for line in lines
        if line.paper and line.solved / line.trials >= SHARE * (line.paper.solved_percent or 100) / 100 - 1e-9
    ]
    near = sum(line.ratio is not None and 1 / NEAR <= line.ratio <= NEAR for line in solved)
    return (
        f"In {len(solved)} of {len(lines)} rows at least nine tenths of the paper's share of trials are solved; in "
        f"{near} of them the mean is within a factor of two of the paper's, unsolved trials counted."
    )
