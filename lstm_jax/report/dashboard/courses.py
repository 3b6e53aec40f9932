"""Learning curves for the page: thinned so that it stays small, with every extreme, and typical courses."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from lstm_jax.report.curves import spread, thinned

POINTS = 500_000
"""Largest number of points of all trials' curves together; a point takes about eleven bytes."""

MOST, LEAST = 150, 8
"""Most and fewest buckets of a curve: more cannot be seen; with fewer it is left out, and quantiles stand for it."""


class Room(NamedTuple):
    """Into how many buckets curves are thinned; 0 leaves them out."""

    trial: int
    """Number of buckets of each trial's curve."""
    typical: int
    """Number of buckets of a run's median and quantiles."""


def room(runs: int, trials: int) -> Room:
    """The room for curves on a page of so many runs, which have so many trials altogether."""
    trial = POINTS // (2 * max(trials, 1))
    typical = POINTS // (12 * max(runs, 1))  # two points of two lines, at the extremes of three
    return Room(0 if trial < LEAST else min(trial, MOST), max(LEAST, min(typical, MOST)))


def course(curves: Mapping[str, np.ndarray], room: Room) -> dict[str, Any]:
    """A run's learning curves as plain values.

    Args:
        curves: as `Run.curves`.
        room: how many points they may have.

    Returns:
        `step` and `end`: point i is at the smaller of `(i + 1) step` and `end`; `trials`: of each the indices of points
        and their errors; `error` and `wrong_rate`: of all trials at once the indices, and there `median`, `low` and
        `high` (10 % and 90 %); `points`: how many there were.

    Raises:
        ValueError: the points are not evenly spaced.
    """
    at, error, wrong_rate = curves["presentations"], curves["error"], curves["wrong_rate"]
    step, end = int(at[0]), int(at[-1])
    if not np.array_equal(at, np.minimum(np.arange(1, len(at) + 1) * step, end)):
        raise ValueError("the points of the curves are not evenly spaced")
    trials = []
    for curve in error.T if room.trial else ():
        kept = thinned(curve, room.trial)
        trials.append([kept.tolist(), _short(curve[kept])])
    return {
        "step": step,
        "end": end,
        "points": len(at),
        "trials": trials,
        "error": _typical(error, room.typical),
        "wrong_rate": _typical(wrong_rate, room.typical),
    }


def _typical(curves: np.ndarray, buckets: int) -> dict[str, Any] | None:
    if np.isnan(curves[0]).any():
        return None  # a trial that was lost from its beginning has no value to stay at
    found = spread(curves)
    kept = sorted({int(i) for values in found for i in thinned(values, buckets)})
    return {"at": kept} | {name: _short(values[kept]) for name, values in found._asdict().items()}


def _short(values: np.ndarray) -> list[float]:
    """Numbers with three significant digits."""
    return [float(f"{value:.3g}") for value in values]
