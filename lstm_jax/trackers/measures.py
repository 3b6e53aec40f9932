"""The figures that a tracker shows of a run: at every point of its curves, of every trial, and of the whole."""

from typing import Any, NamedTuple

import numpy as np

from lstm_jax.results import Run
from lstm_jax.trackers.protocol import Point

QUANTILES = {"q10": 0.1, "median": 0.5, "q90": 0.9}
TRIAL = ("trial", "stage", "presentations", "solved", "diverged", "wrong_rate")
"""Names of the columns of the table of trials."""


class RecordedPoint(NamedTuple):
    """A `Point` of a finished run."""

    clock: int
    solved: int
    running: int
    curves: dict[str, np.ndarray]


def at_point(point: Point) -> dict[str, int | float]:
    """`presentations`, `solved`, `running`, and mean and quantiles of `error` and `wrong_rate` over running trials."""
    figures: dict[str, int | float] = {
        "presentations": point.clock,
        "solved": point.solved,
        "running": point.running,
    }
    for name, values in point.curves.items():
        present = np.asarray(values, float)
        present = present[~np.isnan(present)]
        if present.size:
            figures[f"{name}/mean"] = float(present.mean())
            quantiles = np.quantile(present, list(QUANTILES.values())).tolist()
            figures |= {f"{name}/{label}": value for label, value in zip(QUANTILES, quantiles, strict=True)}
    return figures


def at_step(point: Point) -> dict[str, int | float]:
    """The figures of `at_point` where `presentations` are their step."""
    return {name: figure for name, figure in at_point(point).items() if name != "presentations"}


def recorded_points(run: Run) -> list[RecordedPoint]:
    """The points that a finished run has come to, from its curves and records.

    Raises:
        InputError: its curves are missing or damaged.
    """
    curves = run.curves
    ended = np.cumsum(~np.isnan(curves["error"][::-1]), axis=0)[::-1]
    # A trial ends in the chunk of its last point, and counts as ended there.
    ended = np.concatenate([ended[1:], np.zeros_like(ended[:1])]) == 0
    solved = np.array([record.solved for record in run.records])
    counts = zip((ended & solved).sum(axis=1).tolist(), (~ended).sum(axis=1).tolist(), strict=True)
    return [
        RecordedPoint(int(at), *count, {"error": error, "wrong_rate": wrong_rate})
        for at, count, error, wrong_rate in zip(
            curves["presentations"], counts, curves["error"], curves["wrong_rate"], strict=True
        )
    ]


def of_trials(run: Run) -> list[list[Any]]:
    """A line of the values of `TRIAL` for every trial and stage."""
    return [[trial.line[name] for name in TRIAL] for trial in run.trials]


def of_run(run: Run) -> dict[str, Any]:
    """Figures of the last stage: `trials`, `solved`, `solved_rate`, `mean`, `median`, `objective`, and the paper's.

    `mean` and `median` are over the solved trials; `objective` is as in `Summary`. None is left out.
    """
    last = run.summary[-1]
    figures = {
        "trials": last.trials,
        "solved": last.solved,
        "solved_rate": last.solved / last.trials,
        "mean": last.mean,
        "median": last.median,
        "objective": last.objective,
        "weights": last.weights,
        "seconds": last.seconds,
        "verdict": last.verdict,
        "paper/presentations": last.paper and last.paper.presentations,
        "ratio": last.ratio,
    }
    return {name: value for name, value in figures.items() if value is not None}
