"""Search the readings of the paper for the closest, and confirm them.

lstm-jax search rows=[2b] combinations=60
"""

from collections.abc import Mapping, Sequence
from typing import Any

from omegaconf import DictConfig, OmegaConf

from lstm_jax.errors import InputError
from lstm_jax.paper.tables import LSTM_ROWS

from .application import application
from .readings import check_names
from .reproduce import choose


@application("search")
def main(config: DictConfig) -> None:
    """Run rounds of combinations, each on a seed of its own, and the best with the paper's numbers of trials."""
    rows, factors = check(config)
    from rich.console import Console

    from lstm_jax.report import search as report
    from lstm_jax.report.columns import terminal
    from lstm_jax.results.provenance import describe
    from lstm_jax.results.records import plain
    from lstm_jax.results.search import combinations, effects

    from .study import tell

    console, found = Console(), []
    left = combinations(factors, config.combinations, config.draw)
    for i, trials in enumerate([*config.rounds, None], start=1):
        seed = config.confirm_seed if trials is None else config.seed + i - 1
        lines = _round(config, rows, left, i, trials, seed, console)
        places = {line.place: line.readings for line in lines}
        keep = config.confirmed if i >= len(config.rounds) else max(config.confirmed, round(config.keep * len(places)))
        left = [places[place] for place in sorted(places)[:keep]]
        found += lines
    first = [line for line in found if line.round == 1]
    shares = {line.readings: sum(_share(other) for other in first if other.readings == line.readings) for line in first}
    marginal = effects({readings: total / len(rows) for readings, total in shares.items()}, factors)
    record = {"provenance": describe(), "factors": factors, "effects": list(map(plain, marginal))}
    record["found"] = list(map(plain, found))
    shown = [line for line in found if line.place <= report.SHOWN]
    parts = [terminal(report.EFFECTS, marginal), terminal(report.LINES, shown, group=report.title), report.tried(found)]
    tell(console, config.folder, parts, {f"{'-'.join(rows)}.json": record})


def check(config: DictConfig) -> tuple[list[str], list[list[str]]]:
    """The rows and the factors of the search.

    Raises:
        InputError: a setting is not allowed.
    """
    rows = choose(config.rows)
    for row in rows:
        if row not in LSTM_ROWS:
            raise InputError(f"rows has {row!r}: readings are of LSTM's rows, {', '.join(LSTM_ROWS)}.")
    rounds: Any = config.rounds
    if not isinstance(rounds, Sequence) or not rounds or not all(isinstance(n, int) and n > 0 for n in rounds):
        raise InputError(f"rounds is {rounds!r}: it should be a list of numbers of trials, such as [4,12].")
    if config.seed <= config.confirm_seed < config.seed + len(rounds):
        raise InputError(f"confirm_seed is {config.confirm_seed}: a round of the search has this seed.")
    if config.factors is not None:
        return rows, _lists(OmegaConf.to_container(config.factors))
    known = next(name for name in config.known if rows[0].startswith(name))
    return rows, _lists(OmegaConf.to_container(config.known[known]))


def _lists(factors: Any) -> list[list[str]]:
    if not isinstance(factors, list) or not all(isinstance(factor, list) and factor for factor in factors):
        raise InputError(
            f"factors is {factors!r}: it should be a list of lists of readings, such as [[linear_output]]."
        )
    named = [list(map(str, factor)) for factor in factors]
    check_names("factors", named)
    return named


def _share(line: Any) -> float:
    return line.solved / line.trials


def _round(
    config: DictConfig, rows: Sequence[str], chosen: Sequence[Any], number: int, trials: int | None, seed: int, console
) -> list[Any]:
    """Run every combination on every row; what comes to the same runs as one with fewer readings is left out."""
    from lstm_jax.results.search import Found, closeness, order

    from .study import run

    plans: dict[tuple[str, ...], tuple[Any, dict[str, Any]]] = {}
    for readings in sorted(chosen, key=len):
        configs = {row: _conditions(config, row, readings, trials, seed) for row in rows}
        if (jobs := _read(configs)) is not None:
            plans.setdefault(jobs, (readings, configs))
    jobs = {f"{row} {','.join(readings) or 'printed'}": c for readings, by in plans.values() for row, c in by.items()}
    summaries = {label: stages[-1] for label, (_, stages) in run(jobs, console).items()}

    def of(readings, row):
        return summaries[f"{row} {','.join(readings) or 'printed'}"]

    printed = {row: _weights(config, row) for row in rows}
    close = {
        readings: [closeness(of(readings, row), len(readings), printed[row]) for row in rows]
        for readings, _ in plans.values()
    }
    return [
        Found(
            round=number,
            place=place,
            readings=readings,
            row=row,
            seed=seed,
            reproduced=closest.reproduced,
            **{name: getattr(of(readings, row), name) for name in TAKEN},
        )
        for place, readings in enumerate(order(close), start=1)
        for row, closest in zip(rows, close[readings], strict=True)
    ]


TAKEN = ("weights", "solved", "trials", "mean", "ratio", "budget")
"""Figures that a line of a search takes over from a run's summary."""


def _conditions(config: DictConfig, row: str, readings: Sequence[str], trials: int | None, seed: int) -> DictConfig:
    """The configuration of one row under readings; trials of None are the paper's."""
    from .study import composed

    run = composed(config, row, f"reading=[{','.join(readings)}]" if readings else "reading=printed")
    run.seed = seed
    run.trials = trials or LSTM_ROWS[row].trials
    criterion = run.criterion
    window = criterion.size if criterion.name == "window" and not criterion.counted else 0
    run.budget = window + int(config.patience * (LSTM_ROWS[row].results[-1].presentations or 0))
    return run


def _read(configs: Mapping[str, DictConfig]) -> tuple[str, ...] | None:
    """The names of the runs; None if readings do not fit together."""
    from .study import read

    try:
        return tuple(read(config).experiment.name for config in configs.values())
    except InputError:
        return None


def _weights(config: DictConfig, row: str) -> int:
    from .study import composed, read

    return read(composed(config, row)).experiment.trial.weight_count


if __name__ == "__main__":
    main()
