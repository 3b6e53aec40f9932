"""Measure how long a lag recurrent cells bridge, all tuned alike.

lstm-jax arena cells=[lstm,gru] tasks=[adding,latch] lags=[10,30,100]
"""

import math
from collections.abc import Mapping
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from lstm_jax.errors import InputError
from lstm_jax.overrides import quoted

from .application import application
from .entrants import Overrides, Pair, Settings, check_given_grids, every_pair, read_settings, tries
from .joining import as_record, check_written, others, read_board

GIVEN_UP = 0.5
"""Share of solved trials below which a cell is not tried at longer lags."""

NEAR = 1.5
"""Nets have the wanted number of weights within this factor."""


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
    from lstm_jax.results.censored import restricted_mean
    from lstm_jax.results.reach import Tuned

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


if __name__ == "__main__":
    main()
