"""Train several rows and print them beside the paper's figures.

lstm-jax reproduce                         one row of each experiment, in its closest reading
lstm-jax reproduce rows=[6a,4-1] seed=1    rows as printed
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, ListConfig

from lstm_jax.errors import InputError
from lstm_jax.paper.closest import CLOSEST, SEED
from lstm_jax.paper.tables import LSTM_ROWS, ROWS
from lstm_jax.places import CONFIGS

from .application import application


def _of_table(number: int) -> tuple[str, ...]:
    return tuple(name for name, row in ROWS.items() if row.table == number)


QUICK = "quick"
"""Name for the rows of `CLOSEST`, which take at most three minutes together on two cores."""

GROUPS = {QUICK: tuple(CLOSEST), "all": tuple(LSTM_ROWS), "table1": _of_table(1), "table2": _of_table(2)}
"""What `rows` may be besides names: "all" is LSTM's, a table also has what LSTM was compared with."""


@application("reproduce")
def main(config: DictConfig) -> None:
    """Run the chosen rows, side by side."""
    names = choose(config.rows)
    quick = config.rows == QUICK
    if quick and config.seed is None:
        config.seed = SEED
    from rich.console import Console

    from lstm_jax.report import methods
    from lstm_jax.report.columns import terminal

    from .study import composed, run_rows

    changes = {name: closest.changes for name, closest in CLOSEST.items()} if quick else {}
    rows = {name: composed(config, name, *changes.get(name, ())) for name in names}
    if quick:
        run_rows(rows, _closest)
        return
    summaries = run_rows(rows)
    for table in methods.SIZES:
        if len({summary.row for summary in summaries} & set(methods.order(table))) > 1:
            lines = methods.lines(table, summaries)
            Console().print(terminal(methods.columns(table), lines, title=f"Table {table}"))


def _closest(summaries: Sequence[Any]) -> list[Any]:
    """What is printed of the closest rows: a line each, departures, and how our records of rows as printed fare."""
    from lstm_jax.report import closest
    from lstm_jax.report.columns import terminal
    from lstm_jax.results import load

    records = Path(CONFIGS).parent / "results" / "paper"
    found = [stage for run in load(records).runs for stage in run.summary] if records.exists() else []
    return [
        terminal(closest.COLUMNS, closest.last(summaries)),
        "How these rows depart from the conditions that the paper prints:",
        *(f"  {line}" for line in closest.departures(summaries)),
        f"{closest.printed(found)} rows=[1-2,4-1] trains rows as printed; docs/results.md has all.".strip(),
    ]


def choose(rows: str | int | ListConfig) -> list[str]:
    """The names that `rows` stands for: "quick", "all", "table1" or "table2", one name or a list of names.

    Raises:
        InputError: a name is not a row of the paper.
    """
    if isinstance(rows, str) and rows in GROUPS:
        return list(GROUPS[rows])
    names = [str(name) for name in (rows if isinstance(rows, ListConfig) else [rows])]
    for name in names:
        if name not in ROWS:
            raise InputError(f"rows has {name!r}: allowed are {', '.join(GROUPS)}, or a list of {', '.join(ROWS)}.")
    if not names:
        raise InputError(f"rows is []: it should have at least one of {', '.join(ROWS)}.")
    return names


if __name__ == "__main__":
    main()
