"""The table of the continual embedded Reber grammar: the published one, line by line, with ours beside it."""

from collections.abc import Callable, Sequence
from typing import Any

from lstm_jax.paper.continual import PUBLISHED, Published
from lstm_jax.report.columns import Column, markdown
from lstm_jax.report.table import count, share_with_interval
from lstm_jax.results.streams import StreamSummary


def _published(text: Callable[[Published], Any]) -> Callable[[StreamSummary], str]:
    """The published figure of a line; empty for a variant of one's own."""
    return lambda line: "" if line.published is None else text(line.published)


COLUMNS: list[Column[StreamSummary]] = [
    Column("nets", lambda line: line.published.name if line.published else line.variant, left=True),
    Column("weights", lambda line: f"{line.weights}", below="nets"),
    Column("solved", lambda line: share_with_interval(line.solved, line.trials, line.solved_interval)),
    Column("published solved", _published(lambda own: f"{own.solved_percent} %"), "published", below="solved"),
    Column("mean", lambda line: count(line.mean), "training\nstreams"),
    Column("published mean", _published(lambda own: count(own.mean)), "published", below="mean"),
    Column("good", lambda line: f"{line.good}/{line.trials}"),
    Column("good length", lambda line: count(line.good_length), "mean length", below="good"),
    Column(
        "published good",
        _published(lambda own: f"{own.good_percent} %, {count(own.good_length) or '-'}"),
        "published",
        below="good",
    ),
    Column("rest", lambda line: f"{line.rest}/{line.trials}"),
    Column("rest length", lambda line: count(line.rest_length), "mean length", below="rest"),
    Column(
        "published rest",
        _published(lambda own: f"{own.rest_percent} %, {count(own.rest_length) or '-'}"),
        "published",
        below="rest",
    ),
]
"""Columns of a table with a line for each variant."""


def notes(summaries: Sequence[StreamSummary]) -> list[str]:
    """What a reader has to know to read the figures."""
    lines = [
        "Solved: ten test streams in a row predicted to their ends; good and rest: the other nets, by the mean length "
        "of ten test streams with their last weights (more than 1000, or not). Published are percentages of 100 nets."
    ]
    for summary in summaries:
        name = summary.variant
        if summary.cut_short:
            lines.append(
                f"{name}: {summary.cut_short} of {summary.trials} nets were cut short after {summary.budget:,} "
                f"symbols, before they had seen {summary.training_streams:,} training streams."
            )
        if summary.solved:
            lines.append(
                f"{name}: {summary.confirmed} of the {summary.solved} solved nets predicted ten fresh streams "
                "to their ends."
            )
        if summary.best_good:
            lines.append(
                f"{name}: with the weights of its longest test {summary.best_good} of the "
                f"{summary.trials - summary.solved} other nets would be good (mean length "
                f"{count(summary.best_good_length)})."
            )
    return lines


def order(summaries: Sequence[StreamSummary]) -> list[StreamSummary]:
    """Summaries in the published order; variants of one's own come last."""
    known = list(PUBLISHED)
    return sorted(summaries, key=lambda line: known.index(line.variant) if line.variant in known else len(known))


def document(summaries: Sequence[StreamSummary]) -> str:
    """The table and its notes in Markdown."""
    lines = order(summaries)
    return markdown(COLUMNS, lines) + "\n" + "".join(f"- {note}\n" for note in notes(lines))
