"""Pool the trials of runs: one line of statistics for all that agree in everything but the seed, or in chosen fields.

A trial that was not solved counts as a failure, and as one that would have needed for ever: it lowers the success rate
and moves quantiles, and is never dropped. The mean alone is over the solved trials.
"""

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from lstm_jax.errors import InputError
from lstm_jax.paper.statistics import mean_interval, success_interval
from lstm_jax.paper.verdict import Comparison, compare
from lstm_jax.results.run import Run

SAMPLE = ("seed", "trials")
"""Fields that say which trials are run and not of what: trial i of a seed is the same whatever their number."""

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


@dataclasses.dataclass(frozen=True)
class Group:
    """Trials that are looked at as one sample, at one stage of the criterion."""

    values: dict[str, Any]
    """What they agree in: the fields that were grouped by. None where a run has no such field."""
    stage: str
    runs: tuple[Run, ...]
    trials: tuple[dict[str, Any], ...]
    """Their rows as of `Run.trial_rows`, each trial once."""
    repeated: int
    """Trials that were left out because another run had recorded them before."""
    contradictory: int
    """How many of these had come to something else there."""


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
        by: the fields, `optimizer.learning_rate`; None: those that differ, but for the seed and the number of trials.

    Raises:
        InputError: no run has a field of this name.
    """
    by = grouping_fields(runs) if by is None else tuple(by)
    check_names(by, runs, "by")
    members: dict[tuple[str, ...], list[tuple[Run, dict[str, Any]]]] = {}
    for run in runs:
        values = [_key(run.fields.get(name)) for name in by]
        for row in run.trial_rows:
            members.setdefault((*values, row["stage"]), []).append((run, row))
    groups = [_pooled(by, pairs) for pairs in members.values()]
    # Stages stay in their order.
    return sorted(groups, key=lambda group: [_order(value) for value in group.values.values()])


def statistics(group: Group) -> dict[str, Any]:
    """The figures of a group as one flat row.

    Returns:
        The values grouped by, `stage`, `runs` and `seeds` (how many), `n` (trials), `solved`, `diverged`,
        `success_rate` with `success_low` and `success_high` (Wilson, 95 %); over the solved trials `mean` with
        `mean_low` and `mean_high` (bootstrap, 95 %) and `median`, None if there are none; over all trials `q10` to
        `q90`, the presentations after which so many hundredths of the trials had been solved, infinite if they never
        were; `budget` (None if several), `test_wrong_rate` (mean over the solved trials), and where all is of
        one row of the paper `paper_mean` and what `compare` says: `verdict`, `ratio`, `at_least`.
    """
    trials = group.trials
    needed = [np.inf if trial["presentations"] is None else trial["presentations"] for trial in trials]
    solved = [trial for trial in trials if trial["solved"]]
    times = [trial["presentations"] for trial in solved]
    mean, interval = (float(np.mean(times)) if times else None), mean_interval(times)
    low, high = success_interval(len(solved), len(trials))
    paper = _paper(group)
    compared = (
        compare([trial["presentations"] for trial in trials], [trial["budget"] for trial in trials], paper)
        if paper
        else None
    )
    return {
        **group.values,
        "stage": group.stage,
        "runs": len(group.runs),
        "seeds": len({trial["seed"] for trial in trials}),
        "n": len(trials),
        "solved": len(solved),
        "diverged": sum(trial["diverged"] for trial in trials),
        "success_rate": len(solved) / len(trials),
        "success_low": low,
        "success_high": high,
        "mean": mean,
        "mean_low": interval and interval[0],
        "mean_high": interval and interval[1],
        "median": float(np.median(times)) if times else None,
        **{f"q{100 * q:.0f}": quantile(needed, q) for q in QUANTILES},
        "budget": _only(trial["budget"] for trial in trials),
        "test_wrong_rate": float(np.mean([trial["test_wrong_rate"] for trial in solved])) if solved else None,
        "paper_mean": paper and paper["presentations"],
        **(compared._asdict() if compared else dict.fromkeys(Comparison._fields)),
    }


def quantile(values: Sequence[int | float], q: float) -> float:
    """The smallest of the values that at least the share `q` of them does not exceed; infinite ones are allowed."""
    # Interpolating between a number and infinity would make up a figure.
    return float(np.quantile(np.asarray(values, float), q, method="inverted_cdf"))


def check_names(names: Iterable[str], runs: Sequence[Run], setting: str) -> None:
    """Refuse fields that no run has.

    Raises:
        InputError: naming all that they have; `setting` is where the names come from.
    """
    known = _names(runs)
    for name in names:
        if name not in known:
            raise InputError(f"{setting} has {name!r}: no run has such a field; they have {', '.join(known)}.")


def _pooled(by: tuple[str, ...], pairs: Sequence[tuple[Run, dict[str, Any]]]) -> Group:
    trials: dict[tuple[str, int, int], dict[str, Any]] = {}
    repeated = contradictory = 0
    for run, row in pairs:
        first = trials.setdefault((_series(run), row["seed"], row["trial"]), row)
        if first is not row:
            repeated += 1
            contradictory += first["presentations"] != row["presentations"]
    runs = tuple(dict.fromkeys(run.directory for run, _ in pairs))
    of_directory = {run.directory: run for run, _ in pairs}
    values = {name: pairs[0][0].fields.get(name) for name in by}
    return Group(
        values=values,
        stage=pairs[0][1]["stage"],
        runs=tuple(of_directory[directory] for directory in runs),
        trials=tuple(trials.values()),
        repeated=repeated,
        contradictory=contradictory,
    )


def _series(run: Run) -> str:
    """What is run, without which trials of it."""
    return _key({name: value for name, value in run.configuration.items() if name not in SAMPLE})


def _paper(group: Group) -> Mapping[str, Any] | None:
    """The paper's figures, if they are the same for all runs."""
    papers = [stage["paper"] for run in group.runs for stage in run.summary if stage["stage"] == group.stage]
    return _only(papers) if len({run.fields["row"] for run in group.runs}) == 1 else None


def _only(values: Iterable[Any]) -> Any:
    """The value that all have, or None."""
    values = list(values)
    return values[0] if all(value == values[0] for value in values) else None


def _names(runs: Sequence[Run]) -> list[str]:
    return list(dict.fromkeys(name for run in runs for name in run.fields))


def _order(value: Any) -> tuple[int, Any]:
    """To sort plain values of any kind by: numbers before lists before the rest."""
    if isinstance(value, int | float):
        return 0, value
    return (1, [_order(item) for item in value]) if isinstance(value, list) else (2, _key(value))


def _key(value: Any) -> str:
    """Of any plain value, as something to compare and hash."""
    return json.dumps(value, sort_keys=True)
