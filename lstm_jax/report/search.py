"""The tables of a search among readings: the closest combinations, and what each reading does."""

from collections.abc import Sequence
from itertools import groupby

from lstm_jax.report.columns import Column
from lstm_jax.report.table import count
from lstm_jax.results.search import Effect, Found

SHOWN = 8
"""How many combinations of a round are shown; the file has all."""

MANY = 10
"""Number of rows above which a table has no room for each of them."""


def _signed(share: float) -> str:
    return f"{100 * share:+.0f}"


EFFECTS: list[Column[Effect]] = [
    Column("reading", lambda line: line.reading, left=True),
    Column("combinations", lambda line: str(line.combinations)),
    Column("solved", lambda line: "" if line.solved is None else f"{100 * line.solved:.0f} %"),
    Column("difference", lambda line: "" if line.difference is None else _signed(line.difference), "more, in %"),
    Column(
        "interval",
        lambda line: "" if line.interval is None else "[{}, {}]".format(*map(_signed, line.interval)),
        "95 %",
    ),
]
"""Columns of a table with a line for each reading: what it does to the share of solved trials in the first round."""

Rows = tuple[Found, ...]
"""What one combination came to in one round, row by row."""


def lines(found: Sequence[Found]) -> list[Rows]:
    """The closest `SHOWN` combinations of every round, each with all its rows."""
    shown = [line for line in found if line.place <= SHOWN]
    return [tuple(rows) for _, rows in groupby(shown, key=lambda line: (line.round, line.place))]


def columns(found: Sequence[Found]) -> list[Column[Rows]]:
    """Columns of a table with a line for each combination: on how many rows it is near, and what each row came to.

    Of more than `MANY` rows it says how many of each experiment are near.
    """
    rows = list(dict.fromkeys(line.row for line in found))
    if len(rows) > MANY:
        each = [
            Column[Rows](one, lambda own, one=one: _near(own, one)) for one in dict.fromkeys(row[0] for row in rows)
        ]
    else:
        each = [Column[Rows](row, lambda own, i=i: _came_to(own[i]), left=True) for i, row in enumerate(rows)]
    readings = Column[Rows]("readings", lambda own: ", ".join(own[0].readings) or "printed", left=True)
    return [readings, Column[Rows]("near", _near), *each]


def _near(own: Rows, experiment: str = "") -> str:
    """On how many rows of an experiment, or of all, a combination is near."""
    rows = [line for line in own if line.row.startswith(experiment)]
    return f"{sum(line.reproduced for line in rows)} of {len(rows)}"


def _came_to(line: Found) -> str:
    """Solved trials, and the mean as a multiple of the paper's; nothing more where no trial was solved."""
    ratio = "" if line.ratio is None or line.mean is None else f", {count(line.mean)} ({line.ratio:.2f})"
    return f"{line.solved}/{line.trials}{ratio}"


def title(own: Rows) -> str:
    """What stands above the lines of a round."""
    return f"Round {own[0].round}, seed {own[0].seed}"


def tried(found: Sequence[Found]) -> str:
    """How many combinations were tried, in a sentence; those of later rounds are among them."""
    rows = dict.fromkeys(line.row for line in found)
    readings = {reading for line in found for reading in line.readings}
    combinations = len({line.readings for line in found})
    return f"{combinations:,} combinations of {len(readings)} readings were tried on {', '.join(rows)}."
