"""Pool the trials of runs: one line of statistics for all that agree in everything but the seed, or in chosen fields.

A trial that was not solved counts as a failure, and as one that would have needed for ever: it lowers the success rate
and moves quantiles, and is never dropped. The mean alone is over the solved trials; beside it stands the restricted
mean, in which an unsolved trial counts with the presentations that it was given.
"""

import dataclasses
import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from lstm_jax.errors import InputError, nearest
from lstm_jax.paper.statistics import mean, mean_interval, solved_interval
from lstm_jax.paper.tables import Printed
from lstm_jax.paper.verdict import Verdict, compare
from lstm_jax.results.censored import LogRank, log_rank, restricted_interval, restricted_mean
from lstm_jax.results.run import Run, TrialAtStage, flat

SAMPLE = ("seed", "trials")
"""Fields that say which trials are run, not what they are: trial i of a seed is the same whatever their number."""

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


@dataclasses.dataclass(frozen=True)
class Group:
    """Trials that are looked at as one sample, at one stage of the criterion."""

    values: dict[str, Any]
    """What the trials agree in: the fields that were grouped by. None where a run has no such field."""
    stage: str
    """The stage's name in a sentence."""
    short: str
    """The stage's name as short as in the paper's tables."""
    runs: tuple[Run, ...]
    trials: tuple[TrialAtStage, ...]
    """The trials of all runs, each of them once."""
    repeated: int
    """Number of trials that were left out because another run had recorded them before."""
    contradictory: int
    """Number of the repeated trials that had needed another number of presentations there."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Figures:
    """The figures of a group."""

    values: dict[str, Any]
    """What the trials agree in: the fields that were grouped by. None where a run has no such field."""
    stage: str
    """The stage's name in a sentence."""
    short: str
    """The stage's name as short as in the paper's tables."""
    runs: int
    """Number of runs."""
    seeds: int
    """Number of different seeds."""
    trials: int
    """Number of trials of all runs, each counted once."""
    solved: int
    """Number of trials that reached the stage."""
    diverged: int
    """Number of trials that ended with an error that is not finite."""
    solved_rate: float
    """Share of trials that were solved, between 0 and 1."""
    solved_interval: tuple[float, float]
    """Wilson's interval of the share of solved trials, 95 %."""
    mean: float | None
    """Mean number of presentations over the solved trials; None if there are none."""
    mean_interval: tuple[float, float] | None
    """Bootstrap interval of the mean, 95 %; None where too few trials say nothing about their spread."""
    restricted_mean: float
    """Mean number of presentations of all trials until success or `restricted_to`, whichever is first."""
    restricted_interval: tuple[float, float] | None
    """Bootstrap interval of the restricted mean, 95 %; None where too few trials say nothing about their spread."""
    restricted_to: int
    """The smallest number of presentations that a trial was given."""
    median: float | None
    """Median number of presentations over the solved trials; None if there are none."""
    quantiles: dict[str, float]
    """Presentations after which so many hundredths of all trials had been solved, by names such as `q10`; infinite if
    they never were."""
    budget: int | None
    """Largest number of presentations of each trial; None if trials have different ones."""
    wrong_rate: float | None
    """Share of test sequences that were wrong, a mean over the solved trials; None if there are none."""
    paper: Printed | None
    """The paper's figures; None unless all trials are of one of its rows."""
    verdict: Verdict | None
    """Our figures beside the paper's in one word; None without the paper's figures."""
    ratio: float | None
    """Our mean divided by the paper's; None if one of them is missing."""
    at_least: bool | None
    """Whether unsolved trials count in the ratio, as in `Comparison`; None without the paper's figures."""

    @property
    def line(self) -> dict[str, Any]:
        """All in one flat row, for data frames: the values grouped by with their names, parts with dotted ones."""
        own = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        del own["values"], own["quantiles"], own["short"], own["paper"]
        for name in ("solved_interval", "mean_interval", "restricted_interval"):
            own[name] = dict(zip(("low", "high"), own[name] or (None, None), strict=True))
        paper = {"paper.presentations": self.paper and self.paper.presentations}
        return self.values | dict(flat(own)) | self.quantiles | paper


def grouping_fields(runs: Sequence[Run]) -> tuple[str, ...]:
    """The row, and every field but the seed and the number of trials that differs between runs of one row."""
    found = {"row": None}
    for name in _names(runs):
        of_row: dict[str, set[str]] = {}
        for run in runs:
            of_row.setdefault(run.fields["row"], set()).add(_key(run.fields.get(name)))
        if name not in SAMPLE and any(len(values) > 1 for values in of_row.values()):
            found[name] = None
    return tuple(found)


def group(runs: Sequence[Run], by: Iterable[str] | None = None) -> list[Group]:
    """Pool the trials of runs that agree in some fields, each stage of their criteria for itself.

    The groups are in the order of the fields' values.

    Args:
        runs: those that are not finished have no trials yet and come into no group.
        by: the fields, such as `optimizer.learning_rate`; None for those of `grouping_fields`.

    Raises:
        InputError: no run has a field of this name.
    """
    by = grouping_fields(runs) if by is None else tuple(by)
    check_names(by, runs, "by")
    members: dict[tuple[str, ...], list[TrialAtStage]] = {}
    for run in runs:
        values = [_key(run.fields.get(name)) for name in by]
        for trial in run.trials:
            members.setdefault((*values, trial.at.stage), []).append(trial)
    groups = [_pooled(by, trials) for trials in members.values()]
    # Stages stay in their order.
    return sorted(groups, key=lambda group: [_order(value) for value in group.values.values()])


def statistics(group: Group) -> Figures:
    """The figures of a group."""
    trials = group.trials
    presentations = [trial.presentations for trial in trials]
    times = [at for at in presentations if at is not None]
    needed = [np.inf if at is None else at for at in presentations]
    budgets = _budgets(group)
    paper = _paper(group)
    compared = compare(presentations, budgets, paper) if paper else None
    return Figures(
        values=group.values,
        stage=group.stage,
        short=group.short,
        runs=len(group.runs),
        seeds=len({trial.record.seed for trial in trials}),
        trials=len(trials),
        solved=len(times),
        diverged=sum(trial.record.diverged for trial in trials),
        solved_rate=len(times) / len(trials),
        solved_interval=solved_interval(len(times), len(trials)),
        mean=mean(times),
        mean_interval=mean_interval(times),
        restricted_mean=restricted_mean(presentations, min(budgets)),
        restricted_interval=restricted_interval(presentations, min(budgets)),
        restricted_to=min(budgets),
        median=float(np.median(times)) if times else None,
        quantiles={f"q{100 * q:.0f}": quantile(needed, q) for q in QUANTILES},
        budget=_only(budgets),
        wrong_rate=mean(trial.wrong_rate for trial in trials if trial.presentations is not None),
        paper=paper,
        verdict=compared and compared.verdict,
        ratio=compared and compared.ratio,
        at_least=compared and compared.at_least,
    )


def compared(first: Group, second: Group) -> LogRank | None:
    """The log-rank test between the trials of two groups, at the stage that each stands for; see `log_rank`."""
    return log_rank(*(([trial.presentations for trial in own.trials], _budgets(own)) for own in (first, second)))


def _budgets(group: Group) -> list[int]:
    """Presentations that each trial was given. One that diverged has them all: it would never have been solved."""
    return [trial.run.fields["budget"] for trial in group.trials]


def quantile(values: Sequence[int | float], q: float) -> float:
    """The smallest of the values that at least the share `q` of them does not exceed; infinite ones are allowed.

    >>> quantile([3, 1, float("inf")], 0.5), quantile([3, 1, float("inf")], 0.9)
    (3.0, inf)
    """
    # Interpolating between a number and infinity would make up a figure.
    return float(np.quantile(np.asarray(values, float), q, method="inverted_cdf"))


def check_names(names: Iterable[str], runs: Sequence[Run], setting: str) -> None:
    """Refuse fields that no run has; where there are no runs, nothing is known of them and nothing is refused.

    Raises:
        InputError: naming all that they have; `setting` is where the names come from.
    """
    if not runs:
        return
    known = _names(runs)
    for name in names:
        if name not in known:
            near = nearest(name, known)
            raise InputError(f"{setting} has {name!r}{near}: no run has such a field; they have {', '.join(known)}.")


def _pooled(by: tuple[str, ...], members: Sequence[TrialAtStage]) -> Group:
    trials: dict[tuple[str, int, int], TrialAtStage] = {}
    repeated = contradictory = 0
    for trial in members:
        first = trials.setdefault((_series(trial.run), trial.record.seed, trial.record.trial), trial)
        if first is not trial:
            repeated += 1
            contradictory += first.presentations != trial.presentations
    runs = {trial.run.directory: trial.run for trial in members}
    return Group(
        values={name: members[0].run.fields.get(name) for name in by},
        stage=members[0].at.stage,
        short=members[0].at.short,
        runs=tuple(runs.values()),
        trials=tuple(trials.values()),
        repeated=repeated,
        contradictory=contradictory,
    )


def _series(run: Run) -> str:
    """What a run's trials are of, as text: its configuration without the fields of `SAMPLE`."""
    return _key({name: value for name, value in run.configuration.items() if name not in SAMPLE})


def _paper(group: Group) -> Printed | None:
    """The paper's figures, if they are the same for all runs."""
    papers = [summary.paper for run in group.runs for summary in run.summary if summary.stage == group.stage]
    return _only(papers) if len({run.row for run in group.runs}) == 1 else None


def _only(values: Iterable[Any]) -> Any:
    """The value that all have, or None."""
    values = list(values)
    return values[0] if all(value == values[0] for value in values) else None


def _names(runs: Sequence[Run]) -> list[str]:
    return list(dict.fromkeys(name for run in runs for name in run.fields))


def _order(value: Any) -> tuple[int, Any]:
    """Key to sort plain values of any kind by: numbers before lists before the rest."""
    if isinstance(value, int | float):
        return 0, value
    return (1, [_order(item) for item in value]) if isinstance(value, list) else (2, _key(value))


def _key(value: Any) -> str:
    """Text of any plain value, to compare and hash."""
    return json.dumps(value, sort_keys=True)
