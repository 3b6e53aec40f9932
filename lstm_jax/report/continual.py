"""The table of the continual embedded Reber grammar: the published one, line by line, with ours beside it."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from lstm_jax.paper.continual import PUBLISHED
from lstm_jax.report.table import count, markdown_table

COLUMNS = (
    "nets",
    "weights",
    "perfect",
    "published",
    "training streams",
    "published",
    "good",
    "mean length",
    "published",
    "rest",
    "mean length",
    "published",
)


def cells(summary: Mapping[str, Any]) -> tuple[str, ...]:
    """The text of one line, in the order of `COLUMNS`."""
    published, nets = summary["published"], summary["nets"]
    low, high = summary["perfect_interval"]

    def printed(name: str) -> str:
        return "" if published is None else f"{published[name]} %"

    def with_length(name: str) -> str:
        return "" if published is None else f"{published[name]} %, {count(published[f'{name}_length']) or '-'}"

    return (
        summary["variant"] if published is None else published["name"],
        str(summary["weights"]),
        f"{summary['perfect']}/{nets} [{100 * low:.0f}, {100 * high:.0f} %]",
        printed("perfect"),
        count(summary["mean_streams"]),
        "" if published is None else count(published["streams"]),
        f"{summary['good']}/{nets}",
        count(summary["good_length"]),
        with_length("good"),
        f"{summary['rest']}/{nets}",
        count(summary["rest_length"]),
        with_length("rest"),
    )


def notes(summaries: Sequence[Mapping[str, Any]]) -> list[str]:
    """What a reader has to know to read the figures."""
    lines = [
        "Perfect: ten test streams in a row predicted to their ends; good and rest: the other nets, by the mean length "
        "of ten test streams with their last weights (more than 1000, or not). Published are percentages of 100 nets."
    ]
    for summary in summaries:
        name = summary["variant"]
        if summary["cut_short"]:
            lines.append(
                f"{name}: {summary['cut_short']} of {summary['nets']} nets were cut short after {summary['budget']:,} "
                f"symbols, before they had seen {summary['training_streams']:,} training streams."
            )
        if summary["perfect"]:
            lines.append(
                f"{name}: {summary['confirmed']} of the {summary['perfect']} perfect nets predicted ten fresh streams "
                "to their ends."
            )
        if summary["best_good"]:
            lines.append(
                f"{name}: with the weights of its longest test {summary['best_good']} of the "
                f"{summary['nets'] - summary['perfect']} other nets would be good (mean length "
                f"{count(summary['best_good_length'])})."
            )
    return lines


def order(summaries: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """As published; variants of one's own come last."""
    known = list(PUBLISHED)
    return sorted(summaries, key=lambda s: known.index(s["variant"]) if s["variant"] in known else len(known))


def rich_table(summaries: Sequence[Mapping[str, Any]]) -> Table:
    """For a terminal of 80 columns: published figures stand below ours."""
    table = Table(
        "nets\nweights", "perfect\n(published)", "training\nstreams", "good\n(published)", "rest\n(published)",
        box=SIMPLE_HEAD, padding=0,
    )  # fmt: skip
    for column in table.columns[1:]:
        column.justify, column.no_wrap = "right", True
    for summary in order(summaries):
        nets, weights, perfect, paper, streams, paper_streams, good, length, goods, rest, rest_length, rests = cells(
            summary
        )
        table.add_row(
            f"{nets}\n{weights}",
            f"{perfect}\n({paper})",
            f"{streams}\n({paper_streams})",
            f"{good} {length}\n({goods})",
            f"{rest} {rest_length}\n({rests})",
        )
    return table


def markdown(summaries: Sequence[Mapping[str, Any]]) -> str:
    """For documents."""
    table = markdown_table(COLUMNS, map(cells, order(summaries)))
    return table + "\n" + "".join(f"- {note}\n" for note in notes(order(summaries)))
