"""The latch and the 2-sequence problem: classes, lengths, noise, targets."""

import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.configuration import build
from lstm_jax.errors import InputError
from lstm_jax.tasks import Latch
from lstm_jax.types import Sequence
from tests.distributions import FALSE_ALARM, gaussian, uniform_over_integers
from tests.tasks.samples import many

TASK = Latch(min_length=20, max_length=30, informative=2, targets=(1.0, -1.0))


@pytest.fixture(scope="module")
def sequences() -> Sequence:
    return many(TASK, seed=0, sequences=10_000)


def test_classes_and_lengths_are_uniform(sequences):
    first = sequences.targets[:, 0] == 1
    assert uniform_over_integers(11 * first + sequences.length - 20, 0, 21) > FALSE_ALARM
    assert sequences.inputs.shape == (10_000, 30, 1)


def test_the_first_elements_tell_the_class_and_the_target_is_of_the_problem(sequences):
    np.testing.assert_array_equal(sequences.inputs[:, 0, 0], sequences.targets[:, 0])
    np.testing.assert_array_equal(sequences.inputs[:, 1, 0], sequences.targets[:, 0])
    other = many(Latch(min_length=20, max_length=30, informative=2, targets=(1.0, 0.0)), seed=0, sequences=100)
    np.testing.assert_array_equal(other.targets[:, 0], sequences.targets[:100, 0] > 0)


def test_all_others_are_noise_of_variance_one_fifth_that_knows_nothing_of_the_class(sequences):
    noise = sequences.inputs[:, 2:, 0]
    assert gaussian(noise, 0, 0.2) > FALSE_ALARM
    for t in range(28):
        above = 2 * (noise[:, t] > 0) + (sequences.targets[:, 0] > 0)
        assert uniform_over_integers(above.astype(int), 0, 3) > FALSE_ALARM


def test_an_answer_is_correct_when_its_error_is_below_the_tolerance():
    outputs = jnp.array([[0.0, 0.0999, -0.0999, 0.1001, -0.1001, jnp.nan, jnp.inf]])
    sequence = Sequence(jnp.zeros((30, 1, 7)), jnp.zeros((1, 7)), jnp.full(7, 20))
    np.testing.assert_array_equal(TASK.correct(outputs, sequence), [True] * 3 + [False] * 4)


@pytest.mark.parametrize(
    ("name", "value"),
    [("informative", 0), ("informative", 21), ("noise_variance", -1.0), ("max_length", 19), ("tolerance", 0.0)],
)
def test_bad_settings_are_refused(name, value):
    with pytest.raises(InputError) as error:
        build(Latch, {"min_length": 20, "max_length": 30, name: value}, "task")
    assert str(error.value).startswith(f"task.{name} is {value}: it should ")
