"""The sequence of a lane is decided by its key (and its data) alone, whatever the number of lanes and of lane axes."""

import jax
import numpy as np
import pytest

from lstm_jax.tasks import Adding, Distractors, EmbeddedReber, Multiplication, TemporalOrder, TwoSequences, TwoSymbols
from tests.tasks.samples import many

RANDOM = [
    TwoSymbols(p=100, middle="random"),
    Distractors(p=50, q=50),
    TwoSequences(length=30, informative=3, signal_noise_variance=0.2, target_noise_variance=0.1),
    Adding(length=30),
    Multiplication(length=30),
    TemporalOrder(positions=((10, 20), (50, 60))),
]
FEW = [EmbeddedReber(training_strings=8, test_strings=2), TwoSymbols(p=5)]
"""Tasks with few sequences."""


@pytest.mark.slow
@pytest.mark.parametrize("task", RANDOM + FEW, ids=lambda task: type(task).__name__)
def test_a_lane_shows_the_sequence_of_its_key(task):
    keys = jax.random.split(jax.random.key(3), 6)
    data = task.data(0, np.arange(6)) if isinstance(task, EmbeddedReber) else ()
    sample = jax.jit(task.sample)
    together = sample(keys, *data)
    in_two_axes = sample(keys.reshape(2, 3), *jax.tree.map(lambda leaf: leaf.reshape(*leaf.shape[:-1], 2, 3), data))
    jax.tree.map(lambda a, b: np.testing.assert_array_equal(a.reshape(b.shape), b), in_two_axes, together)
    for i in range(6):
        lane, own = (jax.tree.map(lambda leaf, i=i: leaf[..., i], tree) for tree in (together, data))
        jax.tree.map(np.testing.assert_array_equal, sample(keys[i], *own), lane)


@pytest.mark.slow
@pytest.mark.parametrize("task", RANDOM, ids=lambda task: type(task).__name__)
def test_other_keys_show_other_sequences(task):
    inputs = many(task, seed=4, sequences=100).inputs
    assert len({inputs[i].tobytes() for i in range(100)}) == 100
