"""Timed spikes: spikes are put where a walk through the inputs says; what is drawn is counted."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.configuration import build, named
from lstm_jax.errors import InputError
from lstm_jax.tasks import TASKS, TimedSpikes
from lstm_jax.types import Sequence
from tests.distributions import FALSE_ALARM, uniform_over_integers
from tests.tasks.samples import many

TASK = TimedSpikes(interval=4, most_extra=2, spikes=3)


@pytest.fixture(scope="module")
def sequences() -> Sequence:
    return many(TASK, seed=0, sequences=3000)


def test_a_walk_from_spike_to_spike_finds_the_next_where_the_input_said(sequences):
    assert sequences.inputs.shape == sequences.targets.shape == (3000, 19, 1)
    for inputs, targets, length, mask in zip(
        sequences.inputs[..., 0], sequences.targets[..., 0], sequences.length, sequences.target_mask, strict=True
    ):
        steps, told = [0], np.zeros(19)
        for _ in range(3):
            told[steps[-1]] = inputs[steps[-1]]
            steps.append(steps[-1] + 4 + int(inputs[steps[-1]]))
        assert np.flatnonzero(targets).tolist() == steps[1:] and set(targets.tolist()) == {0.0, 1.0}
        np.testing.assert_array_equal(inputs, told)
        assert length == steps[-1] + 1
        assert mask.tolist() == [step < length for step in range(19)]


def test_what_is_added_to_the_interval_is_uniform_and_does_not_know_of_one_another(sequences):
    spikes = np.stack([np.flatnonzero(targets) for targets in sequences.targets[..., 0]])
    extra = np.diff(spikes, axis=1, prepend=0) - 4
    assert uniform_over_integers(extra @ [9, 3, 1], 0, 26) > FALSE_ALARM


def test_without_anything_added_the_net_gets_no_input():
    sequence = TimedSpikes(interval=2, most_extra=0, spikes=2).sample(jax.random.key(0))
    assert sequence.inputs.tolist() == [[0.0]] * 5
    assert sequence.targets[:, 0].tolist() == [0, 0, 1, 0, 1]


def test_a_lane_shows_the_sequence_of_its_key():
    keys = jax.random.split(jax.random.key(3), 4)
    sample = jax.jit(TASK.sample)
    together = sample(keys.reshape(2, 2))
    for i in range(4):
        lane = jax.tree.map(lambda leaf, i=i: leaf[..., i // 2, i % 2], together)
        jax.tree.map(np.testing.assert_array_equal, sample(keys[i]), lane)


def test_an_answer_is_correct_when_every_error_is_below_the_tolerance():
    targets = np.zeros((6, 1, 6), np.float32)
    targets[3] = 1
    outputs = targets.copy()
    outputs[5] = 7  # after the end
    outputs[0, 0, 1] = 0.48
    outputs[0, 0, 2] = -0.5
    outputs[3, 0, 3] = 0.5
    outputs[3, 0, 4] = 0.52
    outputs[4, 0, 5] = np.nan
    sequence = Sequence(
        jnp.zeros((6, 1, 6)), jnp.array(targets), jnp.full(6, 5), jnp.arange(6)[:, None] < jnp.full(6, 5)
    )
    np.testing.assert_array_equal(TASK.correct(jnp.array(outputs), sequence), [True, True, False, False, True, False])


def test_it_is_chosen_by_its_name():
    assert named(TASKS, {"name": "timed_spikes"}, "task") == TimedSpikes(interval=10, most_extra=1, spikes=3)


@pytest.mark.parametrize(("name", "value"), [("interval", 1), ("most_extra", -1), ("spikes", 0), ("tolerance", 0.0)])
def test_bad_settings_are_refused(name, value):
    with pytest.raises(InputError, match=rf"^task\.{name} is {value}"):
        build(TimedSpikes, {name: value}, "task")
