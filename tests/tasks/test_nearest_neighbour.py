"""Nearest-neighbour search: targets are looked up by distance, step by step; what is drawn is uniform."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.configuration import build, named
from lstm_jax.errors import InputError
from lstm_jax.tasks import TASKS, NearestNeighbour
from lstm_jax.types import Sequence
from tests.distributions import FALSE_ALARM, uniform_over_interval
from tests.tasks.samples import many

TASK = NearestNeighbour(steps=6)
FIXED = NearestNeighbour(steps=6, reference="fixed")


@pytest.mark.parametrize("task", [TASK, FIXED])
def test_the_target_is_the_value_of_the_least_distant_vector_so_far(task):
    sequences = many(task, seed=0, sequences=2000)
    assert sequences.inputs.shape == (2000, 6, 3) and set(sequences.length.tolist()) == {6}
    vectors, values = sequences.inputs[..., :2].astype(float), sequences.inputs[..., 2]
    distances = np.linalg.norm(vectors[:, 1:] - vectors[:, :1], axis=2)
    revised = 0
    for own, value, target in zip(distances, values, sequences.targets[..., 0], strict=True):
        assert target[0] == 0
        if np.min(np.abs(np.subtract.outer(own, own))[~np.eye(5, dtype=bool)]) < 1e-5:
            continue  # too near each other for float32
        for step in range(1, 6):
            assert target[step] == value[1 + int(np.argmin(own[:step]))]
        revised += int(np.sum(target[2:] != target[1:-1]))
    # Of five vectors the n-th is the nearest so far with probability 1/n: 1/2 + ... + 1/5 revisions.
    assert abs(revised / 2000 - sum(1 / n for n in range(2, 6))) < 0.1
    assert np.unique(sequences.target_mask, axis=0).tolist() == [[False] + [True] * 5]


def test_vectors_and_values_are_uniform():
    sequences = many(TASK, seed=1, sequences=2000)
    x, y, values = np.moveaxis(sequences.inputs, -1, 0)
    np.testing.assert_allclose(np.hypot(x, y), 1, atol=1e-6)
    for step in range(6):
        assert uniform_over_interval(np.arctan2(y, x)[:, step], -np.pi - 1e-5, np.pi + 1e-5) > FALSE_ALARM
        assert uniform_over_interval(values[:, step], 0, 1) > FALSE_ALARM


def test_a_fixed_reference_is_the_first_axis():
    sequences = many(FIXED, seed=0, sequences=10)
    np.testing.assert_array_equal(sequences.inputs[:, 0, :2], [[1.0, 0.0]] * 10)


def test_a_lane_shows_the_sequence_of_its_key():
    keys = jax.random.split(jax.random.key(3), 4)
    sample = jax.jit(TASK.sample)
    together = sample(keys.reshape(2, 2))
    for i in range(4):
        lane = jax.tree.map(lambda leaf, i=i: leaf[..., i // 2, i % 2], together)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-6), sample(keys[i]), lane)


def test_an_answer_is_correct_when_every_error_where_there_is_a_target_is_below_the_tolerance():
    targets = np.full((6, 1, 4), 0.5, np.float32)
    outputs = targets.copy()
    outputs[0, 0, 1] = 7  # nothing is asked there
    outputs[3, 0, 1] = 0.69
    outputs[5, 0, 2] = 0.29
    outputs[1, 0, 3] = np.nan
    mask = np.broadcast_to(np.arange(6)[:, None] > 0, (6, 4))
    sequence = Sequence(jnp.zeros((6, 3, 4)), jnp.array(targets), jnp.full(4, 6), jnp.array(mask))
    np.testing.assert_array_equal(TASK.correct(jnp.array(outputs), sequence), [True, True, False, False])


def test_it_is_chosen_by_its_name():
    assert named(TASKS, {"name": "nearest_neighbour", "reference": "fixed"}, "task") == NearestNeighbour(
        steps=16, reference="fixed"
    )


@pytest.mark.parametrize(("name", "value"), [("steps", 1), ("reference", "none"), ("tolerance", 0.0)])
def test_bad_settings_are_refused(name, value):
    with pytest.raises(InputError, match=rf"^task\.{name} is {value!r}"):
        build(NearestNeighbour, {name: value}, "task")
