"""Statistics of trials that were given up, against hand-computed cases and formulas written out."""

import math
from itertools import pairwise
from statistics import NormalDist

import numpy as np
import pytest

from lstm_jax.results.censored import log_rank, restricted_interval, restricted_mean, success_curve


def drawn(seed: int, scale: float, trials: int = 30) -> list[int | None]:
    """Presentations of trials, rounded so that some are equal; those beyond 700 are given up."""
    at = np.ceil(np.random.default_rng(seed).exponential(scale, trials) / 50) * 50
    return [int(n) if n < 700 else None for n in at]


def test_the_curve_is_kaplans_and_meiers_with_greenwoods_interval():
    rng = np.random.default_rng(0)
    presentations = [int(n) if n < 700 else None for n in rng.integers(1, 10, 20) * 100]
    curve = success_curve(presentations, budget=700)

    times = sorted({n for n in presentations if n is not None})
    survival, variance, wanted = 1.0, 0.0, []
    for time in times:
        at_risk = sum(n is None or n >= time for n in presentations)
        events = presentations.count(time)
        survival *= 1 - events / at_risk
        variance += events / (at_risk * (at_risk - events))
        spread = 1.959964 * np.sqrt(variance) / np.log(survival)
        wanted.append([time, 1 - survival, *sorted(1 - survival ** np.exp([spread, -spread]))])
    found = [curve.presentations, curve.solved, curve.low, curve.high]
    np.testing.assert_allclose(np.transpose(found), wanted, rtol=1e-5)


def test_the_curve_ends_at_one_if_all_are_solved_and_is_empty_if_none_is():
    curve = success_curve([100, 200, 300], budget=1000)
    assert curve.solved[-1] == curve.high[-1] == 1
    assert curve.low[-1] == pytest.approx(3 / (3 + 1.959964**2))  # Wilson's of 3 of 3
    assert success_curve([100] * 20, budget=1000).low == (pytest.approx(20 / (20 + 1.959964**2)),)
    assert success_curve([None, None], budget=1000).solved == ()


def test_trials_with_budgets_of_their_own_leave_those_at_risk_when_they_end():
    curve = success_curve([100, None, 300], budget=[1000, 200, 1000])
    assert curve.solved == pytest.approx((1 / 3, 1))  # of the two that are left, one at 300


def test_unsolved_trials_count_with_the_budget_and_no_trial_with_more():
    assert restricted_mean([None, 10, 20, None], 1000) == (1000 + 10 + 20 + 1000) / 4
    assert restricted_mean([None, 10, 2000], 1000) == (1000 + 10 + 1000) / 3


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_restricted_mean_is_the_area_above_the_curve(seed):
    presentations = drawn(seed, 500)
    curve = success_curve(presentations, 700)
    edges, unsolved = [0, *curve.presentations, 700], [1, *(1 - share for share in curve.solved)]
    area = sum((right - left) * share for (left, right), share in zip(pairwise(edges), unsolved, strict=True))
    assert restricted_mean(presentations, 700) == pytest.approx(area)


def test_the_interval_of_the_restricted_mean_covers_it_as_often_as_it_says():
    # A share p of trials is solved at 100, the others are given up at 700: the true mean is 100 p + 700 (1 - p).
    rng, trials, p = np.random.default_rng(0), 40, 0.6
    hits = 0
    for _ in range(60):
        solved = int(rng.binomial(trials, p))
        low, high = restricted_interval([100] * solved + [None] * (trials - solved), 700) or (0, 0)
        hits += low <= 100 * p + 700 * (1 - p) <= high
    assert hits >= 50  # 57 of 60 are expected; fewer than 50 come with a probability of 0.0003
    assert restricted_interval([None] * 5, 700) is None  # nothing is known of their spread


def by_hand(first, second, budget) -> tuple[float, float]:
    """Mantel's statistic: solved trials of the first minus those expected, over their standard deviation."""
    samples = [[(budget if n is None else n, n is not None) for n in sample] for sample in (first, second)]
    excess = variance = 0.0
    for time in sorted({t for sample in samples for t, solved in sample if solved}):
        n1, n2 = (sum(t >= time for t, _ in sample) for sample in samples)
        d1, d2 = (sum(t == time and solved for t, solved in sample) for sample in samples)
        n, d = n1 + n2, d1 + d2
        excess += d1 - d * n1 / n
        variance += d * (n1 / n) * (n2 / n) * (n - d) / (n - 1) if n > 1 else 0
    z = excess / math.sqrt(variance)
    return z, 2 * NormalDist().cdf(-abs(z))


@pytest.mark.parametrize(("seed", "scale"), [(0, 500), (1, 900), (2, 300), (3, 2000)])
def test_the_log_rank_test_is_that_of_its_formula(seed, scale):
    first, second = drawn(seed, 500), drawn(seed + 100, scale, trials=20)
    found = log_rank((first, 700), (second, [700] * 20))
    assert found is not None
    assert (found.statistic, found.p) == pytest.approx(by_hand(first, second, 700), rel=1e-9)


def test_the_log_rank_test_of_a_small_case():
    fast, slow = [100, 200, 300, 400], [900, None, None, None]
    found = log_rank((fast, 1000), (slow, 1000))
    # Of the first four at risk are 4, 3, 2, 1 of 8, 7, 6, 5 trials; the last is solved alone among four.
    shares = [4 / 8, 3 / 7, 2 / 6, 1 / 5]
    z = (4 - sum(shares)) / math.sqrt(sum(share * (1 - share) for share in shares))
    assert found is not None and found.statistic == pytest.approx(z)
    assert round(found.p, 4) == round(2 * NormalDist().cdf(-z), 4) == 0.0067


def test_unsolved_trials_decide_where_solved_ones_are_alike():
    often, rarely = [100, 200, 300] * 5, [100, 200, 300] + [None] * 12
    found = log_rank((often, 700), (rarely, 700))
    assert found is not None and found.p < 0.001 and found.statistic > 0


def test_where_nothing_is_solved_nothing_is_compared():
    assert log_rank(([None] * 5, 700), ([None] * 5, 700)) is None
    assert log_rank(([100] * 3, 700), ([100] * 5, 700)) is None
