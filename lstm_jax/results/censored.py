"""Statistics of trials of which some were given up before they were solved.

Such a trial is censored: that it needs more presentations than it was given is all that is known of it. Leaving it out
would make the rest look fast. Everything here counts it for as long as it ran.
"""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lstm_jax.paper.statistics import mean_interval, solved_interval


def restricted_mean(presentations: Sequence[int | None], budget: int) -> float:
    """Mean presentations until success or until the budget ends, whichever is first.

    It is the area between the curve of `success_curve` and the share 1, up to the budget.

    Args:
        presentations: that each trial needed; None for one that was not solved.
        budget: the presentations that every trial was given at least.

    >>> restricted_mean([100, None, 200], budget=1000)
    433.3333333333333
    """
    return float(np.mean(_restricted(presentations, budget)))


def restricted_interval(presentations: Sequence[int | None], budget: int) -> tuple[float, float] | None:
    """The interval of `restricted_mean`, 95 %, as `mean_interval`."""
    return mean_interval(_restricted(presentations, budget))


def _restricted(presentations: Sequence[int | None], budget: int) -> list[int]:
    return [budget if at is None else min(at, budget) for at in presentations]


@dataclass(frozen=True)
class Curve:
    """The share of trials that are solved by a number of presentations (Kaplan and Meier 1958)."""

    presentations: tuple[float, ...]
    """Where the share grows, ascending."""
    solved: tuple[float, ...]
    """The share from there on."""
    low: tuple[float, ...]
    high: tuple[float, ...]
    """Its interval, 95 % (Greenwood 1926, of the logarithm of minus the logarithm). That has no width where all are
    solved: there it is Wilson's."""


def success_curve(presentations: Sequence[int | None], budget: int | Sequence[int]) -> Curve:
    """How the share of solved trials grows with training; trials that were given up are censored at their budget.

    >>> success_curve([100, 200, None, 300], budget=1000).solved
    (0.25, 0.5, 0.75)
    """
    if all(at is None for at in presentations):
        return Curve((), (), (), ())
    from scipy.stats import ecdf  # takes half a second to import

    at = np.array([value for value in presentations if value is not None], float)
    found = ecdf(_data(presentations, budget))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # there is no interval where all are solved
        interval = found.cdf.confidence_interval(method="log-log")
    events = np.isin(found.cdf.quantiles, at)
    solved = found.cdf.probabilities[events]
    low, high = (np.asarray(side.probabilities)[events] for side in (interval.low, interval.high))
    least, most = solved_interval(len(presentations), len(presentations))
    return Curve(
        tuple(found.cdf.quantiles[events].tolist()),
        tuple(solved.tolist()),
        tuple(np.where(solved == 1, least, low).tolist()),
        tuple(np.where(solved == 1, most, high).tolist()),
    )


@dataclass(frozen=True)
class LogRank:
    """Whether trials of two settings are solved equally fast (Mantel 1966)."""

    statistic: float
    """How far the number of solved trials of the first setting lies from what equal settings would give, in standard
    deviations; positive where the first is solved faster."""
    p: float
    """How often equal settings would lie as far apart, in either direction."""


def log_rank(
    first: tuple[Sequence[int | None], int | Sequence[int]], second: tuple[Sequence[int | None], int | Sequence[int]]
) -> LogRank | None:
    """The log-rank test between two settings, each given as presentations of its trials and their budget, or budgets.

    None where no trial of either is solved, or all were solved at the same time: nothing can be compared.

    >>> fast, slow = ([100, 200, 300, 400], 1000), ([900, None, None, None], 1000)
    >>> round(log_rank(fast, slow).p, 3)
    0.007
    """
    from scipy.stats import logrank

    if all(at is None for at in (*first[0], *second[0])):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # nothing varies
        found = logrank(_data(*first), _data(*second))
    if not math.isfinite(found.statistic):
        return None
    return LogRank(float(found.statistic), float(found.pvalue))


def _data(presentations: Sequence[int | None], budget: int | Sequence[int]) -> Any:
    """Trials as SciPy takes them."""
    from scipy.stats import CensoredData

    given = np.broadcast_to(np.asarray(budget, float), len(presentations))
    censored = np.array([at is None for at in presentations])
    at = np.array([np.nan if at is None else at for at in presentations], float)
    return CensoredData(at[~censored], right=given[censored])
