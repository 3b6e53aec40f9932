"""Nets on endless streams against their transcription in NumPy; lanes apart; tests; what a string's end resets."""

import itertools
from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.cells import ForgetGates, MemoryBlocks, StateDecay
from lstm_jax.configuration import arrays
from lstm_jax.learners.optimizers import SGD, Momentum
from lstm_jax.learners.schedule import Schedule
from lstm_jax.networks import Network
from lstm_jax.random import fold_in, uniform
from lstm_jax.tasks.continual_reber import ContinualReber
from lstm_jax.trials import lanes, streams
from lstm_jax.trials.streams import Stream
from lstm_jax.types import Array, Float, Key
from tests.references import streams as reference

BIAS = (-0.5, -1.0, -1.5, -2.0)
BLOCKS = {"gate_recurrence": False, "input_gate_bias": BIAS, "output_gate_bias": BIAS}
CELLS = {
    "standard": MemoryBlocks(7, 4, 2, **BLOCKS, cell_bias="none"),
    "decay": StateDecay(7, 4, 2, remaining=0.9, **BLOCKS, cell_bias="none"),
    "forget": ForgetGates(7, 4, 2, forget_gate_bias=(0.5, 1.0, 1.5, 2.0), **BLOCKS, cell_bias="none"),
}


def network(cell: str) -> Network:
    return Network(CELLS[cell], 7, output_bias="random", outputs_see_inputs=True)


SHORT = Stream(
    ContinualReber(),
    network("forget"),
    optimizer=SGD(0.5, schedule=Schedule("exponential", factor=0.97)),
    weight_range=0.2,
    external_reset=False,
    training_symbols=9,
    test_symbols=6,
    test_streams=3,
    training_streams=25,
)
"""Streams that end both ways within a few hundred symbols of a net's life."""

LENIENT = ContinualReber(judged_by="error", tolerance=0.6)
"""Nets that have hardly learned anything are right for a while."""

CASES = {
    "forget gates, learning-rate decay": SHORT,
    "forget gates": replace(SHORT, task=LENIENT, training_symbols=5, optimizer=SGD(0.5)),
    "standard, all possible": replace(
        SHORT, network=network("standard"), task=replace(LENIENT, targets="possible"), training_symbols=5
    ),
    "external reset": replace(
        SHORT,
        network=network("standard"),
        external_reset=True,
        task=replace(LENIENT, tolerance=0.65),
        training_symbols=10,
    ),
    "state decay": replace(SHORT, network=network("decay"), task=LENIENT, training_symbols=5),
}


@partial(jax.jit, static_argnums=1)
def draws(key: Key[Array, ""], steps: int) -> Float[Array, "steps"]:
    """What decides what follows after each symbol of a stream."""
    return uniform(fold_in(jnp.broadcast_to(key, (steps,)), jnp.arange(steps)), 1)[0]


def moments(stream: Stream, net: int, steps: int) -> list[streams.StreamState]:
    """The states before each of so many symbols, and the last one, as NumPy arrays without lanes, in float64."""
    trial = jax.tree.map(lambda number: jnp.asarray(number, jnp.float64), stream)
    state = jax.jit(trial.start)(lanes.trial_key(1, jnp.int32(net)))
    _, states = jax.jit(
        lambda state: jax.lax.scan(lambda state, _: (trial.step(state)[0], state), state, length=steps + 1)
    )(state)
    states = states._replace(key=jax.random.key_data(states.key))
    return [jax.tree.map(lambda leaf, i=i: np.asarray(leaf)[i], states) for i in range(steps + 1)]


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in CASES if case != "forget gates"])  # its cell and task are in others
def test_every_step_is_that_of_the_transcription(case, float64):
    stream, steps = CASES[case], 250
    found = moments(stream, 3, steps)
    key = jax.random.wrap_key_data(jnp.asarray(found[0].key))
    wanted = list(reference.run(stream, found[0].weights, draws(key, steps).tolist()))
    happened = set()
    for moment, before, after in zip(wanted, found, found[1:], strict=False):
        assert reference.ALPHABET[before.symbol] == moment.symbol
        assert (before.test, before.streams) == (moment.test, moment.streams)
        for name, matrix in moment.weights.items():
            new = reference.matrices(after.weights)[name]
            np.testing.assert_allclose(new, matrix, rtol=1e-9, atol=1e-12, err_msg=name)
        nothing_carried = all(not np.any(leaf) for leaf in jax.tree.leaves(after.memory))
        assert nothing_carried == moment.reset
        over = "over" if after.length == 0 else "reset" if moment.reset else "on"
        happened.add(("test" if moment.test else "training", "right" if moment.right else "wrong", over))
    assert len(wanted) == steps or not found[-1].running
    # What the test is about has happened.
    events = {("training", "right", "on"), ("training", "wrong", "over")}
    if stream.task.judged_by == "error":
        events |= {("training", "right", "over"), ("test", "right", "over"), ("test", "wrong", "over")}
    assert happened >= events
    assert (("training", "right", "reset") in happened) == stream.external_reset


@pytest.mark.slow
def test_an_optimizer_with_a_memory_learns_in_training_streams_and_forgets_when_a_stream_ends(float64):
    stream = replace(CASES["forget gates"], optimizer=Momentum(0.1))
    found = moments(stream, 3, 250)
    kinds = set()
    for before, after in itertools.pairwise(found):
        if not before.running:
            break
        velocity = jax.tree.leaves(after.optimizer)
        gone = not any(map(np.any, velocity))
        ended = after.length == 0
        assert gone == ended
        change = [
            new - w for new, w in zip(jax.tree.leaves(after.weights), jax.tree.leaves(before.weights), strict=True)
        ]
        kinds.add((bool(before.test), bool(ended)))
        if before.test:
            assert not any(map(np.any, change))
        elif not ended:
            for step, v in zip(change, velocity, strict=True):
                np.testing.assert_allclose(step, -0.1 * v, rtol=1e-9, atol=1e-15)
    assert kinds == {(False, False), (False, True), (True, False), (True, True)}


def test_weights_are_those_of_the_paper():
    assert network("forget").weight_count == 12 * (7 + 8 + 1) + 8 * (7 + 8) + 7 * (8 + 7 + 1) == 424
    assert network("standard").weight_count == network("decay").weight_count == 424 - 4 * 16


def begun(stream, nets, symbols, over=None):
    over = over or lanes.mesh()
    trial, state = lanes.begin(arrays(stream, (nets,)), 5, np.arange(nets), over)
    state, _ = lanes.advance(trial, state, symbols, over)
    return jax.tree.map(lambda leaf: leaf[..., :nets] if leaf.ndim else leaf, lanes.to_host(state))


@pytest.mark.slow
def test_a_net_does_not_depend_on_its_neighbours_or_the_number_of_devices():
    stream = replace(SHORT, training_streams=10**6, test_symbols=1000)  # None is perfect or given up.
    many, few = begun(stream, 20, 300), begun(stream, 3, 300, lanes.mesh((0,)))
    for one, other in zip(jax.tree.leaves(many), jax.tree.leaves(few), strict=True):
        np.testing.assert_array_equal(one[..., :3] if one.ndim else one, other)
    assert len(np.unique(many.streams)) > 1


@pytest.mark.slow
def test_a_perfect_net_stops_and_keeps_what_made_it_perfect():
    easy = replace(SHORT, test_symbols=2, test_streams=2)
    state = begun(easy, 8, 2000)
    assert np.any(state.perfect)
    assert not np.any(state.running & state.perfect)
    for net in np.flatnonzero(state.perfect):
        assert state.best[net] == 4
        for last, best in zip(jax.tree.leaves(state.weights), jax.tree.leaves(state.best_weights), strict=True):
            np.testing.assert_array_equal(last[..., net], best[..., net])
    longer = begun(easy, 8, 3000)
    stopped = ~state.running
    for one, other in zip(jax.tree.leaves(state.weights), jax.tree.leaves(longer.weights), strict=True):
        np.testing.assert_array_equal(one[..., stopped], other[..., stopped])


@pytest.mark.slow
def test_a_net_is_given_up_after_its_last_stream_and_test():
    state = begun(replace(SHORT, training_streams=4, test_symbols=100_000), 8, 1000)
    assert not np.any(state.running)
    assert not np.any(state.perfect)
    np.testing.assert_array_equal(state.streams, 4)


@pytest.mark.slow
@pytest.mark.parametrize("case", ["forget gates", "external reset"])
def test_a_test_counts_right_predictions_before_the_first_wrong_one(case):
    stream = replace(CASES[case], training_streams=10**6, training_symbols=1000, test_symbols=40, test_streams=10)
    stream = replace(stream, task=replace(LENIENT, tolerance=0.7))
    weights = jax.tree.map(lambda leaf: jnp.asarray(leaf[..., 0]), begun(stream, 1, 20_000).weights)
    key = jax.random.key(9)
    lengths = jax.jit(streams.test)(stream, weights, key)
    assert len(np.unique(lengths)) > 2
    for i, length in enumerate(lengths.tolist()):
        numbers = draws(fold_in(key, i), 40).tolist()
        # As the first stream of training, but for the weights: they must not change.
        still = replace(stream, optimizer=SGD(1e-300), training_symbols=40)
        right = [moment.right for moment in reference.run(still, weights, numbers)]
        assert length == (right.index(False) if False in right else 40)
