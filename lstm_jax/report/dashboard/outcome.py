"""What came out, in a line for each experiment: the first that a reader of the page sees."""

from collections.abc import Sequence
from typing import Any

from lstm_jax.paper.closest import CLOSEST, QUICK
from lstm_jax.paper.tables import ROWS, TITLES, title
from lstm_jax.report.closest import counted
from lstm_jax.report.dashboard.departures import Departures
from lstm_jax.report.methods import order
from lstm_jax.results.run import Run

MOST = 6
"""Most lines for rows that the paper does not have."""

ORDER = {row: place for place, row in enumerate(row for table in TITLES for row in order(table))}
"""The places of the paper's rows."""

Described = tuple[Run, Departures]
"""A run, and how it departs from its row's file."""


def in_order(runs: Sequence[Described]) -> list[Described]:
    """Runs in the paper's order of rows, those of other rows last; of one row the finished ones first, and of these
    the closest reading, then the printed conditions."""

    def place(described: Described) -> tuple[Any, ...]:
        run, departs = described
        row = ORDER.get(run.row, len(ORDER)), run.row
        return *row, not run.finished, not departs.closest, not departs.none, run.name

    return sorted(runs, key=place)


def outcome(runs: Sequence[Described]) -> dict[str, Any]:
    """The lines of the first screen.

    Args:
        runs: in the order of `in_order`.

    Returns:
        `lines`: each with a `title`, the place of the `run` that stands for it, and those of `all` runs that it stands
        for; `missing`: numbers of the paper's experiments that are not here, if others are; `more`: how many other
        rows have no line; `counted`: in how many of the paper's rows the figures are near, in a sentence, if there are
        several.
    """
    experiments: dict[str, list[int]] = {}
    others: dict[str, list[int]] = {}
    first: dict[str, Run] = {}
    for place, (run, _) in enumerate(runs):
        lines, name = (experiments, run.row[0]) if run.row in ROWS else (others, run.row)
        lines.setdefault(name, []).append(place)
        first.setdefault(run.row, run)
    ours = [run.summary[-1] for row, run in first.items() if row in CLOSEST and run.finished]
    return {
        "lines": [_line(runs, places) for places in [*experiments.values(), *list(others.values())[:MOST]]],
        "missing": [number for number in "123456" if experiments and number not in experiments],
        "more": max(0, len(others) - MOST),
        "counted": counted(ours) if len(ours) > 1 else "",
    }


def _line(runs: Sequence[Described], places: list[int]) -> dict[str, Any]:
    def rank(place: int) -> tuple[bool, ...]:
        run, departs = runs[place]
        lstm, quick = run.row in CLOSEST, run.row in QUICK
        return not run.finished, not lstm, not departs.closest, not departs.none, not quick

    chosen = min(places, key=rank)
    return {"title": title(runs[chosen][0].row), "run": chosen, "all": places}
