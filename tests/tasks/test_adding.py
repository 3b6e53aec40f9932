"""Experiment 4: every target is recomputed from the raw sequence; marks, lengths and values are drawn as told."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lstm_jax.tasks import Adding
from lstm_jax.types import Sequence
from tests.distributions import FALSE_ALARM, uniform_over_integers, uniform_over_interval
from tests.tasks.marked_pairs import check_structure, few_examples, marked_values, placed_as_told
from tests.tasks.samples import many


@pytest.fixture(scope="module")
def short() -> Sequence:
    """The shortest sequences there are: both marks often fall among the first ten pairs."""
    return many(Adding(length=30), seed=0, sequences=20_000)


@pytest.mark.slow
@few_examples
@example(tens=3, first_marker=1, seed=0)
@given(tens=st.integers(3, 100), first_marker=st.sampled_from([-1, 1]), seed=st.integers(0, 2**31 - 1))
def test_target_is_half_plus_a_quarter_of_the_sum(tens, first_marker, seed):
    task = Adding(length=10 * tens, first_marker=first_marker)
    sequences = many(task, seed, 300)
    check_structure(task, sequences, low=-1, high=1)
    wanted = 0.5 + marked_values(sequences, first_marker, neutral=0.0).sum(axis=1) / 4
    np.testing.assert_allclose(sequences.targets[:, 0], wanted, atol=1e-6)


def test_a_marked_first_pair_shows_minus_one_and_counts_as_zero(short):
    unseen = (short.inputs[:, :, 1] == 1).sum(axis=1) == 1
    # One mark in ten falls on the first pair, or later one in fourteen: 0.164 of 20,000, four standard errors.
    assert abs(unseen.mean() - (1 / 10 + 9 / 10 / 14)) < 4 * np.sqrt(0.164 * 0.836 / 20_000)
    inputs, targets = short.inputs[unseen], short.targets[unseen, 0]
    other = np.sum(inputs[:, :, 0] * (inputs[:, :, 1] == 1), axis=1)
    np.testing.assert_allclose(targets, 0.5 + other / 4, atol=1e-6)


def test_marks_are_placed_as_told(short):
    assert placed_as_told(Adding(length=30), short) > FALSE_ALARM


def test_lengths_are_uniform(short):
    assert uniform_over_integers(short.length, 30, 33) > FALSE_ALARM


def test_values_are_uniform_marked_or_not(short):
    assert uniform_over_interval(short.inputs[:, :30, 0], -1, 1) > FALSE_ALARM
    marked = short.inputs[short.inputs[:, :, 1] == 1]
    assert uniform_over_interval(marked[:, 0], -1, 1) > FALSE_ALARM


def test_an_answer_is_correct_when_its_error_is_below_the_tolerance():
    errors = jnp.array([[0.0, 0.039, -0.039, 0.041, -0.041, jnp.nan, jnp.inf, -jnp.inf]])
    sequence = Sequence(jnp.zeros((30, 2, 8)), jnp.full((1, 8), 0.5), jnp.full(8, 30))
    correct = Adding(length=30).correct(0.5 + errors, sequence)
    np.testing.assert_array_equal(correct, [True, True, True, False, False, False, False, False])
    assert Adding(length=30, tolerance=0.05).correct(0.5 + errors, sequence)[3]
