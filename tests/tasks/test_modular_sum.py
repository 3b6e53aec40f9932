"""Modular sums: every one is added up in plain Python; symbols and lengths are drawn as told."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.configuration import build, named
from lstm_jax.errors import InputError
from lstm_jax.tasks import TASKS, ModularSum
from lstm_jax.types import Sequence
from tests.distributions import FALSE_ALARM, uniform_over_integers
from tests.tasks.samples import many

TASK = ModularSum(modulus=5, min_length=10, max_length=16)


@pytest.fixture(scope="module")
def sequences() -> Sequence:
    return many(TASK, seed=0, sequences=10_000)


@pytest.mark.parametrize("modulus", [2, 5])
def test_the_target_is_the_residue_of_the_sum(modulus):
    sequences = many(ModularSum(modulus=modulus, min_length=10, max_length=16), seed=1, sequences=500)
    for symbols, length, target in zip(sequences.inputs, sequences.length, sequences.targets, strict=True):
        residue = sum(symbols[:length].tolist()) % modulus
        assert target.tolist() == [float(k == residue) for k in range(modulus)]


def test_symbols_lengths_and_answers_are_uniform_and_do_not_know_of_one_another(sequences):
    assert TASK.inputs == TASK.outputs == 5
    assert sequences.inputs.shape == (10_000, 16)
    answers = np.argmax(sequences.targets, axis=1)
    assert uniform_over_integers(5 * (sequences.length - 10) + answers, 0, 34) > FALSE_ALARM
    for t in range(15):
        assert uniform_over_integers(5 * sequences.inputs[:, t] + sequences.inputs[:, t + 1], 0, 24) > FALSE_ALARM
        assert uniform_over_integers(5 * sequences.inputs[:, t] + answers, 0, 24) > FALSE_ALARM


def test_the_largest_sum_is_counted_right():
    """A million symbols out of a thousand: their sum is just within 32 bits."""
    sequence = jax.jit(ModularSum(modulus=1000, min_length=1_000_000, max_length=1_000_000).sample)(jax.random.key(0))
    total = np.asarray(sequence.inputs, np.int64).sum()
    assert total > 4e8
    assert int(jnp.argmax(sequence.targets)) == total % 1000


def test_a_lane_shows_the_sequence_of_its_key():
    keys = jax.random.split(jax.random.key(3), 4)
    sample = jax.jit(TASK.sample)
    together = sample(keys.reshape(2, 2))
    for i in range(4):
        lane = jax.tree.map(lambda leaf, i=i: leaf[..., i // 2, i % 2], together)
        jax.tree.map(np.testing.assert_array_equal, sample(keys[i]), lane)


def test_an_answer_is_correct_when_every_error_is_below_the_tolerance():
    outputs = jnp.array(
        [
            # The sum is 1; one column for each answer.
            [0.0, 0.29, 0.31, 0.0, 0.0, jnp.nan],
            [1.0, 0.71, 1.0, 0.69, 1.0, 1.0],
            [0.0, -0.29, 0.0, 0.0, -0.31, 0.0],
        ]
    )
    targets = jnp.broadcast_to(jnp.array([0.0, 1.0, 0.0])[:, None], outputs.shape)
    sequence = Sequence(jnp.zeros((100, 6), jnp.int32), targets, jnp.full(6, 100))
    np.testing.assert_array_equal(ModularSum().correct(outputs, sequence), [True, True] + [False] * 4)


def test_it_is_chosen_by_its_name():
    node = {"name": "modular_sum", "modulus": 7, "min_length": 20, "max_length": 22}
    assert named(TASKS, node, "task") == ModularSum(modulus=7, min_length=20, max_length=22)


@pytest.mark.parametrize(
    ("name", "value"), [("modulus", 1), ("modulus", 1001), ("min_length", 0), ("max_length", 9), ("tolerance", 0.0)]
)
def test_bad_settings_are_refused(name, value):
    with pytest.raises(InputError) as error:
        build(ModularSum, {"min_length": 10, "max_length": 16, name: value}, "task")
    assert str(error.value).startswith(f"task.{name} is {value}: it should ")
