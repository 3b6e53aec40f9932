"""Tests of claims beside tests of SciPy that are not used there, exact cases, and what many draws give."""

import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm, ranksums, ttest_ind

from lstm_jax.results.claim_tests import (
    EXPECTATIONS,
    Effect,
    Sample,
    alike,
    faster,
    few,
    grows,
    grows_less,
    larger,
    most,
)


def sample(setting, *trials, budget=1000):
    return Sample(setting, (), trials, budget)


def found_by(test, samples, numbers=()) -> Effect:
    """What a test says, which has to say something."""
    found = test(samples, numbers)
    assert found is not None
    return found


def drawn(setting, mean, seed, trials=40, budget=10**6):
    return sample(setting, *np.random.default_rng(seed).gamma(4, mean / 4, trials).tolist(), budget=budget)


def test_faster_is_the_log_rank_test_and_the_ratio_of_means():
    first, second = sample("a", 100, 110, 120, 130), sample("b", 200, 210, 250, None)
    found = found_by(faster, [first, second])
    assert found.holds and found.value == pytest.approx((200 + 210 + 250 + 1000) / (100 + 110 + 120 + 130))
    assert found.low < found.value < found.high
    # All of the first come before any of the second: the hypergeometric sums of Mantel, by hand.
    at_risk = [(4, 4), (3, 4), (2, 4), (1, 4)]
    expected = sum(a / (a + b) for a, b in at_risk)
    variance = sum(a * b / (a + b) ** 2 for a, b in at_risk)
    assert found.p == pytest.approx(2 * norm.sf((4 - expected) / variance**0.5), rel=1e-6)
    other = found_by(faster, [second, first])
    assert not other.holds and other.value == pytest.approx(1 / found.value)
    assert other.p == pytest.approx(found.p)


def test_nothing_is_said_where_no_trial_was_solved():
    unsolved = [sample(name, None, None, None, None) for name in "abc"]
    assert faster(unsolved[:2]) is None
    assert alike(unsolved) is None
    assert grows(unsolved, [1, 2, 3]) is None and grows_less(unsolved, [1, 2, 3]) is None


def test_settings_that_are_mostly_given_up_are_not_alike():
    rarely = [sample(name, *[900 + i] * 2, *[None] * 8) for i, name in enumerate("ab")]
    found = found_by(alike, rarely)
    assert not found.holds and found.value == 0 and found.p == 1
    mostly = [sample(name, *range(900 + i, 907 + i), None, None, None) for i, name in enumerate("ab")]
    assert found_by(alike, mostly).holds


def test_settings_of_which_one_is_seldom_solved_are_compared_by_what_was_solved():
    samples = [sample(name, *[900] * n, *[None] * (10 - n)) for name, n in (("a", 0), ("b", 9), ("c", 4))]
    found = found_by(alike, samples)
    # Of all ways to choose 9 of 20 trials, those with none of the first ten, or nine of them; for each of three pairs.
    extreme = 2 * math.comb(10, 9) / math.comb(20, 9)
    assert found.p == pytest.approx(3 * extreme) and found.value == 0.9 and not found.holds


@pytest.mark.parametrize(("means", "holds"), [((100, 110, 105), True), ((100, 110, 900), False)])
def test_alike_compares_the_fastest_with_the_slowest(means, holds):
    samples = [drawn(name, mean, seed) for seed, (name, mean) in enumerate(zip("abc", means, strict=True))]
    found = found_by(alike, samples)
    averages = [np.mean(own.there) for own in samples]
    assert found.holds is holds
    assert found.value == pytest.approx(max(averages) / min(averages))
    assert found.p < 0.001


def test_p_of_alike_is_that_of_a_t_test_against_a_factor_of_two():
    # Log-normal times with a small spread: the mean's logarithm is close to normal.
    random = np.random.default_rng(1)
    logs = [random.normal(5, 0.2, 60), random.normal(5 + np.log(1.85), 0.2, 60)]
    first, second = (sample(n, *np.exp(x).tolist(), budget=10**6) for n, x in zip("ab", logs, strict=True))
    wanted: Any = ttest_ind(logs[0] + np.log(2), logs[1])
    # In standard deviations: p itself is steep.
    assert norm.isf(found_by(alike, [first, second]).p / 2) == pytest.approx(abs(wanted.statistic), rel=0.1)


def test_a_claim_at_its_bound_is_seldom_decided():
    """Where the mean of one setting is just twice the other's, p is about uniform: a twentieth lies below 0.05."""
    decided = 0
    for seed in range(100):
        samples = [drawn("a", 100, 2 * seed, trials=30), drawn("b", 200, 2 * seed + 1, trials=30)]
        decided += found_by(alike, samples).p < 0.05
    assert 1 <= decided <= 14  # beyond 14 of 100 with probability 2e-4 if it is a twentieth


@pytest.mark.parametrize(
    ("solved", "p"),
    [((10, 9), 2 * 11 / 1024), ((10, 10), 2 / 1024), ((5, 10), 1.0), ((0, 10), 2 / 1024)],
)
def test_shares_are_counted_by_coins(solved, p):
    samples = [sample(str(n), *[100] * n, *[None] * (10 - n)) for n in solved]
    found = most(samples)
    assert found.value == min(solved) / 10 and found.p == pytest.approx(p)
    assert found.holds is (min(solved) > 5)
    other = few(samples)
    assert other.value == max(solved) / 10 and not other.holds
    assert few([samples[solved.index(min(solved))]]).holds is (min(solved) < 5)


@pytest.mark.parametrize("exponent", [-0.5, 0.2, 0.9, 1.6])
def test_the_exponent_of_a_power_is_found(exponent):
    numbers = [50, 100, 200, 500, 1000]
    samples = [drawn(str(x), 1000 * (x / 50) ** exponent, x) for x in numbers]
    found, less = found_by(grows, samples, numbers), found_by(grows_less, samples, numbers)
    assert found.value == less.value
    assert found.low < exponent < found.high
    logs = np.log([np.mean(own.there) for own in samples])
    assert found.value == pytest.approx(np.polyfit(np.log(numbers), logs, 1)[0])
    assert found.holds is (exponent > 0) and less.holds is (exponent < 1)


def test_time_that_is_cut_short_does_not_count_as_growing_less():
    samples = [sample(str(x), *[100 + x] * 2, *[None] * 8) for x in (1, 2, 3)]
    assert grows_less(samples, [1, 2, 3]) is None


def test_larger_is_the_rank_sum_test():
    random = np.random.default_rng(3)
    first, second = random.normal(1, 1, 30), random.normal(0, 1, 30)
    samples = [Sample("a", (), (*first.tolist(), None)), Sample("b", (), tuple(second.tolist()))]
    found = found_by(larger, samples)
    assert found.holds and found.value == pytest.approx(np.median(first) - np.median(second))
    assert found.p == pytest.approx(ranksums(first, second).pvalue, rel=0.1)
    assert not found_by(larger, samples[::-1]).holds
    assert larger([samples[0], Sample("b", (), (None, None, None, 1.0))]) is None


def test_every_expectation_says_the_same_twice():
    samples = [drawn(str(x), 100 * x, x) for x in (1, 2, 3)]
    for name, expectation in EXPECTATIONS.items():
        own = samples[: expectation.settings[-1]]
        if len(own) not in expectation.settings:
            own = samples[:2]
        assert expectation.test(own, [1, 2, 3]) == expectation.test(own, [1, 2, 3]), name
