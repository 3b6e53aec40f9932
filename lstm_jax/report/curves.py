"""Learning curves made ready to be drawn: a typical course, its spread, and fewer points without losing an extreme."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int


class Spread(NamedTuple):
    """The spread of many trials' curves at every point; an ended trial stays at its last value."""

    median: Float[np.ndarray, "points"]
    low: Float[np.ndarray, "points"]
    high: Float[np.ndarray, "points"]


def carried_on(curves: Float[np.ndarray, "points trials"]) -> Float[np.ndarray, "points trials"]:
    """Each ended trial's last value in place of NaN."""
    ended = np.isnan(curves)
    last = np.maximum.accumulate(np.where(ended, 0, np.arange(len(curves))[:, None]), axis=0)
    return np.take_along_axis(curves, last, axis=0)


def spread(curves: Float[np.ndarray, "points trials"], quantiles: tuple[float, float] = (0.1, 0.9)) -> Spread:
    """The median over trials and two quantiles."""
    low, median, high = np.quantile(carried_on(curves), (quantiles[0], 0.5, quantiles[1]), axis=1)
    return Spread(median, low, high)


def coarser(curves: Mapping[str, np.ndarray], most: int) -> dict[str, np.ndarray]:
    """A run's curves with fewer points, each the mean over equally many neighbours.

    They are, up to rounding, the curves of a run whose interval is that many times as long.

    Args:
        curves: as `Run.curves`: evenly spaced, but for the last point.
        most: the largest number of points, 1 or more.
    """
    at = curves["presentations"]
    size = -(-len(at) // most)
    blocks = np.arange(0, len(at), size)
    made = np.diff(at, prepend=0)[:, None] * np.isfinite(curves["error"])
    shown = np.add.reduceat(made, blocks)

    def mean(curve: np.ndarray) -> np.ndarray:
        total = np.add.reduceat(made * np.nan_to_num(curve.astype(float)), blocks)
        return np.where(shown > 0, total / np.maximum(shown, 1), np.nan).astype(curve.dtype)

    ends = at[np.append(blocks[1:], len(at)) - 1]
    return {"presentations": ends, "error": mean(curves["error"]), "wrong_rate": mean(curves["wrong_rate"])}


def thinned(curve: Float[np.ndarray, "points"], buckets: int) -> Int[np.ndarray, "kept"]:
    """Which points to draw of a curve that has more than can be seen.

    These are the least and the largest of every bucket of neighbours, and both ends of the curve. NaN ends a curve.

    Returns:
        Indices, ascending, at most `2 buckets + 2`; all if there are no more than that.
    """
    length = _length(curve)
    if length <= 2 * buckets + 2:
        return np.arange(length)
    size = -(-length // buckets)
    padding = (0, buckets * size - length)
    first = size * np.arange(buckets)
    least = first + np.pad(curve[:length], padding, constant_values=np.inf).reshape(buckets, size).argmin(axis=1)
    largest = first + np.pad(curve[:length], padding, constant_values=-np.inf).reshape(buckets, size).argmax(axis=1)
    kept = np.unique(np.concatenate([[0], least, largest, [length - 1]]))
    return kept[kept < length]


def _length(curve: np.ndarray) -> int:
    """Number of points before the first NaN."""
    ended = np.flatnonzero(np.isnan(curve))
    return int(ended[0]) if ended.size else len(curve)
