"""Performance profiles: how many of all its runs on a board a cell has solved, against what it spent.

They are those of E. D. Dolan and J. J. Moré, "Benchmarking optimization software with performance profiles" (2002),
with the intervals of R. Agarwal et al., "Deep reinforcement learning at the edge of the statistical precipice" (2021).
No run is left out: what was not solved counts as such.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from lstm_jax.results.reach import AtLag

SPENT = np.linspace(0, 1, 101)
"""Shares of the budget at which a profile is known."""

RESAMPLES = 2000


@dataclass(frozen=True)
class Profile:
    """How a cell fares over all tasks and lags of a board, each of which counts the same."""

    cell: str
    solved: tuple[float, ...]
    """Share of the runs that are solved by each share of the budget in `SPENT`."""
    low: tuple[float, ...]
    high: tuple[float, ...]
    """Its interval, 95 %, as that of the score."""
    score: float
    """The area under the profile. It is the mean over runs of the share of the budget that is left when a run is
    solved, 0 for one that is not solved."""
    interval: tuple[float, float]
    """That of the score: percentiles of a bootstrap whose strata are the tasks with their lags."""


def profiles(lines: Sequence[AtLag]) -> list[Profile]:
    """The profile of every cell that takes part in all tasks of a board, the largest score first."""
    found = [profile(cell, spent(lines, cell)) for cell in everywhere(lines)]
    return sorted(found, key=lambda one: -one.score)


def profile(cell: str, needed: Float[np.ndarray, "*strata trials"]) -> Profile:
    """A cell's profile.

    Args:
        cell: its name.
        needed: as `spent` gives it.

    >>> one = profile("lstm", np.array([[0.25, 0.5], [0.5, np.inf]]))
    >>> one.score, one.solved[25], one.solved[-1]
    (0.4375, 0.25, 0.75)
    """
    by_then = (needed.ravel()[:, None] <= SPENT + 1e-9).astype(float)
    left = 1 - np.minimum(needed.ravel(), 1)
    drawn = resampled(needed.shape)
    low, high = interval(drawn @ by_then)
    least, most = interval(drawn @ left)
    return Profile(
        cell,
        tuple(by_then.mean(axis=0).tolist()),
        tuple(low.tolist()),
        tuple(high.tolist()),
        float(left.mean()),
        (float(least), float(most)),
    )


def everywhere(lines: Sequence[AtLag]) -> list[str]:
    """The cells that take part in every task of a board."""
    tasks, pairs = {line.task for line in lines}, {(line.cell, line.task) for line in lines}
    return [cell for cell in dict.fromkeys(line.cell for line in lines) if all((cell, task) in pairs for task in tasks)]


def spent(lines: Sequence[AtLag], cell: str) -> Float[np.ndarray, "tasks lags trials"]:
    """What share of the budget each run of a cell needed, infinite if it was not solved.

    A lag at which the cell was not tried, since it had been given up at a shorter one, counts as not solved.

    Args:
        lines: a board, with the same number of trials everywhere.
        cell: one that takes part in every task.
    """
    tasks, lags = dict.fromkeys(line.task for line in lines), sorted({line.lag for line in lines})
    own = {(line.task, line.lag): line for line in lines if line.cell == cell}
    given_up = np.full(lines[0].trials, np.inf)
    return np.array([[_spent(own[at]) if (at := (task, lag)) in own else given_up for lag in lags] for task in tasks])


def _spent(line: AtLag) -> list[float]:
    return [np.inf if at is None else at / line.budget for at in line.presentations]


@lru_cache(maxsize=1)
def resampled(shape: tuple[int, ...]) -> Float[np.ndarray, "resamples runs"]:
    """How much every run counts in a mean when those of each stratum are drawn anew, with replacement.

    Args:
        shape: of the runs, strata first, then trials. The same shape has the same draws.
    """
    *strata, trials = shape
    drawn = np.random.default_rng(0).multinomial(trials, np.full(trials, 1 / trials), (RESAMPLES, *strata))
    return drawn.reshape(RESAMPLES, -1) / np.prod(shape)


def interval(values: Float[np.ndarray, "resamples *each"]) -> Float[np.ndarray, "2 *each"]:
    """The percentiles between which 95 % of resampled values lie."""
    return np.percentile(values, (2.5, 97.5), axis=0)
