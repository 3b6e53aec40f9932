"""Profiles against hand-worked cases, the bootstrap against every possible draw and against SciPy's."""

from collections import Counter
from itertools import product

import numpy as np
import pytest
from scipy.stats import bootstrap

from lstm_jax.paper.statistics import solved_interval
from lstm_jax.results.profiles import RESAMPLES, SPENT, profile, profiles, resampled, spent
from lstm_jax.results.reach import AtLag


def line(cell, task, lag, *presentations, budget=1000):
    """One lag of a board; a trial that was not solved has None."""
    solved = sum(at is not None for at in presentations)
    return AtLag(
        cell=cell,
        task=task,
        lag=lag,
        weights=100,
        learning_rate=0.01,
        trials=len(presentations),
        solved=solved,
        interval=solved_interval(solved, len(presentations)),
        budget=budget,
        presentations=presentations,
    )


BOARD = [
    line("gru", "adding", 10, 500, None),
    line("gru", "latch", 10, None, None),
    line("lstm", "adding", 10, 200, 1000),
    line("lstm", "adding", 30, 600, None),
    line("lstm", "latch", 30, 300, 300),
    line("lstm", "latch", 10, 100, 300),
    line("irnn", "latch", 10, 100, 100),
]


def test_a_lag_that_was_not_tried_counts_as_not_solved():
    np.testing.assert_array_equal(spent(BOARD, "gru"), [[[0.5, np.inf], [np.inf] * 2], [[np.inf] * 2] * 2])
    np.testing.assert_array_equal(spent(BOARD, "lstm"), [[[0.2, 1], [0.6, np.inf]], [[0.1, 0.3], [0.3, 0.3]]])


def test_profiles_are_those_worked_out_by_hand_and_the_best_is_first():
    lstm, gru = profiles(BOARD)  # irnn does not take part in adding
    assert (lstm.cell, gru.cell) == ("lstm", "gru")
    assert gru.score == 0.5 / 8
    # 0.2, 1, 0.6, none, 0.1 and three times 0.3 of the budget.
    assert lstm.score == pytest.approx((0.8 + 0 + 0.4 + 0 + 0.9 + 3 * 0.7) / 8)
    wanted = {0.0: 0, 0.09: 0, 0.1: 1, 0.19: 1, 0.2: 2, 0.29: 2, 0.3: 5, 0.6: 6, 0.99: 6, 1.0: 7}
    for share, number in wanted.items():
        assert lstm.solved[round(100 * share)] == number / 8, share


def test_the_score_is_the_area_under_the_profile():
    one = profile("x", np.random.default_rng(0).integers(0, 130, (3, 5)) / 100)
    assert one.score == pytest.approx(np.sum(one.solved[:-1]) * (SPENT[1] - SPENT[0]))


def test_resamples_are_drawn_like_every_possible_one():
    needed = np.array([[0.2, np.inf], [0.5, 0.9]])
    values = np.round(resampled(needed.shape) @ (1 - np.minimum(needed, 1)).ravel(), 6)
    draws = product(product([0.8, 0.0], repeat=2), product([0.5, 0.1], repeat=2))
    wanted = Counter(round(float(np.mean(draw)), 6) for draw in draws)
    found = Counter(values.tolist())
    assert found.keys() == wanted.keys()
    for value, number in wanted.items():
        # Within four standard deviations of 2,000 draws.
        assert abs(found[value] / RESAMPLES - number / 16) < 4 * np.sqrt(number / 16 / RESAMPLES)


def test_of_one_task_and_lag_the_interval_is_scipys():
    needed = np.random.default_rng(1).uniform(0.1, 1.3, (1, 20))
    needed[needed > 1] = np.inf
    left = 1 - np.minimum(needed[0], 1)
    wanted = bootstrap((left,), np.mean, method="percentile", rng=np.random.default_rng(2)).confidence_interval
    assert profile("x", needed).interval == pytest.approx((wanted.low, wanted.high), abs=0.015)


def test_tasks_that_differ_do_not_widen_the_interval():
    one = profile("x", np.array([[0.1] * 5, [np.inf] * 5]))
    assert one.interval == (pytest.approx(0.45), pytest.approx(0.45))
    assert one.low == pytest.approx(one.solved) and one.high == pytest.approx(one.solved)
