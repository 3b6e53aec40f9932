"""Associative recall: a dictionary filled from the inputs answers the queries; keys, values and orders are counted."""

from itertools import permutations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.configuration import build, named
from lstm_jax.errors import InputError
from lstm_jax.tasks import TASKS, AssociativeRecall
from lstm_jax.types import Sequence
from tests.distributions import FALSE_ALARM, uniform_over_integers
from tests.tasks.samples import many

TASK = AssociativeRecall(keys=4, values=3, pairs=3)
ORDERS = list(permutations(range(3)))


@pytest.fixture(scope="module")
def sequences() -> Sequence:
    return many(TASK, seed=0, sequences=6000)


def test_a_dictionary_gives_the_answers(sequences):
    assert (TASK.inputs, TASK.outputs) == (7, 3)
    assert sequences.inputs.shape == (6000, 6, 7) and set(sequences.length.tolist()) == {6}
    for inputs, targets in zip(sequences.inputs, sequences.targets, strict=True):
        held = {}
        for step in inputs[:3]:
            assert sorted(step[:4]) == [0, 0, 0, 1] and sorted(step[4:]) == [0, 0, 1]
            held[int(step[:4].argmax())] = step[4:].tolist()
        assert len(held) == 3
        asked = [int(step[:4].argmax()) for step in inputs[3:]]
        assert sorted(asked) == sorted(held) and not inputs[3:, 4:].any()
        assert (inputs[3:, :4].sum(axis=1) == 1).all()
        assert targets.tolist() == [[0, 0, 0]] * 3 + [held[key] for key in asked]
    assert np.unique(sequences.target_mask, axis=0).tolist() == [[False] * 3 + [True] * 3]


def test_keys_values_and_the_order_of_queries_are_uniform(sequences):
    keys = sequences.inputs[..., :4].argmax(axis=2)
    choices = {keys: number for number, keys in enumerate(permutations(range(4), 3))}
    shown = np.array([choices[tuple(own)] for own in keys[:, :3].tolist()])
    assert uniform_over_integers(shown, 0, 23) > FALSE_ALARM
    values = sequences.inputs[:, :3, 4:].argmax(axis=2) @ [9, 3, 1]
    assert uniform_over_integers(values, 0, 26) > FALSE_ALARM
    order = np.array([ORDERS.index(tuple(own[:3].index(key) for key in own[3:])) for own in keys.tolist()])
    assert uniform_over_integers(order, 0, 5) > FALSE_ALARM
    assert uniform_over_integers(27 * order + values, 0, 27 * 6 - 1) > FALSE_ALARM


def test_a_lane_shows_the_sequence_of_its_key():
    keys = jax.random.split(jax.random.key(3), 4)
    sample = jax.jit(TASK.sample)
    together = sample(keys.reshape(2, 2))
    for i in range(4):
        lane = jax.tree.map(lambda leaf, i=i: leaf[..., i // 2, i % 2], together)
        jax.tree.map(np.testing.assert_array_equal, sample(keys[i]), lane)


def test_an_answer_is_correct_when_every_error_at_a_query_is_below_the_tolerance():
    targets = np.zeros((6, 3, 5), np.float32)
    targets[3:, 1] = 1
    outputs = targets.copy()
    outputs[:3, :, 1] = 7  # nothing is asked there
    outputs[3, 1, 1] = 0.52
    outputs[4, 1, 2] = 0.5
    outputs[5, 0, 3] = 0.5
    outputs[5, 2, 4] = np.nan
    mask = np.broadcast_to(np.arange(6)[:, None] >= 3, (6, 5))
    sequence = Sequence(jnp.zeros((6, 7, 5)), jnp.array(targets), jnp.full(5, 6), jnp.array(mask))
    np.testing.assert_array_equal(TASK.correct(jnp.array(outputs), sequence), [True, True, False, False, False])


def test_it_is_chosen_by_its_name():
    node = {"name": "associative_recall", "pairs": 6}
    assert named(TASKS, node, "task") == AssociativeRecall(keys=8, values=4, pairs=6)


@pytest.mark.parametrize(
    ("name", "value"), [("keys", 0), ("values", 1), ("pairs", 0), ("pairs", 9), ("tolerance", 0.0)]
)
def test_bad_settings_are_refused(name, value):
    with pytest.raises(InputError) as error:
        build(AssociativeRecall, {name: value}, "task")
    assert f"{name} is {value}: it should " in str(error.value)
