"""The window criterion against a plain list of the most recent presentations."""

import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.criteria import Outcome, Window
from lstm_jax.errors import InputError


def run(window: Window, correct: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Feed `[presentations, *lanes]`; which stages were met after each."""
    state = window.start(correct.shape[1:])
    met = []
    for i in range(len(correct)):
        outcome = Outcome(jnp.asarray(correct[i]), jnp.asarray(error[i], jnp.float32))
        state, now = window.update(state, jnp.int32(i), outcome)
        met.append(np.asarray(now))
    return np.array(met)


def expected(window: Window, correct: np.ndarray, error: np.ndarray) -> np.ndarray:
    met = np.zeros((len(correct), len(window.fewer_wrong_than), *correct.shape[1:]), bool)
    for i in range(window.size - 1, len(correct)):
        recent = slice(i + 1 - window.size, i + 1)
        small = np.mean(error[recent], axis=0) < (window.mean_error_below or np.inf)
        for stage, bound in enumerate(window.fewer_wrong_than):
            met[i, stage] = (np.sum(~correct[recent], axis=0) < bound) & small
    return met


@pytest.mark.parametrize("mean_error_below", [None, 0.31])
def test_equals_a_list_of_recent_presentations(mean_error_below):
    window = Window(size=7, fewer_wrong_than=(4, 2), mean_error_below=mean_error_below)
    rng = np.random.default_rng(0)
    correct = rng.random((200, 3)) < 0.7
    error = rng.random((200, 3)) * 0.6
    wanted = expected(window, correct, error)
    assert 0 < wanted.mean() < 1
    np.testing.assert_array_equal(run(window, correct, error), wanted)


def test_cannot_be_met_before_the_window_is_full():
    met = run(Window(size=5, fewer_wrong_than=(5,)), np.ones((6, 1), bool), np.zeros((6, 1)))
    np.testing.assert_array_equal(met[:, 0, 0], [False, False, False, False, True, True])


def test_nan_and_large_errors_count_as_one_and_leave_the_window_again():
    window = Window(size=2, fewer_wrong_than=(3,), mean_error_below=0.4)
    error = np.array([[np.nan], [0.1], [0.1], [1e30], [0.1], [0.1]])
    met = run(window, np.ones((6, 1), bool), error)
    np.testing.assert_array_equal(met[:, 0, 0], [False, False, True, False, False, True])


@pytest.mark.parametrize("size", [1, 2, 3, 127, 128])
def test_the_largest_errors_fill_a_window_without_overflow(size):
    window = Window(size=size, fewer_wrong_than=(1,), mean_error_below=0.999)
    assert not run(window, np.ones((2 * size, 1), bool), np.ones((2 * size, 1))).any()


def test_errors_are_averaged_or_summed_as_read():
    outputs, targets = jnp.array([[0.5], [1.0]]), jnp.array([[0.0], [0.75]])
    right = jnp.array([True])

    def error(**reading):
        window = Window(size=1, fewer_wrong_than=(1,), **reading)
        return float(window.outcome(right, outputs, targets).error[0])

    assert error() == error(error="absolute", over_outputs="mean") == 0.375
    assert error(error="absolute", over_outputs="sum") == 0.75
    assert error(error="squared", over_outputs="mean") == 0.15625
    assert error(error="squared", over_outputs="sum") == 0.3125


def test_no_stage_is_refused():
    with pytest.raises(InputError, match="fewer_wrong_than"):
        Window(size=10, fewer_wrong_than=())
