"""A search among readings of the paper: what is combined, which combination is closest, and what each reading does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import floor, isinf, log2

import numpy as np

from lstm_jax.paper.verdict import NEAR, SHARE
from lstm_jax.results.training import Summary

Combination = tuple[str, ...]
"""Names of readings that hold together; empty for the printed conditions."""


def combinations(factors: Sequence[Sequence[str]], number: int | None, seed: int) -> list[Combination]:
    """Every choice of at most one reading from each factor, or so many of them, drawn without repetition.

    >>> combinations([["a"], ["b", "c"]], None, seed=0)
    [(), ('b',), ('c',), ('a',), ('a', 'b'), ('a', 'c')]

    The printed conditions and those that differ from them in one reading are always among them, as the first.
    """
    whole = [tuple(filter(None, chosen)) for chosen in product(*((None, *factor) for factor in factors))]
    if number is None or number >= len(whole):
        return whole
    first = [combination for combination in whole if len(combination) <= 1]
    others = [combination for combination in whole if len(combination) > 1]
    more = max(0, number - len(first))
    chosen = np.random.default_rng(seed).choice(len(others), size=min(more, len(others)), replace=False)
    return first + [others[i] for i in sorted(chosen)]


@dataclass(frozen=True)
class Closeness:
    """How near a reading comes to the paper's figures of a row; the smaller `key`, the closer.

    First counts the share of solved trials, where 0.9 of the paper's is enough; then how many factors of two lie
    between the means, where one is enough; then whether the net has the weights of Table 10; then how many departures
    from the text it takes; and at last the ratio itself.
    """

    share: float
    """Share of solved trials, divided by the paper's."""
    ratio: float | None
    """Our mean divided by the paper's, as in `Summary`."""
    weights_kept: bool
    departures: int

    @property
    def reproduced(self) -> bool:
        """Whether enough trials are solved and the means are within a factor of two."""
        return self.key[:2] == (0, 0)

    @property
    def key(self) -> tuple[float, float, bool, int, float]:
        """What readings of one row are ordered by."""
        apart = abs(log2(self.ratio)) if self.ratio else float("inf")
        doublings = apart if isinf(apart) else max(0.0, float(floor(apart / log2(NEAR) - 1e-9)))
        return max(0.0, round(SHARE - self.share, 6)), doublings, not self.weights_kept, self.departures, apart


def closeness(summary: Summary, departures: int, printed_weights: int) -> Closeness:
    """How near the last stage of a row comes to the paper's, which has to have one.

    >>> Closeness(share=0.95, ratio=1.8, weights_kept=True, departures=1).reproduced
    True

    Args:
        summary: of the last stage.
        departures: number of readings that differ from the printed conditions.
        printed_weights: number of weights of the net of Table 10.
    """
    assert summary.paper is not None
    papers_share = (summary.paper.solved_percent or 100) / 100
    share = summary.solved / summary.trials / papers_share
    return Closeness(share, summary.ratio, summary.weights == printed_weights, departures)


def order(found: Mapping[Combination, Sequence[Closeness]]) -> list[Combination]:
    """Combinations, the closest first: first count the rows that are reproduced, then the means of what rows count."""

    def key(combination: Combination) -> tuple[float, ...]:
        rows = found[combination]
        means = [float(np.mean([row.key[i] for row in rows])) for i in range(5)]
        return (-float(sum(row.reproduced for row in rows)), *means)

    return sorted(found, key=key)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What one combination of readings came to on one row, in one round of a search."""

    round: int
    """Number of the round, from 1; the last one confirms, with the paper's number of trials."""
    place: int
    """Place of the combination among those of its round, from 1 for the closest."""
    readings: Combination
    row: str
    seed: int
    weights: int
    solved: int
    trials: int
    mean: float | None
    """Mean presentations of the solved trials; None if there are none."""
    ratio: float | None
    """Our mean divided by the paper's, as in `Summary`."""
    budget: int
    reproduced: bool
    """Whether enough trials were solved, and the means are within a factor of two."""


def shares(found: Sequence[Found]) -> dict[Combination, float]:
    """Share of solved trials of each combination in a round, a mean over the rows."""
    of_rows: dict[Combination, list[float]] = {}
    for line in found:
        of_rows.setdefault(line.readings, []).append(line.solved / line.trials)
    return {readings: float(np.mean(own)) for readings, own in of_rows.items()}


@dataclass(frozen=True)
class Effect:
    """What one reading does to the share of solved trials, over all other choices."""

    reading: str
    combinations: int
    """Number of combinations that have it."""
    solved: float | None
    """Their share of solved trials, a mean; None if there are none."""
    difference: float | None
    """That mean minus the one over combinations with no reading of its factor; None if one of them is missing."""
    interval: tuple[float, float] | None
    """Of the difference, 95 % (Welch); None for fewer than three combinations on one side."""


def effects(solved: Mapping[Combination, float], factors: Sequence[Sequence[str]]) -> list[Effect]:
    """The marginal effect of every reading.

    >>> found = effects({(): 0.0, ("a",): 0.5, ("b",): 0.0, ("a", "b"): 1.0}, [["a"], ["b"]])
    >>> [(effect.reading, effect.difference) for effect in found]
    [('a', 0.75), ('b', 0.25)]

    Args:
        solved: share of solved trials, by combination.
        factors: the readings that were combined, as for `combinations`.
    """
    return [_effect(solved, reading, factor) for factor in factors for reading in factor]


def _effect(solved: Mapping[Combination, float], reading: str, factor: Sequence[str]) -> Effect:
    having = [share for combination, share in solved.items() if reading in combination]
    without = [share for combination, share in solved.items() if not set(factor) & set(combination)]
    if not having or not without:
        return Effect(reading, len(having), float(np.mean(having)) if having else None, None, None)
    difference = float(np.mean(having) - np.mean(without))
    interval = None
    if min(len(having), len(without)) >= 3:
        from scipy.stats import ttest_ind  # takes half a second to import

        low, high = ttest_ind(having, without, equal_var=False).confidence_interval()
        interval = (float(low), float(high)) if np.isfinite([low, high]).all() else None
    return Effect(reading, len(having), float(np.mean(having)), difference, interval)
