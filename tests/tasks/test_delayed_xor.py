"""Delayed exclusive or: classes are read off the first two elements; bits, lengths and noise are drawn as told."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.configuration import build, named
from lstm_jax.errors import InputError
from lstm_jax.tasks import TASKS, DelayedXor
from lstm_jax.types import Sequence
from tests.distributions import FALSE_ALARM, gaussian, uniform_over_integers
from tests.tasks.samples import many

TASK = DelayedXor(min_length=20, max_length=30)


@pytest.fixture(scope="module")
def sequences() -> Sequence:
    return many(TASK, seed=0, sequences=10_000)


def test_the_target_is_whether_the_first_two_elements_differ(sequences):
    seen = {(a, b, y) for a, b, y in zip(*sequences.inputs[:, :2, 0].T, sequences.targets[:, 0], strict=True)}
    assert seen == {(1, 1, 0), (1, -1, 1), (-1, 1, 1), (-1, -1, 0)}


def test_bits_and_lengths_are_uniform_and_do_not_know_of_one_another(sequences):
    assert sequences.inputs.shape == (10_000, 30, 1)
    first, second = (sequences.inputs[:, :2, 0] > 0).astype(int).T
    assert uniform_over_integers(22 * first + 11 * second + sequences.length - 20, 0, 43) > FALSE_ALARM


def test_all_others_are_noise_that_knows_nothing_of_the_bits(sequences):
    noise = sequences.inputs[:, 2:, 0]
    assert gaussian(noise, 0, 0.2) > FALSE_ALARM
    first, second = (sequences.inputs[:, :2, 0] > 0).astype(int).T
    for t in range(28):
        assert uniform_over_integers(4 * (noise[:, t] > 0) + 2 * first + second, 0, 7) > FALSE_ALARM
    louder = many(DelayedXor(min_length=20, max_length=30, noise_variance=0.8), seed=0, sequences=1000)
    np.testing.assert_allclose(louder.inputs[:, 2:, 0], 2 * noise[:1000], rtol=1e-5)


def test_a_lane_shows_the_sequence_of_its_key():
    keys = jax.random.split(jax.random.key(3), 4)
    sample = jax.jit(TASK.sample)
    together = sample(keys.reshape(2, 2))
    for i in range(4):
        lane = jax.tree.map(lambda leaf, i=i: leaf[..., i // 2, i % 2], together)
        jax.tree.map(np.testing.assert_array_equal, sample(keys[i]), lane)


def test_an_answer_is_correct_when_its_error_is_below_the_tolerance():
    outputs = jnp.array([[1.0, 1.0999, 0.9001, 1.1001, 0.8999, jnp.nan, 0.0]])
    sequence = Sequence(jnp.zeros((30, 1, 7)), jnp.ones((1, 7)), jnp.full(7, 20))
    np.testing.assert_array_equal(TASK.correct(outputs, sequence), [True] * 3 + [False] * 4)


def test_it_is_chosen_by_its_name():
    node = {"name": "delayed_xor", "min_length": 20, "max_length": 30}
    assert named(TASKS, node, "task") == TASK


@pytest.mark.parametrize(
    ("name", "value"), [("noise_variance", -1.0), ("max_length", 19), ("min_length", 1), ("tolerance", 0.0)]
)
def test_bad_settings_are_refused(name, value):
    with pytest.raises(InputError) as error:
        build(DelayedXor, {"min_length": 20, "max_length": 30, name: value}, "task")
    assert str(error.value).startswith(f"task.{name} is {value}: it should ")
