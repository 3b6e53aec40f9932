"""Statistics that put a run's trials beside the paper's mean."""

from collections.abc import Iterable, Sequence

import numpy as np

SURE = 0.05
"""p value, corrected for the number of tests, below which a difference is taken for real."""


def mean(values: Iterable[int | float | None]) -> float | None:
    """Mean of the values that are not None; None if there are none.

    >>> mean([3, None, 5]), mean([])
    (4.0, None)
    """
    there = [value for value in values if value is not None]
    return float(np.mean(there)) if there else None


def mean_interval(values: Sequence[int | float], level: float = 0.95) -> tuple[float, float] | None:
    """Bootstrap interval (BCa, 10,000 resamples, fixed seed) of the mean.

    None for fewer than three values or when all are equal: they say nothing about their spread.

    >>> low, high = mean_interval([10, 12, 11, 30, 9, 14])
    >>> low < 14.3 < high
    True
    >>> mean_interval([5, 5, 5]) is None
    True
    """
    if len(values) < 3 or len(set(values)) == 1:
        return None
    from scipy.stats import bootstrap  # takes half a second to import

    interval = bootstrap(
        (np.asarray(values, float),), np.mean, confidence_level=level, n_resamples=10_000, rng=np.random.default_rng(0)
    ).confidence_interval
    return float(interval.low), float(interval.high)


def solved_interval(solved: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson's interval of the share of solved trials.

    >>> [round(bound, 2) for bound in solved_interval(9, 10)]
    [0.6, 0.98]
    """
    from scipy.stats import binomtest

    interval = binomtest(solved, trials).proportion_ci(level, method="wilson")
    return float(interval.low), float(interval.high)


def holm(ps: Sequence[float]) -> list[float]:
    """p values corrected for their number (S. Holm, "A simple sequentially rejective multiple test procedure", 1979).

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(ps)
    scaled = np.asarray(ps, float)[order] * np.arange(len(ps), 0, -1)
    corrected = np.empty(len(ps))
    corrected[order] = np.minimum(1, np.maximum.accumulate(scaled))
    return corrected.tolist()
