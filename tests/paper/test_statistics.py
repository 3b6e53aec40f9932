"""Intervals against published or exactly computable cases."""

import numpy as np
import pytest

from lstm_jax.paper.statistics import holm, mean_interval, solved_interval


def test_solved_interval_is_wilsons():
    # The score interval solves |p - k/n| = z sqrt(p (1 - p) / n) for p.
    z = 1.959963984540054
    for k, n in ((20, 20), (0, 10), (7, 30)):
        for bound in solved_interval(k, n):
            assert (bound - k / n) ** 2 == pytest.approx(z**2 * bound * (1 - bound) / n, abs=1e-12)


def test_mean_interval_covers_the_mean_of_a_skewed_distribution_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(60):
        interval = mean_interval(list(rng.exponential(size=20)))
        assert interval is not None
        covered += interval[0] < 1.0 < interval[1]
    # 95 % nominal, about 91 % true at 20 exponential values; fewer than 46 of 60 has probability below 1e-4 at 91 %.
    assert covered >= 46


def test_mean_interval_is_silent_where_values_show_no_spread():
    assert mean_interval([5.0, 6.0]) is None
    assert mean_interval([5.0, 5.0, 5.0]) is None


def test_holms_correction_is_that_of_a_worked_example():
    # Smallest first: 0.005 x 4, 0.01 x 3, 0.03 x 2, 0.04 x 1, none smaller than the one before.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1, 1] and holm([]) == []
