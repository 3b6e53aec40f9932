"""The figures that a tracker shows of a run: at every point of its curves, of every trial, and of the whole."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from lstm_jax.results import Run
from lstm_jax.trackers.protocol import Point

QUANTILES = {"q10": 0.1, "median": 0.5, "q90": 0.9}
TRIAL = ("trial", "stage", "presentations", "solved", "diverged", "test_wrong_rate")


class RecordedPoint(NamedTuple):
    """A `Point` of a finished run."""

    clock: int
    solved: int
    running: int
    curves: dict[str, np.ndarray]


def at_point(point: Point) -> dict[str, int | float]:
    """`presentations`, `solved`, `running`, and mean and quantiles of error and wrong answers over running trials."""
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


def recorded_points(run: Run) -> list[RecordedPoint]:
    """The points that a finished run has come to, from its curves and records.

    Raises:
        InputError: its curves are missing or damaged.
    """
    curves = run.curves
    ended = np.cumsum(~np.isnan(curves["error"][::-1]), axis=0)[::-1]
    # A trial ends in the chunk of its last point, and counts as ended there.
    ended = np.concatenate([ended[1:], np.zeros_like(ended[:1])]) == 0
    solved = np.array([record["stages"][-1]["presentations"] is not None for record in run.records])
    counts = zip((ended & solved).sum(axis=1).tolist(), (~ended).sum(axis=1).tolist(), strict=True)
    return [
        RecordedPoint(int(at), *count, {"error": error, "wrong": wrong})
        for at, count, error, wrong in zip(
            curves["presentations"], counts, curves["error"], curves["wrong"], strict=True
        )
    ]


def of_trials(run: Run) -> list[list[Any]]:
    """A line of the values of `TRIAL` for every trial and stage."""
    return [[row[name] for name in TRIAL] for row in run.trial_rows]


def of_run(run: Run) -> dict[str, Any]:
    """Of the last stage: `trials`, `solved`, `success_rate`, `mean`, `median`, `objective`, beside the paper's.

    `mean` and `median` are over the solved trials; `objective` is the mean with unsolved trials counted with the
    budget, for sweepers: smaller is better. None is left out.
    """
    last: Mapping[str, Any] = run.summary[-1]
    paper = (last["paper"] or {}).get("presentations")
    needed: Sequence[int] = [last["budget"] if at is None else at for at in last["presentations"]]
    figures = {
        "trials": last["trials"],
        "solved": last["successes"],
        "success_rate": last["successes"] / last["trials"],
        "mean": last["mean"],
        "median": last["median"],
        "objective": sum(needed) / last["trials"],
        "weights": last["weights"],
        "wall_seconds": last["wall_seconds"],
        "verdict": last["verdict"],
        "paper/presentations": paper,
        "ratio": last["ratio"],
    }
    return {name: value for name, value in figures.items() if value is not None}
