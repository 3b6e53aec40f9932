"""What a claim may expect of the trials of its settings, and how that is tested.

Every test gives one p value, two-sided: how often trials would lie as far on either side of what divides holding from
not holding, if they truly lay on it. Trials that were given up count as censored in log-rank tests, and with their
budget in means: a mean is then smaller than it would have been.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from lstm_jax.paper.statistics import solved_interval
from lstm_jax.paper.verdict import NEAR
from lstm_jax.results.censored import log_rank

RESAMPLES = 10_000

FEWEST = 4
"""Trials of a setting that a test needs."""


@dataclass(frozen=True)
class Sample:
    """The trials of one setting."""

    setting: str
    overrides: tuple[str, ...]
    trials: tuple[int | float | None, ...]
    """Presentations or guesses until success, None for a trial that was given up; or a measure of each net, None for
    one that has none."""
    budget: int | None = None
    """How many there were when a trial was given up; None where a measure was taken."""

    @property
    def there(self) -> tuple[int | float, ...]:
        """Those of the trials that have a number."""
        return tuple(at for at in self.trials if at is not None)

    @property
    def share(self) -> float:
        """The share of them: where no measure was taken, that of the solved trials."""
        return len(self.there) / len(self.trials)


@dataclass(frozen=True, kw_only=True)
class Effect:
    """How large what was found is, and how sure it is."""

    what: str
    """What the value is, in words."""
    value: float
    low: float
    high: float
    """Its interval, 95 %."""
    p: float
    """Two-sided, not corrected for other claims."""
    holds: bool
    """Whether the value is on the claim's side."""


Test = Callable[[Sequence[Sample], Sequence[int | float]], Effect | None]
"""test(samples, numbers): what the trials of a claim's settings say; None where they say nothing, as when none was
solved. The numbers stand for the settings, if the expectation asks for them."""


def faster(samples: Sequence[Sample], numbers: Sequence[int | float] = ()) -> Effect | None:
    """The first of two settings is solved faster, by the log-rank test."""
    first, second = samples
    test = log_rank(*(([None if at is None else int(at) for at in own.trials], own.budget or 0) for own in samples))
    if test is None:
        return None
    fast, slow = _log_means(samples)
    return Effect(
        what=f"mean time with {second.setting}, divided by that with {first.setting}",
        p=test.p,
        holds=test.statistic > 0,
        **_value(np.exp(slow - fast)),
    )


def alike(samples: Sequence[Sample], numbers: Sequence[int | float] = ()) -> Effect | None:
    """The slowest setting takes less than twice as long as the fastest (`NEAR`), by bootstrap; where fewer than half of
    the trials of a setting were solved, shares of solved trials differ or nothing can be said (Fisher's exact test).

    Against the claim p is corrected for the number of pairs, of which the one farthest apart was taken.
    """
    if not any(own.there for own in samples):
        return None
    means = _log_means(samples)
    slow, fast = int(means[:, 0].argmax()), int(means[:, 0].argmin())
    apart = means[slow] - means[fast]
    found = _beside(apart, math.log(NEAR), below=True)
    if found is None:
        return None
    p, holds = found
    if holds and not _mostly_solved(samples):
        return _unlike(samples)
    return Effect(
        what=f"mean time with {samples[slow].setting}, divided by that with {samples[fast].setting}",
        p=p if holds else min(1.0, p * math.comb(len(samples), 2)),
        holds=holds,
        **_value(np.exp(apart)),
    )


def _unlike(samples: Sequence[Sample]) -> Effect:
    """By how much the share of solved trials is larger with one setting than with another."""
    from scipy.stats import fisher_exact

    ranked = sorted(samples, key=lambda own: own.share)
    least, best = ranked[0], ranked[-1]
    table = [[len(own.there), len(own.trials) - len(own.there)] for own in (best, least)]
    test: Any = fisher_exact(table)
    random = np.random.default_rng(0)
    drawn = [random.binomial(len(own.trials), own.share, RESAMPLES) / len(own.trials) for own in (best, least)]
    return Effect(
        what=f"share of trials solved with {best.setting}, less that with {least.setting}",
        p=min(1.0, float(test.pvalue) * math.comb(len(samples), 2)),
        holds=False,
        **_value(np.append(best.share - least.share, drawn[0] - drawn[1])),
    )


def most(samples: Sequence[Sample], numbers: Sequence[int | float] = ()) -> Effect:
    """More than half of the trials of every setting are solved, by the exact binomial test of the worst."""
    return _share(min(samples, key=lambda own: own.share), more=True)


def few(samples: Sequence[Sample], numbers: Sequence[int | float] = ()) -> Effect:
    """Fewer than half of the trials of every setting are solved, by the exact binomial test of the best."""
    return _share(max(samples, key=lambda own: own.share), more=False)


def _share(sample: Sample, more: bool) -> Effect:
    from scipy.stats import binomtest  # takes half a second to import

    solved, trials = len(sample.there), len(sample.trials)
    low, high = solved_interval(solved, trials)
    return Effect(
        what=f"share of trials solved with {sample.setting}",
        value=sample.share,
        low=low,
        high=high,
        p=float(binomtest(solved, trials).pvalue),
        holds=sample.share > 0.5 if more else sample.share < 0.5,
    )


def grows(samples: Sequence[Sample], numbers: Sequence[int | float]) -> Effect | None:
    """The mean time grows with the number: its exponent as a power of the number is above 0, by bootstrap."""
    return _exponent(samples, numbers, bound=0.0, below=False)


def grows_less(samples: Sequence[Sample], numbers: Sequence[int | float]) -> Effect | None:
    """The mean time grows by a smaller factor than the number: its exponent is below 1, by bootstrap."""
    return _exponent(samples, numbers, bound=1.0, below=True)


def _exponent(samples: Sequence[Sample], numbers: Sequence[int | float], bound: float, below: bool) -> Effect | None:
    if not any(own.there for own in samples):
        return None
    x = np.log(numbers) - np.mean(np.log(numbers))
    exponents = x @ _log_means(samples) / np.sum(np.square(x))
    found = _beside(exponents, bound, below)
    if found is None:
        return None
    p, holds = found
    if holds and below and not _mostly_solved(samples):
        return None
    return Effect(what="exponent of the mean time as a power of the number", p=p, holds=holds, **_value(exponents))


def larger(samples: Sequence[Sample], numbers: Sequence[int | float] = ()) -> Effect | None:
    """A measure is larger with the first of two settings (Mann and Whitney 1947)."""
    from scipy.stats import mannwhitneyu

    first, second = (np.array(own.there) for own in samples)
    if min(len(first), len(second)) < FEWEST:
        return None
    test: Any = mannwhitneyu(first, second)
    random = np.random.default_rng(0)
    drawn = [np.median(random.choice(own, (RESAMPLES, len(own))), axis=1) for own in (first, second)]
    return Effect(
        what=f"median with {samples[0].setting}, less that with {samples[1].setting}",
        p=float(test.pvalue),
        holds=bool(test.statistic > len(first) * len(second) / 2),
        **_value(np.append(np.median(first) - np.median(second), drawn[0] - drawn[1])),
    )


@dataclass(frozen=True)
class Expectation:
    """What a claim may expect, and what it then has to give."""

    in_words: str
    test: Test
    settings: range
    """How many settings it may have."""
    numbers: bool = False
    """Whether a number stands for each of them."""
    measured: bool = False
    """Whether a measure is taken of every net."""


EXPECTATIONS: Mapping[str, Expectation] = {
    "faster": Expectation("the first of two settings is solved faster", faster, range(2, 3)),
    "alike": Expectation(f"no setting takes {NEAR:g} times as long as another", alike, range(2, 10)),
    "most": Expectation("more than half of the trials are solved, with every setting", most, range(1, 10)),
    "few": Expectation("fewer than half of the trials are solved, with every setting", few, range(1, 10)),
    "grows": Expectation("learning takes longer with a larger number", grows, range(3, 10), numbers=True),
    "grows_less": Expectation(
        "the time to learn grows by a smaller factor than the number", grows_less, range(3, 10), numbers=True
    ),
    "larger": Expectation("a measure is larger with the first of two settings", larger, range(2, 3), measured=True),
}
"""What a claim may expect, by the name that its file gives."""


def _log_means(samples: Sequence[Sample]) -> Float[np.ndarray, "settings draws"]:
    """Logarithms of mean presentations, unsolved trials counted with the budget: as found, and then of trials
    drawn anew."""
    random = np.random.default_rng(0)
    means = []
    for own in samples:
        times = np.array([own.budget if at is None else at for at in own.trials], float)
        means.append(np.append(times.mean(), random.choice(times, (RESAMPLES, len(times))).mean(axis=1)))
    return np.log(means)


def _value(drawn: Float[np.ndarray, "draws"]) -> dict[str, float]:
    """A value, and its interval by percentiles of what it is for trials drawn anew."""
    low, high = np.quantile(drawn[1:], (0.025, 0.975))
    return {"value": float(drawn[0]), "low": float(low), "high": float(high)}


def _beside(drawn: Float[np.ndarray, "draws"], bound: float, below: bool) -> tuple[float, bool] | None:
    """p of a value's distance from a bound in standard deviations of its resamples, and whether it is on the wanted
    side. None where nothing varies."""
    from scipy.stats import norm

    deviation = drawn[1:].std()
    if deviation == 0:
        return None
    distance = (drawn[0] - bound) / deviation
    return float(2 * norm.sf(abs(distance))), bool((distance < 0) == below)


def _mostly_solved(samples: Sequence[Sample]) -> bool:
    """Whether half of the trials of every setting were solved: else it is budgets that are alike, and not times."""
    return all(own.share >= 0.5 for own in samples)
