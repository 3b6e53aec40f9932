"""Trials as lanes: their results depend on nothing but their own seed, number and hyperparameters."""

import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.cells.memory_block import MemoryBlocks
from lstm_jax.configuration import arrays
from lstm_jax.construction import Construction
from lstm_jax.criteria import Examination, Window
from lstm_jax.gradients import truncated_by_autodiff
from lstm_jax.learners import Descent
from lstm_jax.learners.optimizers import SGD
from lstm_jax.networks import Network
from lstm_jax.tasks import Adding, EmbeddedReber, TemporalOrder, TwoSymbols
from lstm_jax.trials import lanes
from lstm_jax.trials.training import Presentation, Training, TrainingState
from tests.architectures import NO_BIASES, distractors, noise_free

LEARNER = Descent(SGD(0.5))
BLOCKS = MemoryBlocks(
    inputs=2, blocks=2, block_size=2, input_gate_bias=(-3.0, -6.0), cell_bias="random", output_gate_bias="none"
)
ADDING = Training(
    Adding(length=30),
    Network(cell=BLOCKS, outputs=1, output_bias="random"),
    LEARNER,
    Window(size=20, fewer_wrong_than=(20, 17)),
    0.1,
)
ORDER = Training(
    TemporalOrder(positions=((1, 3), (5, 7)), min_length=10, max_length=12),
    Network(cell=dataclasses.replace(BLOCKS, inputs=8), outputs=4, output_bias="random"),
    LEARNER,
    Window(size=20, fewer_wrong_than=(1,)),
    0.1,
)
# Every trial has data of its own, and is examined now and then.
REBER = Training(
    EmbeddedReber(training_strings=8, test_strings=8, pairs=3),
    Network(cell=MemoryBlocks(inputs=7, blocks=1, block_size=2, **NO_BIASES), outputs=7, output_bias="none"),
    LEARNER,
    Examination(sequences=16, fewer_wrong_than=(17, 17), mean_error_below=(0.21, 0.2), interval=10),
    0.1,
)
# An alphabet so large that lanes add to their symbol's column one after another; cells join at different times.
SYMBOLS = Training(
    TwoSymbols(p=33, judged_at="end"),
    noise_free(33),
    dataclasses.replace(LEARNER, construction=Construction(interval=2)),
    Window(size=20, fewer_wrong_than=(21, 20)),
    0.1,
)


def with_rates(trial: Training, rates) -> Training:
    """A trial for lanes that differ in the learning rate."""
    optimizer = jax.tree.map(lambda _: np.asarray(rates, np.float32), SGD(1.0))
    learner = dataclasses.replace(trial.learner, optimizer=optimizer)
    return arrays(dataclasses.replace(trial, learner=learner), (len(rates),))


def begin(trial: Training, numbers, over, rate=0.5) -> tuple[Training, TrainingState]:
    return lanes.begin(with_rates(trial, [rate] * len(numbers)), 3, np.asarray(numbers), over)


def advanced(begun: tuple[Training, TrainingState], presentations: int, over) -> tuple[TrainingState, Presentation]:
    return lanes.advance(*begun, presentations, over)


def of_lane(state: TrainingState, lane: int) -> list[np.ndarray]:
    host = lanes.to_host(state)
    parts = (host.running, host.key, host.weights, host.memory, host.solved_at, host.solutions)
    return [leaf[..., lane] for leaf in jax.tree.leaves(parts)]


def assert_same_bits(a: list[np.ndarray], b: list[np.ndarray]) -> None:
    for x, y in zip(a, b, strict=True):
        np.testing.assert_array_equal(x, y)


@pytest.mark.slow
def test_a_lane_is_the_same_alone_among_many_and_on_any_number_of_devices():
    one, all_devices = lanes.mesh((0,)), lanes.mesh()
    many, _ = advanced(begin(ADDING, range(40), one), 300, one)
    for numbers, over in (([5], one), ([39, 5], one), (range(40), all_devices), ([5], all_devices)):
        few, _ = advanced(begin(ADDING, numbers, over), 300, over)
        assert_same_bits(of_lane(few, list(numbers).index(5)), of_lane(many, 5))


@pytest.mark.slow
@pytest.mark.parametrize("trial", [ADDING, REBER, SYMBOLS], ids=["adding", "reber", "symbols"])
def test_a_lane_does_not_notice_that_others_leave_or_how_time_is_cut(trial):
    """Those that stay go on among fewer on one device, and have come to what they come to from the start there."""
    over, one = lanes.mesh(), lanes.mesh((0,))
    whole, _ = advanced(begin(trial, range(40), over), 500, over)
    cut, _ = advanced(begin(trial, range(40), over), 123, over)
    few, there = begin(trial, [7, 21, 38], one)
    there, _ = lanes.advance(few, there, 123, one)
    for position, number in enumerate((7, 21, 38)):
        assert_same_bits(of_lane(there, position), of_lane(cut, number))
    kept, _ = lanes.advance(few, lanes.keep(cut, np.array([7, 21, 38]), one), 377, one)
    assert int(kept.clock) == int(whole.clock) == 500
    for position, number in enumerate((7, 21, 38)):
        assert_same_bits(of_lane(kept, position), of_lane(whole, number))


@pytest.mark.slow
def test_trials_stop_exactly_at_their_criterion_and_stay_as_they_were():
    over = lanes.mesh((0,))
    state, _ = advanced(begin(ADDING, range(8), over), 2000, over)
    solved_at = np.asarray(state.solved_at)
    ended = ~np.asarray(state.running)
    assert ended.any()
    np.testing.assert_array_equal(ended, solved_at[-1] > 0)
    lane = int(np.flatnonzero(ended)[0])
    last = int(solved_at[-1, lane])
    # One presentation at a time: it runs until `last`, not before and not after, and those are its weights.
    before, _ = advanced(begin(ADDING, range(8), over), last - 1, over)
    assert bool(before.running[lane])
    at, _ = lanes.advance(begin(ADDING, range(8), over)[0], before, 1, over)
    assert not bool(at.running[lane])
    assert_same_bits(of_lane(at, lane), of_lane(state, lane))
    for solution, final in zip(jax.tree.leaves(at.solutions[-1]), jax.tree.leaves(at.weights), strict=True):
        np.testing.assert_array_equal(np.asarray(solution)[..., lane], np.asarray(final)[..., lane])
    first = int(solved_at[0, lane])
    assert 20 <= first <= last


@pytest.mark.parametrize(
    ("network", "size"),
    [
        (ADDING.network, 16),
        (distractors(200), 16),  # 1,264 weights: 25 lanes would fit
        (distractors(500), 8),  # 3,064: 10
        (distractors(1000), 8),  # 6,064: 5, but a vector is never divided
        (noise_free(100), 1),  # the 101 output units of one lane fill vectors
    ],
)
def test_a_block_on_a_cpu_fills_its_caches_with_whole_vectors(network, size):
    over = lanes.mesh()
    trial = dataclasses.replace(ADDING, network=network)
    assert lanes.tile(trial, over) == size * over.size
    parts = lanes.tiles(np.arange(100), trial, over)
    np.testing.assert_array_equal(np.concatenate(parts), np.arange(100))
    assert {len(part) for part in parts[:-1]} <= {size * over.size}


@pytest.mark.slow
def test_sums_are_what_the_presentations_showed():
    """One lane re-run step by step in plain Python, from the task's sequences and the network's own outputs."""
    over = lanes.mesh((0,))
    state, sums = advanced(begin(ORDER, range(8), over), 50, over)
    _, start = begin(ORDER, range(8), over)
    key = start.key[2]
    weights = jax.tree.map(lambda w: w[..., 2], start.weights)
    compute = jax.jit(partial(truncated_by_autodiff, ORDER.network))
    error = wrong = 0.0
    for i in range(50):
        sequence = ORDER.task.sample(jax.random.fold_in(key, i))
        gradient, outputs = compute(weights, sequence)
        weights = jax.tree.map(lambda w, g: w - jnp.float32(0.5) * g, weights, gradient)
        difference = np.abs(np.asarray(outputs - sequence.targets))
        error += difference.mean()
        wrong += not (difference < 0.3).all()
    assert float(sums.error[2]) == pytest.approx(error, rel=1e-4)
    assert int(sums.wrong[2]) == wrong
    assert int(sums.made[2]) == 50
    for got, want in zip(jax.tree.leaves(state.weights), jax.tree.leaves(weights), strict=True):
        np.testing.assert_allclose(np.asarray(got)[..., 2], want, rtol=2e-4, atol=1e-5)


@pytest.mark.slow
def test_lanes_have_their_own_learning_rates():
    over = lanes.mesh((0,))
    rates = [0.1, 0.5, 1.0]
    mixed, _ = advanced(lanes.begin(with_rates(ADDING, rates), 3, np.array([4, 4, 4]), over), 200, over)
    for lane, rate in enumerate(rates):
        alone, _ = advanced(begin(ADDING, [4], over, rate), 200, over)
        assert_same_bits(of_lane(alone, 0), of_lane(mixed, lane))


@pytest.mark.slow
def test_a_diverged_lane_stops_and_leaves_the_others_alone():
    over = lanes.mesh((0,))
    begun = lanes.begin(with_rates(ADDING, [np.nan, 0.5]), 3, np.array([4, 5]), over)
    state, sums = advanced(begun, 200, over)
    assert not bool(state.running[0])
    assert int(state.solved_at[-1, 0]) == 0
    assert int(sums.made[0]) == 2
    alone, _ = advanced(begin(ADDING, [5], over), 200, over)
    assert_same_bits(of_lane(alone, 0), of_lane(state, 1))


@pytest.mark.slow
def test_nothing_compiles_again_for_more_chunks_or_other_hyperparameters():
    over = lanes.mesh()
    of, state = begin(ADDING, range(3), over)
    state, _ = lanes.advance(of, state, 10, over)
    other = begin(ADDING, [8, 9], over, rate=0.01)
    compiled = []

    def listen(event: str, duration_secs: float, **_: str | int) -> None:
        compiled.append(event)

    jax.monitoring.register_event_duration_secs_listener(listen)
    try:
        for chunk in (10, 17, 400):
            state, _ = lanes.advance(of, state, chunk, over)
        advanced(other, 5, over)
        assert not [name for name in compiled if "compile" in name]
        jax.jit(lambda x: x + 1)(jnp.ones(2))
        assert [name for name in compiled if "compile" in name], "the listener does not hear of compilations"
    finally:
        jax.monitoring.clear_event_listeners()
