"""Train several rows and print them beside the paper's figures.

lstm-jax reproduce                             one row of each experiment, in its closest reading
lstm-jax reproduce rows=all reading=closest    all of LSTM's rows in their closest readings
lstm-jax reproduce rows=[6a,4-1] seed=1        rows as printed
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, ListConfig

from lstm_jax.errors import InputError, unknown
from lstm_jax.paper import closest as readings
from lstm_jax.paper.tables import LSTM_ROWS, ROWS
from lstm_jax.places import CONFIGS

from .application import application


def _of_table(number: int) -> tuple[str, ...]:
    return tuple(name for name, row in ROWS.items() if row.table == number)


QUICK = "quick"
"""Name for one row of each experiment, which take at most three minutes together on two cores."""

GROUPS = {QUICK: readings.QUICK, "all": tuple(LSTM_ROWS), "table1": _of_table(1), "table2": _of_table(2)}
"""What `rows` may be besides names: "all" is LSTM's, a table also has what LSTM was compared with."""


MANY = 8
"""Number of rows that a file's name lists."""


@application("reproduce")
def main(config: DictConfig) -> None:
    """Run the chosen rows, side by side."""
    names = choose(config.rows)
    given = [override for override in HydraConfig.get().overrides.task if override.startswith("reading=")]
    reading = given[-1] if given else f"reading={'closest' if config.rows == QUICK else 'printed'}"
    closest = reading == "reading=closest"
    if closest and config.seed is None:
        config.seed = readings.SEED
    from rich.console import Console

    from lstm_jax.report import methods
    from lstm_jax.report.columns import terminal

    from .study import composed, run_rows

    rows = {name: composed(config, name, reading) for name in names}
    if closest:
        run_rows(rows, place(config, reading), _closest)
        return
    summaries = run_rows(rows, place(config, reading))
    for table in methods.SIZES:
        if len({summary.row for summary in summaries} & set(methods.order(table))) > 1:
            lines = methods.lines(table, summaries)
            Console().print(terminal(methods.columns(table), lines, title=f"Table {table}"))


def place(config: DictConfig, reading: str) -> str:
    """The name of the command's files: other rows, readings and seeds do not overwrite them."""
    rows = [config.rows] if isinstance(config.rows, str) else choose(config.rows)
    if len(rows) > MANY:
        rows = [rows[0], "to", rows[-1]]
    words = [*rows, *re.findall(r"\w+", reading.partition("=")[2])]
    sample = [f"{name}-{config[name]}" for name in ("seed", "trials", "budget") if config[name] is not None]
    return "-".join(["reproduce", *words, *sample])


def _closest(summaries: Sequence[Any]) -> list[Any]:
    """What is printed of the closest rows: a line each, departures, and how our records of rows as printed fare."""
    from lstm_jax.report import closest
    from lstm_jax.report.columns import terminal
    from lstm_jax.results import load

    records = Path(CONFIGS).parent / "results" / "paper"
    rows = {summary.row for summary in summaries}
    found = (
        [stage for run in load(records).runs for stage in run.summary if stage.row in rows] if records.exists() else []
    )
    lines = closest.last(summaries)
    return [
        terminal(closest.COLUMNS, lines),
        *filter(None, [closest.bounds(lines)]),
        "How these rows depart from the conditions that the paper prints:",
        *(f"  {line}" for line in closest.differences(summaries)),
        f"{closest.printed(found)} reading=printed trains them so; docs/results.md has all.".strip(),
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
            raise unknown(f"rows has {name!r}", name, ROWS, f", or {', '.join(GROUPS)}")
    if not names:
        raise InputError(f"rows is []: it should have at least one of {', '.join(ROWS)}.")
    return names


if __name__ == "__main__":
    main()
