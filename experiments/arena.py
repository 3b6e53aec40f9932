"""Measure how long a lag recurrent cells bridge, all tuned alike.

lstm-jax arena cells=[lstm,gru] tasks=[adding,latch] lags=[10,30,100]
"""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf
from pydantic import Field

from lstm_jax.configuration import build, checked, imported
from lstm_jax.errors import InputError, unknown
from lstm_jax.overrides import quoted

from .application import application

if TYPE_CHECKING:
    from lstm_jax.results.boards import Board

GIVEN_UP = 0.5
"""Share of solved trials below which a cell is not tried at longer lags."""

NEAR = 1.5
"""Nets have the wanted number of weights within this factor."""

CONDITIONS = (
    "tasks",
    "lags",
    "weights",
    "trials",
    "seed",
    "budget",
    "optimizer",
    "rates",
    "tuned_at",
    "tuning_trials",
    "tuning_seed",
    "linear",
    "examined",
)
"""Settings that are the same for all cells of a board."""

EARLIER = {"examined": []}
"""Those that boards of older versions lack, and what they were."""

OF_A_CELL = ("network", "gradient", "weight_range", "construction")
"""What entrants and grids may set, or a part of it: a net, its start and its rule. The rest is the same for all."""

Pair = tuple[str, str]
"""A task and a cell."""

Overrides = tuple[str, ...]
"""What a try changes besides the learning rate."""


@checked
class Settings:
    """Who takes part in what, and under which conditions."""

    cells: tuple[str, ...]
    tasks: tuple[str, ...]
    lags: tuple[int, ...]
    weights: Annotated[int, Field(ge=1)]
    trials: Annotated[int, Field(ge=1)]
    seed: Annotated[int, Field(ge=0)]
    rates: tuple[Annotated[float, Field(gt=0)], ...]
    tuned_at: int
    tuning_trials: Annotated[int, Field(ge=1)]
    tuning_seed: Annotated[int, Field(ge=0)]
    entrants: dict[str, list[str]]
    grids: dict[str, list[str]]
    """By cell, overrides of which each is tried in place of the entrant's own setting."""
    linear: tuple[str, ...]
    examined: tuple[Annotated[int, Field(ge=2)], ...]
    """Multiples of the lag at which nets that have learned it are tested, too."""


@application("arena")
def main(config: DictConfig) -> None:
    """Tune every cell on every task, then train it at longer and longer lags until it fails."""
    joined = read_board(config)
    settings = read_settings(config)
    check_given_grids(settings, HydraConfig.get().overrides.task)
    check_written(config, settings, joined)
    from rich.console import Console

    from lstm_jax.report import arena as report
    from lstm_jax.report import boards, longer_lags
    from lstm_jax.report.columns import markdown, terminal

    from .study import read, tell

    for pair in every_pair(settings):
        longest = conditions(config, settings, pair, max(settings.lags), tries(settings, pair[1])[0][0])
        read(examined(at_rate(longest, settings.rates[0]), settings, pair[0], max(settings.lags)))
    console = Console()
    tuned = tune(config, settings, console)
    lines = climb(config, settings, {(one.task, one.cell): one for one in tuned if one.chosen}, console)
    every = [*others(settings, joined, "lines"), *lines]
    record = as_record(config, joined, every, [*others(settings, joined, "tuned"), *tuned])
    board = report.board(every)
    written = {
        "arena.json": record,
        "arena.md": markdown(report.columns(every), board),
        "arena.svg": lambda path: boards.shares(every, path),
    }
    parts = [terminal(report.LINES, lines, group=lambda line: line.task), terminal(report.columns(every), board)]
    if settings.examined:
        parts.append(terminal(longer_lags.columns(lines), lines, group=lambda line: line.task))
        written["longer.md"] = markdown(longer_lags.columns(every), every, group=lambda line: line.task)
    parts += [report.standing(every, cell) for cell in settings.cells if joined]
    tell(console, config.folder, [*parts, report.sentence(every)], written)


def read_board(config: DictConfig) -> "Board | None":
    """The recorded board that the cells join, whose conditions become those of this run; None without one.

    Raises:
        InputError: the file is no board, or one of its conditions is given on the command line, too.
    """
    if config.board is None:
        return None
    from lstm_jax.results.boards import read

    path = Path(str(config.board))
    board = read(path)
    conditions = EARLIER | board.conditions
    if missing := set(CONDITIONS) - set(conditions):
        raise InputError(f"board is {str(path)!r}: it has no {min(missing)}.")
    given = {override.lstrip("+~").partition("=")[0] for override in HydraConfig.get().overrides.task}
    for name in CONDITIONS:
        if name in given and conditions[name] != plain_setting(config[name]):
            raise InputError(
                f"{name} is {plain_setting(config[name])}: the board has {conditions[name]}, for all cells."
            )
        config[name] = conditions[name]
    return board


def others(settings: Settings, joined: "Board | None", field: str) -> list[Any]:
    """Of the joined board, what is not of a cell that takes part anew: its `lines`, or its `tuned`."""
    return [one for one in (getattr(joined, field) if joined else ()) if one.cell not in settings.cells]


def as_record(config: DictConfig, joined: "Board | None", lines: Iterable[Any], tuned: Iterable[Any]) -> dict[str, Any]:
    """The content of an arena.json, which can be joined again.

    `before` in its provenance says where the lines that were joined come from.
    """
    from lstm_jax.results.provenance import describe
    from lstm_jax.results.records import plain

    earlier = dict(joined.provenance) if joined else {}
    before = [*earlier.pop("before", []), earlier] if joined else []
    return {
        "provenance": describe() | ({"before": before} if before else {}),
        "conditions": {name: plain_setting(config[name]) for name in CONDITIONS},
        "tuning": list(map(plain, tuned)),
        "lines": list(map(plain, lines)),
    }


def check_written(config: DictConfig, settings: Settings, joined: "Board | None") -> None:
    """Refuse to write over a board in the folder of which something would be lost.

    Raises:
        InputError: it has other conditions, or tasks, lags or cells that this one has not; or it is damaged.
    """
    from lstm_jax.results.boards import read

    if not (path := Path(config.folder) / "arena.json").exists():
        return
    there = read(path)
    cure = "choose another folder, or move its arena.json away"
    for name, found in (EARLIER | there.conditions).items():
        wanted = plain_setting(config[name]) if name in CONDITIONS else found
        if not (set(found) <= set(wanted) if name in ("tasks", "lags") else found == wanted):
            raise InputError(f"folder is {config.folder!r}, whose board has {name} {found}, not {wanted}: {cure}.")
    cells = {*settings.cells, *(line.cell for line in others(settings, joined, "lines"))}
    if lost := [line.cell for line in there.lines if line.cell not in cells]:
        raise InputError(
            f"folder is {config.folder!r}, whose board has {lost[0]}, too: {cure}, or join it by board={path}."
        )


def plain_setting(value: Any) -> Any:
    """A setting as it is written in JSON."""
    return OmegaConf.to_container(value) if OmegaConf.is_config(value) else value


def read_settings(config: DictConfig) -> Settings:
    """The settings of the arena itself; those of its runs are checked with them.

    Raises:
        InputError: a setting is not allowed, or a task does not exist or has no such lag.
    """
    node: Any = OmegaConf.to_container(config)
    node["grids"] = {} if node["grids"] is None else node["grids"]
    settings = build(Settings, {name: node[name] for name in Settings.__dataclass_fields__}, "")
    if settings.tuning_seed == settings.seed:
        raise InputError(f"tuning_seed is {settings.seed}: it should be another one than seed, whose trials count.")
    known = sorted({*settings.entrants, *GlobalHydra.instance().config_loader().get_group_options("network")})
    for cell in settings.cells:
        if cell not in known and "." not in cell:
            raise unknown(f"cells has {cell!r}", cell, known, ", or your own, as my_module.step")
        if cell not in known and not callable(imported(cell, "cells")):
            raise InputError(f"cells has {cell!r}: it should be a step function or a class of cells.")
    for field in ("cells", "tasks", "lags", "rates"):
        values = getattr(settings, field)
        if not values:
            raise InputError(f"{field} is []: it should have at least one.")
    for field in ("cells", "tasks", "lags", "rates", "examined"):
        values = getattr(settings, field)
        if len(set(values)) < len(values):
            raise InputError(f"{field} is {list(values)}: it has a value twice.")
    for cell in settings.cells:
        check_overrides(settings, "entrants", cell)
        check_overrides(settings, "grids", cell)
        tries(settings, cell)
    from lstm_jax.tasks.lagged import lagged

    longer = [times * lag for times in settings.examined for lag in settings.lags]
    for task in settings.tasks:
        for lag in (settings.tuned_at, *settings.lags, *longer):
            lagged(task, lag)
    return settings


def check_overrides(settings: Settings, field: str, cell: str) -> None:
    """Refuse overrides of a cell that the arena would set anew, or that would give it conditions of its own.

    Raises:
        InputError: with the first of them.
    """
    from lstm_jax.networks.sizes import SIZES

    taken = {f"network.{part}{size}" for part in ("", "cell.") for size in SIZES}
    if set(settings.tasks) & set(settings.linear) and field == "grids":
        taken.add("network.output_squashing")
    for override in getattr(settings, field).get(cell, []):
        path = override.lstrip("+~").partition("=")[0]
        if path.partition(".")[0] not in OF_A_CELL or path in taken:
            raise InputError(
                f"{field} has {override!r} for {cell}: the arena sets {path}; a cell has settings of its own in "
                f"{', '.join(OF_A_CELL)}, but not its size."
            )


def check_given_grids(settings: Settings, overrides: list[str]) -> None:
    """Refuse grids of cells that do not take part. Those of the configuration's file are of all cells there are.

    Args:
        settings: of the arena.
        overrides: of the command line.

    Raises:
        InputError: with the first such cell.
    """
    for override in OverridesParser.create().parse_overrides(overrides):
        field, _, cell = str(override.key_or_group).partition(".")
        value = override.value()
        given = [cell] if cell else list(map(str, value)) if isinstance(value, Mapping) else []
        for name in given if field == "grids" and not override.is_delete() else []:
            if name not in settings.cells:
                raise unknown(f"grids has {name!r}, which does not take part", name, settings.cells)


def tries(settings: Settings, cell: str) -> list[tuple[Overrides, tuple[float, ...]]]:
    """What is tried for a cell: overrides, and with each the learning rates. All cells have as many tries.

    A cell without a grid has all rates; one with a grid of n overrides has each n-th, with each of them.

    Raises:
        InputError: the rates cannot be divided so.
    """
    grid = settings.grids.get(cell)
    if grid is None:
        return [((), settings.rates)]
    if len(set(grid)) < len(grid) or not grid or len(settings.rates) % len(grid):
        raise InputError(
            f"grids has {grid} for {cell}: they should be different ones, and as many as divide the number of rates, "
            f"{len(settings.rates)}; grids=null has none."
        )
    return [((override,), settings.rates[(len(grid) - 1) // 2 :: len(grid)]) for override in grid]


def conditions(config: DictConfig, settings: Settings, pair: Pair, lag: int, tried: Overrides = ()) -> DictConfig:
    """The configuration of a cell on a task at a lag under some overrides, with the learning rate still to be chosen.

    Raises:
        InputError: no size of the cell comes near the wanted number of weights.
    """
    from lstm_jax.composition import compose_row
    from lstm_jax.networks.sizes import SIZES, size_field
    from lstm_jax.tasks.lagged import lagged

    from .sizing import sized, sized_part, weight_count

    task, cell = pair
    node = lagged(task, lag)
    entrant = [*settings.entrants.get(cell, [f"network={cell}"]), *tried]
    shared = {
        "row": f"{task}-{lag}-{cell}",
        "trials": settings.trials,
        "seed": settings.seed,
        "budget": config.budget,
        "folder": config.folder,
        "checkpoint_seconds": config.checkpoint_seconds,
        "again": config.again,
        "optimizer": config.optimizer.name,
        "task": node["name"],
    }
    fields = {f"task.{name}": value for name, value in node.items() if name != "name"}
    if task in settings.linear:
        fields["network.output_squashing"] = "identity"
    overrides = [f"{name}={quoted(value)}" for name, value in (shared | fields).items()]
    # A try that gives a setting anew comes last, where the later of two overrides holds.
    run = sized(compose_row(["experiment=arena", *entrant, *overrides]), settings.weights)
    if not settings.weights / NEAR <= (weights := weight_count(run)) <= settings.weights * NEAR:
        raise InputError(
            f"weights is {settings.weights}: {cell} on {task} comes no nearer than {weights:,}; its size is one of the "
            f"fields {', '.join(SIZES)}."
        )
    run.tracker = config.tracker
    run.optimizer = config.optimizer
    if not any(override.startswith("weight_range=") for override in entrant):
        own = sized_part(run.network)
        size = own.get(size_field(own) or "", None)
        run.weight_range = 1 / math.sqrt(size) if size else run.weight_range
    return run


def at_rate(run: DictConfig, rate: float, **changes: int) -> DictConfig:
    """The configuration with a learning rate, and with other changes of its settings."""
    changed: Any = OmegaConf.merge(run, {"optimizer": {"learning_rate": float(rate)}, **changes})
    return changed


def tune(config: DictConfig, settings: Settings, console: Any) -> list[Any]:
    """All tries for every cell and task, at one lag and on seeds of their own; the best of each is marked."""
    from dataclasses import replace

    from lstm_jax.report.arena import counted
    from lstm_jax.results.reach import Tuned, best

    from .study import run

    each = f"{counted(len(settings.rates), 'try', 'tries')} for each cell and task"
    trials = counted(settings.tuning_trials, "trial", "trials")
    console.print(f"Tuning at lag {settings.tuned_at}: {each}, {trials} each.", highlight=False)
    own = {"trials": settings.tuning_trials, "seed": settings.tuning_seed}
    plan = {
        (pair, tried, rate): at_rate(run, rate, **own)
        for pair in every_pair(settings)
        for tried, rates in tries(settings, pair[1])
        for run in [conditions(config, settings, pair, settings.tuned_at, tried)]
        for rate in rates
    }
    found = run({" ".join((*pair, *tried, str(rate))): one for (pair, tried, rate), one in plan.items()}, console)
    tuned: dict[Pair, list[Tuned]] = {}
    for (pair, tried, rate), (_, stages) in zip(plan, found.values(), strict=True):
        tuned.setdefault(pair, []).append(_tuned(pair, settings.tuned_at, rate, tried, stages[-1]))
    chosen = {pair: best(own) for pair, own in tuned.items()}
    return [replace(one, chosen=one is chosen[pair]) for pair, own in tuned.items() for one in own]


def _tuned(pair: Pair, lag: int, rate: float, tried: Overrides, summary: Any) -> Any:
    from lstm_jax.results.reach import Tuned, restricted_mean

    task, cell = pair
    ended = [(summary.wrong, summary.solved), (summary.unsolved_wrong, summary.trials - summary.solved)]
    wrong = sum(each * number for each, number in ended if each is not None) / summary.trials
    return Tuned(
        cell=cell,
        task=task,
        lag=lag,
        learning_rate=rate,
        overrides=tried,
        trials=summary.trials,
        solved=summary.solved,
        restricted_mean=restricted_mean(summary.presentations, summary.budget),
        wrong=wrong / summary.test_sequences,
        chosen=False,
    )


def climb(config: DictConfig, settings: Settings, chosen: Mapping[Pair, Any], console: Any) -> list[Any]:
    """Train as tuning has chosen, at longer and longer lags.

    Whoever solves less than half of the trials at one is not tried at the next.
    """
    from .study import run

    lines, going = [], list(chosen)
    for lag in sorted(settings.lags):
        if going:
            console.print(f"Lag {lag}: {len(going)} of {len(chosen)} pairs of task and cell go on.", highlight=False)
        plan = {pair: conditions(config, settings, pair, lag, chosen[pair].overrides) for pair in going}
        plan = {pair: at_rate(run, chosen[pair].learning_rate) for pair, run in plan.items()}
        plan = {pair: examined(run, settings, pair[0], lag) for pair, run in plan.items()}
        found = run({f"{' '.join(pair)} {lag}": one for pair, one in plan.items()}, console)
        own = [
            _at_lag(chosen[pair], lag, settings.examined, job, stages[-1])
            for pair, (job, stages) in zip(plan, found.values(), strict=True)
        ]
        going = [pair for pair, line in zip(plan, own, strict=True) if line.share >= GIVEN_UP]
        lines += own
    return sorted(lines, key=lambda line: (settings.tasks.index(line.task), settings.cells.index(line.cell)))


def examined(run: DictConfig, settings: Settings, task: str, lag: int) -> DictConfig:
    """The configuration of a run whose nets, when they have learned a lag, are tested at multiples of it.

    They are shown as many sequences as the criterion shows.
    """
    from lstm_jax.tasks.lagged import lagged

    if not settings.examined:
        return run
    tasks = [lagged(task, times * lag) for times in settings.examined]
    changed: Any = OmegaConf.merge(run, {"transfer": {"tasks": tasks, "sequences": run.criterion.sequences}})
    return changed


def _at_lag(tuned: Any, lag: int, multiples: tuple[int, ...], job: Any, summary: Any) -> Any:
    from lstm_jax.results.longer import longer
    from lstm_jax.results.reach import AtLag

    bound = job.experiment.trial.criterion.fewer_wrong_than[-1]
    return AtLag(
        cell=tuned.cell,
        task=tuned.task,
        lag=lag,
        weights=summary.weights,
        learning_rate=tuned.learning_rate,
        overrides=tuned.overrides,
        trials=summary.trials,
        solved=summary.solved,
        interval=summary.solved_interval,
        budget=summary.budget,
        presentations=summary.presentations,
        longer=longer(lag, multiples, summary.transfer, bound),
    )


def every_pair(settings: Settings) -> Iterable[Pair]:
    """All tasks with all cells."""
    return [(task, cell) for task in settings.tasks for cell in settings.cells]


if __name__ == "__main__":
    main()
