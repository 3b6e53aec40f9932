"""The table of weight guessing: one line per problem and architecture, published means beside ours."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from lstm_jax.report.table import count, markdown_table

COLUMNS = (
    "problem",
    "architecture",
    "weights",
    "solved",
    "mean guesses [95 %]",
    "published",
    "ratio",
    "test errors",
    "without",
    "guesses/s",
)


def cells(summary: Mapping[str, Any]) -> tuple[str, ...]:
    """The text of one line, in the order of `COLUMNS`."""
    ratio, wrong = summary["ratio"], summary["test_wrong"]
    return (
        summary["problem"],
        summary["architecture"],
        f"{summary['weights']:,}",
        f"{summary['solved']}/{summary['trials']}",
        _mean(summary),
        f"{summary['published']:,}" if summary["published"] else "",
        f"{ratio:.2f}" if ratio else "",
        f"{100 * wrong / summary['test_sequences']:.2f} %" if wrong is not None else "",
        f"{summary['perfect']}/{summary['solved']}" if summary["solved"] else "",
        f"{summary['rate']:,}" if summary["rate"] else "",
    )


def rich_table(summaries: Sequence[Mapping[str, Any]]) -> Table:
    """For a terminal of 80 columns: what belongs together stands below one another."""
    headings = ("problem\narchitecture\nweights", "solved", "mean guesses\n[95 %]", "published", "ratio")
    headings += ("test errors\n(without)", "guesses/s")
    table = Table(*headings, box=SIMPLE_HEAD, padding=0)
    for column in table.columns[1:]:
        column.justify, column.no_wrap = "right", True
    for summary in summaries:
        problem, architecture, weights, solved, mean, published, ratio, wrong, perfect, rate = cells(summary)
        table.add_row(
            "\n".join([*problem.split(", "), *architecture.split(", "), f"{weights} weights"]),
            solved,
            mean.replace(" [", "\n["),
            published,
            ratio,
            f"{wrong}\n({perfect})" if wrong else "",
            rate,
        )
    return table


def markdown(summaries: Sequence[Mapping[str, Any]]) -> str:
    """For documents."""
    return markdown_table(COLUMNS, map(cells, summaries), left=(0, 1))


def _mean(summary) -> str:
    if summary["mean"] is None:
        return f"0 in {count(summary['tried'])}"
    interval = summary["mean_interval"]
    return count(summary["mean"]) + (f" [{count(interval[0])}, {count(interval[1])}]" if interval else "")
