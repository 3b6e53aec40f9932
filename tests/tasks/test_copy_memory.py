"""The copy problem: what is to be given back is read off the inputs; symbols are drawn as told."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.configuration import build, named
from lstm_jax.errors import InputError
from lstm_jax.tasks import TASKS, CopyMemory
from lstm_jax.types import Sequence
from tests.distributions import FALSE_ALARM, uniform_over_integers
from tests.tasks.samples import many

TASK = CopyMemory(alphabet=4, symbols=3, delay=6)
BLANK, MARKER, LENGTH = 4, 5, 13


@pytest.fixture(scope="module")
def sequences() -> Sequence:
    return many(TASK, seed=0, sequences=10_000)


def test_symbols_blanks_marker_and_blanks_follow_one_another(sequences):
    assert TASK.inputs == 6
    assert TASK.outputs == 4
    assert sequences.inputs.shape == (10_000, LENGTH)
    assert set(sequences.length.tolist()) == {LENGTH}
    assert sequences.inputs[:, :3].max() < BLANK
    np.testing.assert_array_equal(np.unique(sequences.inputs[:, 3:], axis=0), [[BLANK] * 6 + [MARKER] + [BLANK] * 3])


def test_the_symbols_are_the_targets_of_the_last_steps_and_there_are_no_others(sequences):
    np.testing.assert_array_equal(np.unique(sequences.target_mask, axis=0), [[False] * 10 + [True] * 3])
    for i in range(500):
        for step, symbol in enumerate(sequences.inputs[i, :3]):
            assert sequences.targets[i, LENGTH - 3 + step].tolist() == [float(k == symbol) for k in range(4)]
    assert not sequences.targets[:, :-3].any()


def test_symbols_are_uniform_and_do_not_know_of_one_another(sequences):
    first, second, third = sequences.inputs[:, :3].T
    assert uniform_over_integers(16 * first + 4 * second + third, 0, 63) > FALSE_ALARM


def test_without_a_delay_the_marker_follows_the_symbols():
    sequence = CopyMemory(alphabet=2, symbols=1, delay=0).sample(jax.random.key(0))
    assert sequence.inputs[1:].tolist() == [3, 2]
    assert int(jnp.argmax(sequence.targets[2])) == int(sequence.inputs[0])


def test_a_lane_shows_the_sequence_of_its_key():
    keys = jax.random.split(jax.random.key(3), 4)
    sample = jax.jit(TASK.sample)
    together = sample(keys.reshape(2, 2))
    for i in range(4):
        lane = jax.tree.map(lambda leaf, i=i: leaf[..., i // 2, i % 2], together)
        jax.tree.map(np.testing.assert_array_equal, sample(keys[i]), lane)


def test_an_answer_is_correct_when_every_error_where_there_is_a_target_is_below_the_tolerance():
    targets = np.zeros((LENGTH, 4, 8), np.float32)
    targets[-3, 1] = targets[-2, 0] = targets[-1, 3] = 1
    outputs = targets.copy()
    outputs[:-3, :, 1] = 7  # nothing is asked there
    outputs[0, 0, 2] = np.nan
    outputs[-3, 1, 3] = 0.71
    outputs[-3, 1, 4] = 0.69
    outputs[-1, 0, 5] = 0.31
    outputs[-2, 2, 6] = -0.31
    outputs[-2, 2, 7] = np.nan
    mask = np.broadcast_to((np.arange(LENGTH) >= LENGTH - 3)[:, None], (LENGTH, 8))
    sequence = Sequence(jnp.zeros((LENGTH, 8), jnp.int32), jnp.array(targets), jnp.full(8, LENGTH), jnp.array(mask))
    np.testing.assert_array_equal(TASK.correct(jnp.array(outputs), sequence), [True] * 4 + [False] * 4)


def test_it_is_chosen_by_its_name():
    assert named(TASKS, {"name": "copy_memory", "delay": 20}, "task") == CopyMemory(alphabet=8, symbols=5, delay=20)


@pytest.mark.parametrize(("name", "value"), [("alphabet", 1), ("symbols", 0), ("delay", -1), ("tolerance", 0.0)])
def test_bad_settings_are_refused(name, value):
    with pytest.raises(InputError) as error:
        build(CopyMemory, {name: value}, "task")
    assert str(error.value).startswith(f"task.{name} is {value}: it should ")
