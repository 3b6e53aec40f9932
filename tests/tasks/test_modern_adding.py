"""The adding problem since 2015 against a transcription of its definition."""

import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.configuration import build
from lstm_jax.errors import InputError
from lstm_jax.tasks.modern_adding import ModernAdding
from lstm_jax.types import Sequence
from tests.distributions import FALSE_ALARM, uniform_over_integers, uniform_over_interval
from tests.tasks.samples import many


def adds_up(inputs: np.ndarray) -> tuple[np.ndarray, float]:
    """Where the marks of one sequence `[time, 2]` are, and its target, in float64."""
    marks, total = [], 0.0
    for t, (value, marker) in enumerate(inputs.astype(np.float64)):
        assert 0 <= value < 1
        assert marker in (0, 1)
        if marker:
            marks.append(t)
            total += value
    return np.array(marks), total


@pytest.mark.parametrize("length", [2, 7, 100])
def test_two_marks_one_in_each_half_and_their_sum(length):
    sequences = many(ModernAdding(length=length), seed=length, sequences=500)
    assert sequences.inputs.shape == (500, length, 2)
    assert sequences.target_mask is None
    np.testing.assert_array_equal(sequences.length, length)
    for inputs, target in zip(sequences.inputs, sequences.targets[:, 0], strict=True):
        marks, total = adds_up(inputs)
        first, second = marks
        assert first < length // 2 <= second
        np.testing.assert_allclose(target, total, rtol=1e-6)


def test_marks_and_values_are_uniform():
    sequences = many(ModernAdding(length=20), seed=0, sequences=5000)
    marks = np.stack([adds_up(inputs)[0] for inputs in sequences.inputs])
    assert uniform_over_integers(marks[:, 0], 0, 9) > FALSE_ALARM
    assert uniform_over_integers(marks[:, 1], 10, 19) > FALSE_ALARM
    assert abs(np.corrcoef(marks.T)[0, 1]) < 4 / np.sqrt(5000)
    assert uniform_over_interval(np.asarray(sequences.inputs)[:, :, 0], 0, 1) > FALSE_ALARM


def test_who_always_answers_one_is_off_by_a_sixth():
    targets = many(ModernAdding(length=10), seed=1, sequences=20_000).targets
    # Of a squared error with mean 1/6 the standard deviation is 0.2.
    assert abs(np.mean((targets - 1) ** 2) - 1 / 6) < 4 * 0.2 / np.sqrt(20_000)


def test_an_answer_is_correct_when_its_error_is_below_the_tolerance():
    errors = jnp.array([[0.0, 0.039, -0.039, 0.041, -0.041, jnp.nan]])
    sequence = Sequence(jnp.zeros((10, 2, 6)), jnp.full((1, 6), 1.25), jnp.full(6, 10))
    correct = ModernAdding(length=10).correct(1.25 + errors, sequence)
    np.testing.assert_array_equal(correct, [True, True, True, False, False, False])


def test_a_sequence_has_two_halves():
    with pytest.raises(InputError, match="length is 1"):
        build(ModernAdding, {"length": 1}, "task")
