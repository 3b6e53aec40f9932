"""Train short, test long, as a table: which of the solved trials still answer at multiples of the lag they learned."""

from collections.abc import Sequence

from lstm_jax.report.columns import Column
from lstm_jax.report.table import share_with_interval
from lstm_jax.results.reach import AtLag


def columns(lines: Sequence[AtLag]) -> list[Column[AtLag]]:
    """The columns for lines, one for each task, cell and lag, of which any may have been tested at multiples."""

    def at(times: int) -> Column[AtLag]:
        return Column(f"x{times}", lambda line: _still(line, times), f"at {times} times\nthe lag")

    return [
        Column("cell", lambda line: line.cell, left=True),
        Column("lag", lambda line: f"{line.lag:,}", "learned\nat lag"),
        Column("solved", lambda line: f"{line.solved}/{line.trials}"),
        *(at(times) for times in sorted({longer.times for line in lines for longer in line.longer})),
    ]


def _still(line: AtLag, times: int) -> str:
    """Of the solved trials those that still answer, with an interval; empty where there are none or no tests."""
    for longer in line.longer:
        if longer.times == times:
            return share_with_interval(longer.still, len(longer.wrong), longer.interval).replace("\n", " ")
    return ""
