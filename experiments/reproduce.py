"""Train several rows of the paper's tables and print them beside the paper's figures.

python -m experiments.reproduce rows=quick
"""

from hydra import compose
from omegaconf import DictConfig, ListConfig

from experiments.application import application, quote_row
from lstm_jax.errors import InputError
from lstm_jax.paper.tables import ROWS

QUICK = ("6a", "4-1")
"""Rows that take at most three minutes together on two cores."""


@application("reproduce")
def main(config: DictConfig) -> None:
    """Run the chosen rows, one after the other."""
    names = choose(config.rows)
    shared = ["seed", "folder", "checkpoint_seconds", "again"]
    shared += [name for name in ("trials", "budget") if config[name] is not None]
    overrides = [f"{name}={config[name]}" for name in shared]
    rows = [compose("train", [quote_row(f"experiment={name}"), *overrides]) for name in names]
    from experiments.rows import run_rows

    run_rows(rows)


def choose(rows: str | int | ListConfig) -> list[str]:
    """The names that `rows` stands for: "quick", "all", one name or a list of names.

    Raises:
        InputError: a name is not a row of the paper.
    """
    if rows in ("quick", "all"):
        return list(QUICK if rows == "quick" else ROWS)
    names = [str(name) for name in (rows if isinstance(rows, ListConfig) else [rows])]
    for name in names:
        if name not in ROWS:
            raise InputError(f"rows has {name!r}: allowed are quick, all, or a list of {', '.join(ROWS)}.")
    if not names:
        raise InputError(f"rows is []: it should have at least one of {', '.join(ROWS)}.")
    return names


if __name__ == "__main__":
    main()
