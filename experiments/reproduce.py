"""Train several rows of the paper's tables and print them beside the paper's figures.

python -m experiments.reproduce rows=quick
"""

from hydra import compose
from omegaconf import DictConfig, ListConfig

from experiments.again import quoted
from experiments.application import application, quote_row
from lstm_jax.errors import InputError
from lstm_jax.paper.tables import LSTM_ROWS, ROWS


def _of_table(number: int) -> tuple[str, ...]:
    return tuple(name for name, row in ROWS.items() if row.table == number)


QUICK = ("6a", "4-1")
"""Rows that take at most three minutes together on two cores."""

GROUPS = {"quick": QUICK, "all": tuple(LSTM_ROWS), "table1": _of_table(1), "table2": _of_table(2)}
"""What `rows` may be besides names: "all" is LSTM's, a table also has what LSTM was compared with."""


@application("reproduce")
def main(config: DictConfig) -> None:
    """Run the chosen rows, side by side."""
    names = choose(config.rows)
    shared = ["seed", "folder", "checkpoint_seconds", "again"]
    shared += [name for name in ("trials", "budget") if config[name] is not None]
    overrides = [f"{name}={quoted(config[name])}" for name in shared]
    rows = [compose("train", [quote_row(f"experiment={name}"), *overrides]) for name in names]
    for row in rows:
        row.tracker = config.tracker
    from rich.console import Console

    from experiments.rows import run_rows
    from lstm_jax.report import methods

    summaries = run_rows(rows)
    for table in methods.COLUMNS:
        if len({summary["row"] for summary in summaries} & set(methods.order(table))) > 1:
            Console().print(methods.rich_table(table, summaries))


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
