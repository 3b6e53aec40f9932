"""Run one row under several readings of the paper, side by side.

lstm-jax readings row=4-1 trials=32 seed=1
"""

from collections.abc import Mapping, Sequence
from typing import Any

from omegaconf import DictConfig, ListConfig

from lstm_jax.errors import InputError
from lstm_jax.paper.tables import ROWS

from .application import application


@application("readings")
def main(config: DictConfig) -> None:
    """Run the readings, several at once."""
    chosen = choose(config)
    from rich.console import Console

    from lstm_jax.report.columns import terminal
    from lstm_jax.report.readings import COLUMNS
    from lstm_jax.results.provenance import describe
    from lstm_jax.results.records import plain
    from lstm_jax.results.studies import ReadingSummary

    from .study import composed, run, tell

    console = Console()
    found = run({name: composed(config, str(config.row), *changes) for name, changes in chosen.items()}, console)
    lines = [
        ReadingSummary(**vars(stage), reading=name, overrides=tuple(chosen[name]))
        for name, (_, stages) in found.items()
        for stage in stages
    ]
    record = {"provenance": describe(), "seed": config.seed, "readings": list(map(plain, lines))}
    tell(console, config.folder, [terminal(COLUMNS, lines)], {f"{config.row}.json": record})


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
