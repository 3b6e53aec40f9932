"""Run one row under several readings of the paper and print what each comes to.

python -m experiments.readings row=4-1 trials=32 seed=1
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra import compose
from omegaconf import DictConfig, ListConfig

from experiments.application import application
from lstm_jax.errors import InputError
from lstm_jax.overrides import quote_row, quoted
from lstm_jax.paper.tables import ROWS


@application("readings")
def main(config: DictConfig) -> None:
    """Run the readings, several at once."""
    chosen = choose(config)
    shared = {name: config[name] for name in ("seed", "folder", "checkpoint_seconds", "again", "trials", "budget")}
    overrides = [f"{name}={quoted(value)}" for name, value in shared.items() if value is not None]
    row = quote_row(f"experiment={config.row}")
    from rich.console import Console

    from experiments.rows import read
    from lstm_jax.jobs import run_jobs
    from lstm_jax.report.columns import terminal
    from lstm_jax.report.readings import COLUMNS
    from lstm_jax.results import files
    from lstm_jax.results.provenance import describe
    from lstm_jax.results.records import plain
    from lstm_jax.results.studies import ReadingSummary

    folder = files.directory(Path(config.folder), "folder")
    configs = [compose("train", [row, *overrides, *changes]) for changes in chosen.values()]
    for each in configs:
        each.tracker = config.tracker
    jobs = [read(each, name) for name, each in zip(chosen, configs, strict=True)]
    console = Console()
    lines = [
        ReadingSummary(**vars(stage), reading=name, overrides=tuple(changes))
        for (name, changes), summary in zip(chosen.items(), run_jobs(jobs, console), strict=True)
        for stage in summary
    ]
    console.print(terminal(COLUMNS, lines))
    path = folder / f"{config.row}.json"
    files.write_json(path, {"provenance": describe(), "seed": config.seed, "readings": list(map(plain, lines))})
    console.print(f"Written to {path}.")


def choose(config: DictConfig) -> Mapping[str, Sequence[str]]:
    """The wanted readings and their overrides.

    Raises:
        InputError: a reading is not there.
    """
    known: Mapping[str, Any] = config.known[_experiment(str(config.row), config.known)]
    wanted = config.readings
    names = list(known) if wanted == "all" else list(wanted) if isinstance(wanted, ListConfig) else [wanted]
    if not names:
        raise InputError(f"readings is []: it should have at least one of {'; '.join(known)}.")
    for name in names:
        if name not in known:
            raise InputError(f"readings has {name!r}: allowed are all, or a list of {'; '.join(known)}.")
    return {name: list(known[name]) for name in names}


def _experiment(row: str, known: Mapping[str, Any]) -> str:
    for name in known:
        if row in ROWS and row.startswith(name):
            return name
    raise InputError(f"row is {row!r}: allowed are {', '.join(ROWS)}.")


if __name__ == "__main__":
    main()
