"""Reach and the curves of success, against hand-computed cases and the product-limit formula."""

import numpy as np
import pytest

from lstm_jax.paper.statistics import solved_interval
from lstm_jax.results.reach import AtLag, Tuned, best, reach, restricted_mean, success_curve


def at(lag, solved, trials=10):
    presentations = (100,) * solved + (None,) * (trials - solved)
    return AtLag(
        cell="lstm",
        task="adding",
        lag=lag,
        weights=100,
        learning_rate=0.01,
        trials=trials,
        solved=solved,
        interval=solved_interval(solved, trials),
        budget=1000,
        presentations=presentations,
    )


@pytest.mark.parametrize(
    ("solved", "wanted"),
    [
        ({10: 10, 30: 9, 100: 8}, 30),
        ({10: 10, 30: 8, 100: 9}, 100),
        ({100: 9, 10: 10}, 100),
        ({10: 8}, None),
        ({}, None),
    ],
)
def test_reach_is_the_longest_lag_at_which_nine_tenths_are_solved(solved, wanted):
    assert reach([at(*one) for one in solved.items()]) == wanted


def test_unsolved_trials_count_with_the_budget():
    assert restricted_mean([None, 10, 20, None], 1000) == (1000 + 10 + 20 + 1000) / 4
    assert at(10, solved=9).restricted_mean == (9 * 100 + 1000) / 10
    assert at(10, solved=9).share == 0.9


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


def tried(rate, solved, mean, wrong):
    return Tuned(
        cell="lstm",
        task="adding",
        lag=30,
        learning_rate=rate,
        trials=4,
        solved=solved,
        restricted_mean=mean,
        wrong=wrong,
        chosen=False,
    )


@pytest.mark.parametrize(
    ("others", "wanted"),
    [
        ([tried(0.1, 4, 900.0, 0.5)], 0.1),  # more trials solved
        ([tried(0.1, 3, 400.0, 0.5)], 0.1),  # as many, and sooner
        ([tried(0.1, 3, 500.0, 0.1)], 0.1),  # as many and as soon, with fewer wrong answers
        ([tried(0.1, 2, 100.0, 0.0), tried(0.2, 3, 501.0, 0.0)], 0.01),
    ],
)
def test_the_best_rate_solves_most_then_soonest_then_answers_best(others, wanted):
    assert best([*others, tried(0.01, 3, 500.0, 0.2)]).learning_rate == wanted
