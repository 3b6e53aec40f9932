"""Guessing against nets simulated in NumPy float64, one guess after the other; nets that are known to be right."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.baselines import guessing
from lstm_jax.baselines.guessing import NONE, Guesser, Search
from lstm_jax.cells import Elman, OutputFeedback
from lstm_jax.cells.incoming import Incoming
from lstm_jax.cells.output_feedback import FeedbackWeights
from lstm_jax.errors import InputError
from lstm_jax.networks import Network, NetworkWeights
from lstm_jax.tasks import Adding, Latch, Parity, Task, TwoSequences
from lstm_jax.types import Sequence
from tests.distributions import FALSE_ALARM, uniform_over_interval
from tests.references import small_nets

A1 = OutputFeedback(inputs=1, hidden=1)
A2 = OutputFeedback(inputs=1, hidden=10, connections="own", output_bias="random")
A2_NO_SELF = OutputFeedback(inputs=1, hidden=10, connections="none", output_bias="random")
TANH = Elman(inputs=1, units=1, squashing=(-1.0, 1.0), bias="random")

SHORT = Parity(min_length=3, max_length=5)
SHORT_LATCH = Latch(min_length=10, max_length=15, targets=(1.0, -1.0))

CASES = {
    "parity, a1": (SHORT, A1, 100.0),
    "parity, a2": (SHORT, A2, 100.0),
    "parity, a2_no_self": (SHORT, A2_NO_SELF, 100.0),
    "latch, tanh": (SHORT_LATCH, TANH, 200.0),
}
KEY = jax.random.key(9)
BUDGET = 20_000


def guesser(task: Task, cell, weight_range: float = 100.0, sequences: int = 8, budget: int = BUDGET) -> Guesser:
    network = Network(cell=cell, outputs=1, output_layer=False)
    return Guesser(task, network, weight_range, sequences, balanced=True, budget=budget)


def begun(what: Guesser, training: Sequence) -> Search:
    """A search without lanes, whose guesses are those that `KEY` decides."""
    state = what.start(jax.random.key(0), (training,))
    number = state.number
    return state._replace(key=KEY, weights=guessing.draw(what, KEY, number))


def search(what: Guesser, training: Sequence, at_once: int = 100_000) -> Search:
    """Until it has ended, so many presentations at a time."""
    state = begun(what, training)
    while state.running:
        state = advanced(what, state, at_once)
    return state


@jax.jit
def advanced(what: Guesser, state: Search, presentations: int) -> Search:
    end = state.clock + presentations
    return jax.lax.while_loop(lambda s: (s.clock < end) & s.running, lambda s: what.step(s)[0], state)


def reference(what: Guesser, weights, line: np.ndarray) -> np.ndarray:
    """The final output of each guess."""
    if isinstance(what.network.cell, OutputFeedback):
        return small_nets.output_feedback(what.network.cell, weights.hidden, line)
    return small_nets.tanh_unit(weights.hidden, line)


def first_solved(what: Guesser, training: Sequence, guesses: int) -> int:
    """The first guess that answers everything, all of them examined by NumPy."""
    weights = guessing.draw(what, KEY, jnp.arange(guesses))
    right = np.ones(guesses, bool)
    for i in range(training.length.shape[0]):
        line = np.asarray(training.inputs, np.float64)[: int(training.length[i]), 0, i]
        right &= np.abs(reference(what, weights, line) - float(training.targets[0, i])) < 0.1
    return int(np.flatnonzero(right)[0])


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_finds_the_first_guess_that_is_right_whatever_the_number_of_places(name, monkeypatch):
    what = guesser(*CASES[name])
    training = guessing.sets(what.task, jax.random.key(1), 8, balanced=True)
    wanted = first_solved(what, training, 2000)
    # Places that take a second guess, and slots that have guesses behind the first right one.
    assert wanted > 8
    for slots, at_once in ((8, 100_000), (8, 3), (256, 100_000)):
        monkeypatch.setattr(guessing, "SLOTS", slots)
        assert int(search(what, training, at_once).best) == wanted


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_outputs_are_those_of_the_simulation(name):
    task, cell, _ = CASES[name]
    # Weights of 100 make chaotic nets, in which the last digit grows to the first within a few steps.
    what = guesser(task, cell, 10.0)
    training = guessing.sets(task, jax.random.key(2), 4, balanced=True)
    weights = guessing.draw(what, KEY, jnp.arange(64))
    inputs = np.asarray(training.inputs, np.float64)
    with jax.enable_x64(True):
        weights = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), weights)
        apply = jax.jit(what.network.apply)
        for i in range(4):
            one = Sequence(jnp.asarray(inputs[..., i : i + 1]), jnp.zeros((1, 1)), training.length[i : i + 1])
            wanted = reference(what, weights, inputs[: int(training.length[i]), 0, i])
            np.testing.assert_allclose(apply(weights, one)[0], wanted, atol=1e-9)


@pytest.mark.slow
def test_a_guess_is_the_same_whatever_is_drawn_with_it():
    what = guesser(SHORT, A2)
    many = guessing.draw(what, KEY, jnp.arange(1000, dtype=jnp.int32))
    alone = guessing.draw(what, KEY, jnp.int32(777))
    jax.tree.map(lambda a, b: np.testing.assert_array_equal(a, b[..., 777]), alone, many)


def test_weights_are_uniform_and_no_two_are_the_same_number():
    what = guesser(SHORT, A2)
    weights = guessing.draw(what, KEY, jnp.arange(2000))
    values = np.concatenate([np.asarray(leaf).reshape(-1, 2000) for leaf in jax.tree.leaves(weights)])
    assert len(values) == 52
    assert uniform_over_interval(values, -100, 100) > FALSE_ALARM
    assert np.unique(values[:, :10]).size == 520


def parity_net(sign: float = 1.0) -> NetworkWeights:
    """A1 as exclusive or: the hidden unit is "one, and odd before", the output "one or odd before, but not both"."""

    def matrix(*row):
        return jnp.array([row], jnp.float32)

    hidden = Incoming(matrix(40.0), matrix(80.0, 0.0), jnp.array([-70.0]))
    output = Incoming(matrix(sign * 20.0), matrix(-90.0, 50.0), None)
    return NetworkWeights(FeedbackWeights(hidden, None, output), None)


@pytest.mark.slow
def test_a_net_that_is_known_to_tell_parity_is_recognised():
    what = guesser(Parity(), A1)
    many = guessing.sets(what.task, jax.random.key(3), 100, balanced=True)
    results = guessing.examine(what, parity_net(), many)
    assert results["wrong"] == 0
    assert results["mean_absolute_error"] < 1e-3
    assert guessing.examine(what, parity_net(-1.0), many)["wrong"] > 20


@pytest.mark.slow
def test_a_unit_that_is_known_to_latch_is_recognised():
    what = guesser(Latch(targets=(1.0, -1.0)), TANH)
    many = guessing.sets(what.task, jax.random.key(3), 100, balanced=True)

    def unit(w, v, b):
        return NetworkWeights(Incoming(jnp.full((1, 1), w), jnp.full((1, 1), v), jnp.full(1, b)), None)

    assert guessing.examine(what, unit(20.0, 150.0, 0.0), many)["wrong"] == 0
    # A constant is right for one class.
    assert guessing.examine(what, unit(0.0, 0.0, 50.0), many)["wrong"] == 50
    assert guessing.examine(what, unit(-20.0, 150.0, 0.0), many)["wrong"] == 100


@pytest.mark.slow
def test_a_right_net_in_one_of_the_places_ends_the_search():
    what = guesser(Parity(), A1, sequences=100)
    training = guessing.sets(what.task, jax.random.key(3), 100, balanced=True)
    state = begun(what, training)
    weights = jax.tree.map(lambda slots, one: slots.at[..., 5].set(one), state.weights, parity_net())
    state = state._replace(weights=weights)
    while state.running:
        state = advanced(what, state, 7)
    assert int(state.best) == 5


@pytest.mark.slow
def test_guesses_from_the_budget_on_do_not_count():
    training = guessing.sets(SHORT, jax.random.key(1), 8, balanced=True)
    best = int(search(guesser(SHORT, A1), training).best)

    def within(budget: int) -> int:
        return int(search(guesser(SHORT, A1, budget=budget), training).best)

    assert within(best + 1) == best
    assert within(best) == within(1) == NONE


def test_sets_are_balanced_take_turns_and_depend_on_their_key_alone():
    one, again, other = (guessing.sets(Parity(), jax.random.key(i), 10, balanced=True) for i in (1, 1, 2))
    np.testing.assert_array_equal(one.targets, [[1, 0] * 5])
    jax.tree.map(np.testing.assert_array_equal, one, again)
    assert np.any(np.asarray(one.inputs) != other.inputs)
    assert np.unique(np.asarray(one.inputs), axis=2).shape == (600, 1, 10)


@pytest.mark.slow
def test_unbalanced_sets_are_as_the_task_draws_them():
    task = TwoSequences(length=10, informative=1)
    key = jax.random.key(0)
    many = guessing.sets(task, key, 20, balanced=False)
    np.testing.assert_array_equal(many.inputs[..., 3], jax.jit(task.sample)(jax.random.fold_in(key, 3)).inputs)


def test_tasks_without_two_classes_have_no_balanced_sets():
    with pytest.raises(InputError, match="Adding"):
        guessing.sets(Adding(length=30), jax.random.key(0), 10, balanced=True)
