"""Search the readings of the paper for the closest, and confirm them.

lstm-jax search rows=[2b] combinations=60
"""

import dataclasses
from collections.abc import Sequence
from typing import Annotated, Any

from omegaconf import DictConfig, OmegaConf
from pydantic import Field

from lstm_jax.composition import REFUSED
from lstm_jax.configuration import build, checked
from lstm_jax.errors import InputError
from lstm_jax.paper.tables import ROWS

from .application import application
from .readings import check_names, printed_weights
from .reproduce import choose

TAKEN = ("weights", "solved", "trials", "mean", "ratio", "budget")
"""Figures that a line of a search takes over from a run's summary."""


@checked
class Settings:
    """How combinations are drawn, and how many trials they get."""

    factors: tuple[tuple[str, ...], ...]
    combinations: Annotated[int, Field(ge=1)] | None
    draw: Annotated[int, Field(ge=0)]
    rounds: tuple[int, ...]
    keep: Annotated[float, Field(gt=0, le=1)]
    confirmed: Annotated[int, Field(ge=1)]
    confirm_seed: Annotated[int, Field(ge=0)]
    seed: Annotated[int, Field(ge=0)]
    patience: Annotated[float, Field(gt=0)]


@application("search")
def main(config: DictConfig) -> None:
    """Run rounds of combinations, each on a seed of its own, and the best with the paper's numbers of trials."""
    rows, settings = read_settings(config)
    from rich.console import Console

    from lstm_jax.report import search as report
    from lstm_jax.report.columns import terminal
    from lstm_jax.results.provenance import describe
    from lstm_jax.results.records import plain
    from lstm_jax.results.search import combinations, effects, shares

    from .study import tell

    console, found = Console(), []
    left = combinations(settings.factors, settings.combinations, settings.draw)
    last = len(settings.rounds)
    for i, trials in enumerate([*settings.rounds, None]):
        seed = settings.confirm_seed if i == last else settings.seed + i
        lines = _round(config, rows, left, i + 1, trials, seed, console)
        places = {line.place: line.readings for line in lines}
        wanted = settings.confirmed if i + 1 == last else max(settings.confirmed, round(settings.keep * len(places)))
        left = [places[place] for place in sorted(places)[:wanted]]
        found += lines
    marginal = effects(shares([line for line in found if line.round == 1]), settings.factors)
    record = {
        "provenance": describe(),
        "factors": settings.factors,
        "effects": list(map(plain, marginal)),
        "found": list(map(plain, found)),
    }
    shown = terminal(report.columns(found), report.lines(found), group=report.title)
    parts = [terminal(report.EFFECTS, marginal), shown, report.tried(found)]
    tell(console, config.folder, parts, {f"{'-'.join(rows)}.json": record})


def read_settings(config: DictConfig) -> tuple[list[str], Settings]:
    """The rows and the settings of the search; without factors those that are known for the first row.

    Raises:
        InputError: a setting is not allowed.
    """
    rows = choose(config.rows)
    for row in rows:
        if ROWS[row].results[-1].presentations is None:
            raise InputError(f"rows has {row!r}: the paper has no mean for it that a reading could come close to.")
    node: Any = OmegaConf.to_container(config)
    if node["factors"] is None:
        node["factors"] = next(factors for begin, factors in node["known"].items() if rows[0].startswith(begin))
    factors, rounds = node["factors"], node["rounds"]
    if not _is_list(factors) or not all(_is_list(factor) for factor in factors):
        raise InputError(f"factors is {factors!r}: it should be a list of lists of readings, as [[linear_output]].")
    if not _is_list(rounds) or not all(isinstance(trials, int) and trials > 0 for trials in rounds):
        raise InputError(f"rounds is {rounds!r}: it should be a list of numbers of trials, such as [4,12].")
    settings = build(Settings, {field.name: node[field.name] for field in dataclasses.fields(Settings)}, "")
    check_names("factors", settings.factors)
    if settings.seed <= settings.confirm_seed < settings.seed + len(settings.rounds):
        raise InputError(f"confirm_seed is {settings.confirm_seed}: a round of the search has this seed.")
    return rows, settings


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _round(
    config: DictConfig,
    rows: Sequence[str],
    chosen: Sequence[tuple[str, ...]],
    number: int,
    trials: int | None,
    seed: int,
    console: Any,
) -> list[Any]:
    """Run every combination on every row; what comes to the same runs as one with fewer readings is left out.

    Raises:
        InputError: even the printed conditions are refused, so that it is a setting of the search that is wrong.
    """
    from lstm_jax.results.search import Found, closeness, order

    from .study import run

    plans: dict[tuple[str, ...], tuple[str, ...]] = {}
    configs: dict[tuple[tuple[str, ...], str], DictConfig] = {}
    for readings in sorted(chosen, key=len):
        try:
            of_rows = {(readings, row): _conditions(config, row, readings, trials, seed) for row in rows}
            names = tuple(_name(one, row, config.patience) for (_, row), one in of_rows.items())
        except REFUSED:  # they do not go together, or not with the row
            if not readings:
                raise
            continue
        if names not in plans:
            plans[names] = readings
            configs |= of_rows
    labels = {f"{row} {','.join(readings) or 'printed'}": one for (readings, row), one in configs.items()}
    found = run(labels, console)
    summaries = {pair: stages[-1] for pair, (_, stages) in zip(configs, found.values(), strict=True)}
    weights = {row: printed_weights(config, row) for row in rows}
    close = {
        readings: [closeness(summaries[readings, row], len(readings), weights[row]) for row in rows]
        for readings in plans.values()
    }
    return [
        Found(
            round=number,
            place=place,
            readings=readings,
            row=row,
            seed=seed,
            reproduced=own.reproduced,
            **{name: getattr(summaries[readings, row], name) for name in TAKEN},
        )
        for place, readings in enumerate(order(close), start=1)
        for row, own in zip(rows, close[readings], strict=True)
    ]


def _name(config: DictConfig, row: str, patience: float) -> str:
    """The name of a run of the search.

    Raises:
        InputError: it is refused; the search has its row and its patience as settings, and not its budget.
    """
    from .study import read

    try:
        return read(config).experiment.name
    except InputError as error:
        raise InputError(f"rows has {row!r}, and patience is {patience:g}: {error}") from None


def _conditions(config: DictConfig, row: str, readings: Sequence[str], trials: int | None, seed: int) -> DictConfig:
    """The configuration of one row under readings; trials of None are the paper's."""
    from .study import composed

    run = composed(config, row, f"reading=[{','.join(readings)}]")
    run.seed = seed
    run.trials = trials or ROWS[row].trials
    criterion = run.criterion
    window = criterion.size if criterion.name == "window" and not criterion.counted else 0
    run.budget = window + int(config.patience * (ROWS[row].results[-1].presentations or 0))
    return run


if __name__ == "__main__":
    main()
