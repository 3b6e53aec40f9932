"""Run one row under several readings of the paper, the closest first.

lstm-jax readings row=4-1 trials=32 seed=1
"""

import itertools
from collections.abc import Iterable
from typing import Any

from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig, OmegaConf

from lstm_jax.composition import REFUSED
from lstm_jax.errors import InputError, unknown
from lstm_jax.paper.tables import ROWS

from .application import application

WITHOUT_CHANGES = "printed"
"""The reading that changes nothing."""


@application("readings")
def main(config: DictConfig) -> None:
    """Run the readings, several at once, and show the closest first."""
    chosen = choose(config)
    from rich.console import Console

    from lstm_jax.report.columns import terminal
    from lstm_jax.report.readings import COLUMNS
    from lstm_jax.results.provenance import describe
    from lstm_jax.results.records import plain
    from lstm_jax.results.search import closeness
    from lstm_jax.results.studies import ReadingSummary

    from .study import run, tell

    plan = fitting(config, chosen)
    console = Console()
    found = run({", ".join(readings): composed for readings, composed in plan.items()}, console)
    found = dict(zip(plan, found.values(), strict=True))
    weights = printed_weights(config, str(config.row))

    def apart(readings):
        departures = len([name for name in readings if name != WITHOUT_CHANGES])
        return closeness(found[readings][1][-1], departures, weights).key

    lines = [
        ReadingSummary(**vars(stage), reading=", ".join(readings), overrides=(f"reading=[{','.join(readings)}]",))
        for readings in sorted(found, key=apart)
        for stage in found[readings][1]
    ]
    record = {"provenance": describe(), "seed": config.seed, "readings": list(map(plain, lines))}
    tell(console, config.folder, [terminal(COLUMNS, lines)], {f"{config.row}.json": record})


def choose(config: DictConfig) -> list[tuple[str, ...]]:
    """The wanted readings, each of them names that hold together.

    Raises:
        InputError: the row or a reading is not there.
    """
    if str(config.row) not in ROWS:
        raise unknown(f"row is {config.row!r}", config.row, ROWS)
    if config.readings == "all":
        names = [name for name in _known() if name not in (WITHOUT_CHANGES, "closest")]
        return [(WITHOUT_CHANGES,), *((name,) for name in names)]
    wanted: Any = OmegaConf.to_container(config.readings) if OmegaConf.is_list(config.readings) else [config.readings]
    if not wanted:
        raise InputError(f"readings is []: it should have at least one of {', '.join(_known())}.")
    chosen = [tuple(map(str, item)) if isinstance(item, list) else (str(item),) for item in wanted]
    check_names("readings", chosen)
    return chosen


def check_names(field: str, chosen: Iterable[Iterable[str]]) -> None:
    """Refuse readings that are not there.

    Raises:
        InputError: a name is no file of configs/reading, nor of the user's folders.
    """
    for name in itertools.chain.from_iterable(chosen):
        if name not in _known():
            raise unknown(f"{field} has {name!r}", name, _known())


def _known() -> list[str]:
    return GlobalHydra.instance().config_loader().get_group_options("reading")


def fitting(config: DictConfig, chosen: list[tuple[str, ...]]) -> dict[tuple[str, ...], DictConfig]:
    """The configurations of the row under these readings; of `all`, those that fit the row and change it.

    Raises:
        InputError: a reading that was named does not fit the row.
    """
    from .study import composed, read

    plan: dict[tuple[str, ...], DictConfig] = {}
    names = set()
    for readings in chosen:
        try:
            run = composed(config, str(config.row), f"reading=[{','.join(readings)}]")
            name = read(run).experiment.name
        except REFUSED:
            if config.readings != "all" or readings == (WITHOUT_CHANGES,):
                raise
            continue
        if config.readings != "all" or name not in names:
            plan[readings] = run
        names.add(name)
    return plan


def printed_weights(config: DictConfig, row: str) -> int:
    """Number of weights of a row's net as printed."""
    from .study import composed, read

    return read(composed(config, row)).experiment.trial.weight_count


if __name__ == "__main__":
    main()
