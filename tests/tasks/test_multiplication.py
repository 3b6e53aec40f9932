"""Experiment 5: every target is recomputed from the raw sequence; marks, lengths and values are drawn as told."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lstm_jax.tasks import Multiplication
from lstm_jax.types import Sequence
from tests.distributions import FALSE_ALARM, uniform_over_integers, uniform_over_interval
from tests.tasks.marked_pairs import check_structure, few_examples, marked_values, placed_as_told
from tests.tasks.samples import many


@pytest.fixture(scope="module")
def sequences() -> Sequence:
    """The sequences of Table 8."""
    return many(Multiplication(length=100), seed=0, sequences=20_000)


@pytest.mark.slow
@few_examples
@example(tens=3, first_marker=1, seed=0)
@given(tens=st.integers(3, 100), first_marker=st.sampled_from([-1, 1]), seed=st.integers(0, 2**31 - 1))
def test_target_is_the_product(tens, first_marker, seed):
    task = Multiplication(length=10 * tens, first_marker=first_marker)
    sequences = many(task, seed, 300)
    check_structure(task, sequences, low=0, high=1)
    wanted = marked_values(sequences, first_marker, neutral=1.0).prod(axis=1)
    np.testing.assert_allclose(sequences.targets[:, 0], wanted, atol=1e-6)


def test_a_marked_first_pair_shows_minus_one_and_counts_as_one(sequences):
    unseen = (sequences.inputs[:, :, 1] == 1).sum(axis=1) == 1
    assert unseen.sum() > 1000
    inputs, targets = sequences.inputs[unseen], sequences.targets[unseen, 0]
    np.testing.assert_array_equal(targets, np.sum(inputs[:, :, 0] * (inputs[:, :, 1] == 1), axis=1))


def test_marks_are_placed_as_told(sequences):
    assert placed_as_told(Multiplication(length=100), sequences) > FALSE_ALARM


def test_lengths_are_uniform(sequences):
    assert uniform_over_integers(sequences.length, 100, 110) > FALSE_ALARM


def test_values_are_uniform_marked_or_not(sequences):
    assert uniform_over_interval(sequences.inputs[:, :100, 0], 0, 1) > FALSE_ALARM
    marked = sequences.inputs[sequences.inputs[:, :, 1] == 1]
    assert uniform_over_interval(marked[:, 0], 0, 1) > FALSE_ALARM


def test_an_answer_is_correct_when_its_error_is_below_the_tolerance():
    errors = jnp.array([[0.0, 0.039, -0.039, 0.041, -0.041, jnp.nan]])
    sequence = Sequence(jnp.zeros((30, 2, 6)), jnp.full((1, 6), 0.25), jnp.full(6, 30))
    correct = Multiplication(length=30).correct(0.25 + errors, sequence)
    np.testing.assert_array_equal(correct, [True, True, True, False, False, False])
