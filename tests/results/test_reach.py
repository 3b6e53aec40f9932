"""Reach, against hand-computed cases."""

import pytest

from lstm_jax.paper.statistics import solved_interval
from lstm_jax.results.reach import AtLag, Tuned, best, reach


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
    assert at(10, solved=9).restricted_mean == (9 * 100 + 1000) / 10
    assert at(10, solved=9).share == 0.9


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
