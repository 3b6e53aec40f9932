"""The tables of a search among readings: the closest combinations, and what each reading does."""

from collections.abc import Sequence

from lstm_jax.report.columns import Column
from lstm_jax.report.table import count
from lstm_jax.results.search import Effect, Found

SHOWN = 8
"""How many combinations of a round are shown; the file has all."""


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

LINES: list[Column[Found]] = [
    Column("readings", lambda line: ", ".join(line.readings) or "printed", left=True),
    Column("row", lambda line: line.row, left=True),
    Column("solved", lambda line: f"{line.solved}/{line.trials}"),
    Column("mean", lambda line: count(line.mean) or "-"),
    Column("ratio", lambda line: "" if line.ratio is None else f"{line.ratio:.2f}"),
    Column("near", lambda line: "yes" if line.reproduced else "no", left=True),
]
"""Columns of a table with a line for each combination and row."""


def title(line: Found) -> str:
    """What stands above the lines of a round."""
    return f"Round {line.round}, seed {line.seed}"


def tried(found: Sequence[Found]) -> str:
    """How many combinations were tried, in a sentence; those of later rounds are among them."""
    rows = dict.fromkeys(line.row for line in found)
    readings = {reading for line in found for reading in line.readings}
    combinations = len({line.readings for line in found})
    return f"{combinations:,} combinations of {len(readings)} readings were tried on {', '.join(rows)}."
