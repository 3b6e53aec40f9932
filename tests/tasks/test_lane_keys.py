"""The sequence of a lane is decided by its key alone, whatever the number of lanes and of lane axes."""

import jax
import numpy as np
import pytest

from lstm_jax.tasks import Adding, Multiplication, TemporalOrder
from tests.tasks.samples import many

TASKS = [Adding(length=30), Multiplication(length=30), TemporalOrder(positions=((10, 20), (50, 60)))]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: type(task).__name__)
def test_a_lane_shows_the_sequence_of_its_key(task):
    keys = jax.random.split(jax.random.key(3), 6)
    sample = jax.jit(task.sample)
    together, in_two_axes = sample(keys), sample(keys.reshape(2, 3))
    jax.tree.map(lambda a, b: np.testing.assert_array_equal(a.reshape(b.shape), b), in_two_axes, together)
    for i in range(6):
        lane = jax.tree.map(lambda leaf, i=i: leaf[..., i], together)
        jax.tree.map(np.testing.assert_array_equal, sample(keys[i]), lane)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: type(task).__name__)
def test_other_keys_show_other_sequences(task):
    inputs = many(task, seed=4, sequences=100).inputs
    assert len({inputs[i].tobytes() for i in range(100)}) == 100
