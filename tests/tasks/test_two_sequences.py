"""Experiment 3: every element is compared with its class; noise, lengths and classes are drawn as told."""

from functools import cache

import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.configuration import build
from lstm_jax.errors import InputError
from lstm_jax.tasks import TwoSequences
from lstm_jax.types import Sequence
from tests.distributions import FALSE_ALARM, gaussian, uniform_over_integers
from tests.tasks.samples import many

SEQUENCES = 10_000

TASKS = {
    "3a": TwoSequences(length=30, informative=3),
    "3b": TwoSequences(length=30, informative=1, signal_noise_variance=0.2),
    "3c": TwoSequences(
        length=30,
        informative=3,
        signal_noise_variance=0.2,
        targets=(0.2, 0.8),
        target_noise_variance=0.1,
        tolerance=0.1,
    ),
    "shortest, all informative": TwoSequences(length=10, informative=10, signal_noise_variance=0.2),
}


@cache
def sample(name: str) -> Sequence:
    return many(TASKS[name], seed=0, sequences=SEQUENCES)


def first_class(name: str) -> np.ndarray:
    """Which sequences are of the class +1, as their noise-free target says."""
    expected = sample(name).expected
    assert expected is not None
    one, two = np.array(TASKS[name].targets, np.float32)
    assert np.isin(expected, [one, two]).all()
    return expected[:, 0] == one


def noise(name: str) -> np.ndarray:
    """`[sequences, length]`: what is added to the class, or to nothing, in the steps that every sequence has."""
    task, sequences = TASKS[name], sample(name)
    values = np.array(sequences.inputs[:, : task.length, 0])
    values[:, : task.informative] -= np.where(first_class(name), 1, -1)[:, None]
    return values


@pytest.mark.slow
@pytest.mark.parametrize("name", TASKS)
def test_classes_and_lengths_are_uniform(name):
    task, sequences = TASKS[name], sample(name)
    lengths = task.length // 10 + 1
    joint = lengths * first_class(name) + sequences.length - task.length
    assert uniform_over_integers(joint, 0, 2 * lengths - 1) > FALSE_ALARM
    assert sequences.inputs.shape == (SEQUENCES, task.length + task.length // 10, 1)


def test_the_class_stands_in_the_first_elements_without_noise():
    sequences = sample("3a")
    wanted = np.where(first_class("3a"), 1, -1)
    for t in range(3):
        np.testing.assert_array_equal(sequences.inputs[:, t, 0], wanted)
    assert not np.isin(sequences.inputs[:, 3], [-1, 1]).any()


@pytest.mark.slow
@pytest.mark.parametrize("name", TASKS)
def test_noise_has_variance_one_fifth_at_every_step(name):
    silent = TASKS[name].informative if name == "3a" else 0
    values = noise(name)
    assert not values[:, :silent].any()
    for t in range(silent, TASKS[name].length):
        assert gaussian(values[:, t], 0, 0.2) > FALSE_ALARM
    assert gaussian(values[:, silent:], 0, 0.2) > FALSE_ALARM


def test_noise_goes_on_to_the_end_of_the_longest_sequences():
    sequences = sample("3a")
    last = sequences.inputs[sequences.length == 33, 32, 0]
    assert gaussian(np.asarray(last), 0, 0.2) > FALSE_ALARM


def test_noise_is_drawn_anew_for_every_step_and_target():
    """Signs of neighbours; of a step beside the class, the length, and the noise of the target."""
    above = (noise("3c") > 0).astype(int)
    for t in range(29):
        assert uniform_over_integers(2 * above[:, t] + above[:, t + 1], 0, 3) > FALSE_ALARM
    sequences = sample("3c")
    assert sequences.expected is not None
    target_above = (sequences.targets > sequences.expected)[:, 0]
    for t in range(30):
        for other in (first_class("3c"), sequences.length >= 32, target_above):
            assert uniform_over_integers(2 * above[:, t] + other, 0, 3) > FALSE_ALARM


@pytest.mark.parametrize("name", ["3a", "3b"])
def test_target_is_one_or_zero(name):
    sequences = sample(name)
    np.testing.assert_array_equal(sequences.targets[:, 0], np.where(first_class(name), 1, 0))
    np.testing.assert_array_equal(sequences.targets, sequences.expected)
    assert sequences.target_mask is None


def test_the_class_shows_through_the_noise():
    # Three elements sum to 3 or -3 with noise of variance 0.6: in 5e-5 of all sequences the sign is the other one.
    sums = sample("3c").inputs[:, :3, 0].sum(axis=1)
    assert np.mean((sums > 0) != first_class("3c")) < 0.001


def test_target_of_3c_is_a_fifth_or_four_fifths_with_noise():
    sequences = sample("3c")
    assert sequences.expected is not None
    np.testing.assert_array_equal(sequences.expected[:, 0], np.float32(np.where(first_class("3c"), 0.2, 0.8)))
    for chosen, mean in ((first_class("3c"), 0.2), (~first_class("3c"), 0.8)):
        assert gaussian(np.asarray(sequences.targets)[chosen], mean, 0.1) > FALSE_ALARM


def test_an_answer_is_correct_when_its_error_is_at_most_the_tolerance():
    # Outputs where the target is 0; the noisy target does not count.
    outputs = jnp.array([[0.0, 0.2, -0.2, 0.201, -0.201, jnp.nan, jnp.inf, -jnp.inf]])
    sequence = Sequence(jnp.zeros((30, 1, 8)), outputs + 3, jnp.full(8, 30), expected=jnp.zeros((1, 8)))
    correct = TASKS["3a"].correct(outputs, sequence)
    np.testing.assert_array_equal(correct, [True, True, True, False, False, False, False, False])
    wrong_target = sequence._replace(targets=outputs, expected=outputs + 3)
    assert not TASKS["3a"].correct(outputs, wrong_target).any()


def test_tolerance_of_3c_is_a_tenth_around_the_target_without_noise():
    outputs = jnp.array([[0.701, 0.899, 0.699, 0.901, 1.0]])
    expected = jnp.full((1, 5), 0.8)
    sequence = Sequence(jnp.zeros((30, 1, 5)), expected - 0.3, jnp.full(5, 30), expected=expected)
    np.testing.assert_array_equal(TASKS["3c"].correct(outputs, sequence), [True, True, False, False, False])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("length", 105),
        ("length", 0),
        ("informative", 0),
        ("informative", 101),
        ("noise_variance", -0.2),
        ("signal_noise_variance", -0.2),
        ("target_noise_variance", -0.1),
        ("targets", [1.0]),
        ("tolerance", 0.0),
    ],
)
def test_bad_settings_are_refused(name, value):
    with pytest.raises(InputError) as error:
        build(TwoSequences, {"length": 100, "informative": 3, name: value}, "task")
    assert str(error.value).startswith(f"task.{name} is {value}: it should ")
