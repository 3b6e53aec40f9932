"""Presentations one after another, against plain Python: examinations, solutions, a trial's own data, construction."""

import dataclasses
import itertools
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.cells.memory_block import MemoryBlocks
from lstm_jax.configuration import arrays
from lstm_jax.construction import Construction
from lstm_jax.criteria import Examination, Examine, Outcome, Window, mean_error
from lstm_jax.gradients import truncated_by_autodiff
from lstm_jax.learners import Descent
from lstm_jax.learners.optimizers import SGD
from lstm_jax.networks import Network
from lstm_jax.stages import Stage
from lstm_jax.tasks import EmbeddedReber, FiniteTask, TemporalOrder, TwoSequences, TwoSymbols
from lstm_jax.trials import lanes, training
from lstm_jax.trials.training import EXAMINATIONS, TOGETHER, Training, TrainingState, examine
from lstm_jax.types import Array, Bool, Int, Sequence
from tests.architectures import NO_BIASES, noise_free
from tests.gradients.cases import COMPILE_QUICKLY

LANES = 3
LEARNER = Descent(SGD(0.5))
"""By the truncated gradient; all trials here start with weights within 1."""


@dataclasses.dataclass(frozen=True)
class Timed:
    """Stages are met at given presentations, `[stages][lanes]`, and again after as many more; at 0 they never are."""

    times: tuple[tuple[int, ...], ...]
    uncounted: int = 0
    fewest_presentations: int = 1

    @property
    def stages(self) -> tuple[Stage, ...]:
        return tuple(Stage(str(times), str(times)) for times in self.times)

    def outcome(self, correct: Bool[Array, "*lanes"], outputs: Array, sequence: Sequence) -> Outcome:
        return Outcome(correct, mean_error(outputs, sequence))

    def start(self, lanes: tuple[int, ...]) -> tuple[()]:
        return ()

    def update(
        self, state: tuple[()], presentations: Int[Array, ""], outcome: Outcome, examine: Examine
    ) -> tuple[tuple[()], Bool[Array, "stages *lanes"]]:
        now, times = presentations + 1, jnp.array(self.times)
        return (), (now == times) | (now == 2 * times)


NEVER = Timed(((0,) * LANES,))
CELL = MemoryBlocks(inputs=7, blocks=1, block_size=1, **NO_BIASES)
REBER = Training(
    EmbeddedReber(training_strings=5, test_strings=4, pairs=3),
    Network(cell=CELL, outputs=7, output_bias="none"),
    LEARNER,
    NEVER,
    1.0,
)
ORDER = Training(
    TemporalOrder(positions=((1, 2),), min_length=4, max_length=6, tolerance=0.5),
    Network(cell=dataclasses.replace(CELL, inputs=8), outputs=2, output_bias="none"),
    LEARNER,
    NEVER,
    1.0,
)
NOISE = Training(
    TwoSequences(length=10, informative=3, target_noise_variance=0.1, tolerance=0.5),
    Network(cell=dataclasses.replace(CELL, inputs=1), outputs=1, output_bias="none"),
    LEARNER,
    NEVER,
    1.0,
)
SYMBOLS = Training(TwoSymbols(p=3, judged_at="end", tolerance=0.6), noise_free(3), LEARNER, NEVER, 1.0)
GROWING = dataclasses.replace(SYMBOLS, learner=dataclasses.replace(LEARNER, construction=Construction(interval=2)))


def start(of: Training) -> TrainingState:
    data = of.task.data(3, np.arange(LANES)) if isinstance(of.task, FiniteTask) else ()
    trial = jax.tree.map(jnp.asarray, arrays(of, (LANES,)))
    return trial.start(lanes.trial_key(3, jnp.arange(LANES)), data)


STEP = jax.jit(Training.step, compiler_options=COMPILE_QUICKLY)
EXAMINE = jax.jit(examine, static_argnums=(2, 3), compiler_options=COMPILE_QUICKLY)
SAMPLE = jax.jit(lambda of, *given: of.task.sample(*given), compiler_options=COMPILE_QUICKLY)
APPLY = jax.jit(lambda of, *given: of.network.apply(*given), compiler_options=COMPILE_QUICKLY)


def history(of: Training, presentations: int) -> list[TrainingState]:
    """The state before the first presentation and after each."""
    states = [start(of)]
    for _ in range(presentations):
        states.append(STEP(of, states[-1])[0])
    return states


def lane(tree: Any, index: int | slice) -> Any:
    """One lane, or several, of every array."""
    return jax.tree.map(lambda leaf: leaf[..., index], tree)


def same(a: Any, b: Any) -> bool:
    """Whether two trees are equal to the bit."""
    return all(np.array_equal(x, y) for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True))


def one_by_one(of: Training, state: TrainingState, sequences: int, index: int) -> list[Sequence]:
    """The sequences of a lane's examination, each without lanes."""
    if isinstance(of.task, FiniteTask):
        shown = of.task.examination(*lane(state.data, index))
        return [lane(shown, i) for i in range(shown.length.shape[0])]
    key = jax.random.fold_in(jax.random.fold_in(state.key[index], EXAMINATIONS), state.clock)
    return [SAMPLE(of, jax.random.fold_in(key, i)) for i in range(sequences)]


@pytest.mark.slow
def test_an_examination_ends_when_every_running_lane_has_failed():
    state = start(NOISE)
    whole = EXAMINE(NOISE, state, 3 * TOGETHER, 3 * TOGETHER + 1)
    fewest = int(np.argmin(whole.wrong))
    assert int(whole.wrong[fewest]) < TOGETHER < int(np.sort(whole.wrong)[1])
    # One lane stays below the bound: everything is shown.
    assert same(EXAMINE(NOISE, state, 3 * TOGETHER, int(whole.wrong[fewest]) + 1), whole)
    # It holds nobody up when it does not run: the first lot is enough.
    others = state._replace(running=jnp.arange(LANES) != fewest)
    found = np.asarray(EXAMINE(NOISE, others, 3 * TOGETHER, 1).wrong)[np.asarray(others.running)]
    assert (found >= 1).all()
    assert (found <= TOGETHER).all()


MANY = TOGETHER + 9
"""More than are shown together, and no multiple of it."""
EXAMINED = {
    "reber": REBER,
    "reber, many": dataclasses.replace(REBER, task=EmbeddedReber(training_strings=MANY - 4, test_strings=4, pairs=3)),
    "order": ORDER,
    "noise": NOISE,
    "symbols": SYMBOLS,
    "growing": GROWING,
}


@pytest.mark.slow
@pytest.mark.parametrize("of", EXAMINED.values(), ids=EXAMINED)
def test_an_examination_shows_sequences_one_by_one_to_each_lanes_own_weights(of):
    state = start(of)._replace(clock=jnp.int32(12))
    if of is GROWING:
        construction = state.memory.construction._replace(joined=jnp.array([False, True, False]))
        state = state._replace(memory=state.memory._replace(construction=construction))
    found = EXAMINE(of, state, MANY, 100)
    wrong, errors = np.zeros(LANES, int), np.zeros(LANES)
    for i in range(LANES):
        weights = lane(state.weights, i)
        if of is GROWING and not bool(state.memory.construction.joined[i]):
            weights = weights._replace(output=weights.output._replace(hidden=jnp.zeros_like(weights.output.hidden)))
        sequences = one_by_one(of, state, MANY, i)
        assert len(sequences) == (9 if of is REBER else MANY)
        for sequence in sequences:
            outputs = APPLY(of, weights, sequence)
            wrong[i] += not bool(of.task.correct(outputs, sequence))
            wanted = sequence.targets if sequence.expected is None else sequence.expected
            difference = np.abs(np.asarray(outputs - wanted))
            if sequence.target_mask is not None:
                difference = difference[np.asarray(sequence.target_mask)]
            errors[i] += difference.mean() / len(sequences)
    np.testing.assert_array_equal(found.wrong, wrong)
    np.testing.assert_allclose(found.error, errors, rtol=1e-5)
    assert len(set(np.round(errors, 4))) == LANES
    if not isinstance(of.task, FiniteTask):  # where untrained nets get no string right
        assert 0 < wrong.sum() < MANY * LANES


@pytest.mark.slow
def test_every_examination_shows_other_sequences():
    state = start(NOISE)
    first, again, later = (
        np.asarray(EXAMINE(NOISE, state._replace(clock=jnp.int32(n)), 5, 100).error) for n in (7, 7, 8)
    )
    np.testing.assert_array_equal(first, again)
    assert np.all(first != later)


@pytest.mark.slow
def test_an_examination_sees_the_weights_after_the_change():
    bounds = (0.25, 0.22)
    of = dataclasses.replace(
        REBER, criterion=Examination(sequences=9, fewer_wrong_than=(10, 10), mean_error_below=bounds, interval=3)
    )
    states = history(of, 60)
    errors = np.array([EXAMINE(of, states[i], 9, 100).error for i in range(3, 61, 3)])
    below = [errors < bound for bound in bounds]
    solved_at = [np.where(met.any(axis=0), 3 * (np.argmax(met, axis=0) + 1), 0) for met in below]
    # There is a first stage and a last one, later in some lane, and the first examination does not yet meet it.
    assert np.all(solved_at[0] > 0)
    assert np.any(solved_at[1] > solved_at[0])
    assert np.any(solved_at[0] > 3)
    np.testing.assert_array_equal(states[-1].solved_at, solved_at)


@pytest.mark.slow
def test_a_trial_is_tested_on_its_own_strings():
    state, test = start(REBER), jax.jit(training.test, static_argnums=4)
    found = EXAMINE(REBER, state, 11, 100)
    assert len(set(np.asarray(found.error).tolist())) == LANES
    for i in range(LANES):
        weights = lane(state.weights, i)
        results = test(REBER, weights, jax.random.key(0), lane(state.data, i), 1)
        assert int(results["wrong"]) == int(found.wrong[i])
        assert float(results["mean_absolute_error"]) == pytest.approx(float(found.error[i]), rel=1e-5)
        squares = []
        for sequence in one_by_one(REBER, state, 1, i):
            assert sequence.expected is not None
            difference = np.asarray(APPLY(REBER, weights, sequence) - sequence.expected)
            squares.append(np.mean(difference[np.asarray(sequence.target_mask)] ** 2))
        assert float(results["mean_squared_error"]) == pytest.approx(np.mean(squares), rel=1e-5)


@pytest.mark.slow
def test_a_trial_runs_on_its_own_strings():
    """Lanes re-run one by one in plain Python, each on the strings of its trial's number."""
    of, task = dataclasses.replace(REBER, criterion=Window(size=100, fewer_wrong_than=(1,))), REBER.task
    assert isinstance(task, FiniteTask)
    over, numbers = lanes.mesh((0,)), np.array([4, 5, 7])
    placed, state = lanes.begin(arrays(of, numbers.shape), 3, numbers, over)
    before = jax.tree.map(np.asarray, state.weights)
    state, sums = lanes.advance(placed, state, 25, over)
    compute = jax.jit(partial(truncated_by_autodiff, of.network), compiler_options=COMPILE_QUICKLY)
    shown = []
    for i, number in enumerate(numbers):
        (strings,) = lane(task.data(3, numbers[i : i + 1]), 0)
        weights, error = lane(before, i), 0.0
        shown.append(set())
        for n in range(25):
            sequence = SAMPLE(of, jax.random.fold_in(state.key[i], n), strings)
            shown[i].add(tuple(np.asarray(sequence.inputs).tolist()))
            gradient, outputs = compute(weights, sequence)
            weights = jax.tree.map(lambda w, g: w - jnp.float32(0.5) * g, weights, gradient)
            assert sequence.expected is not None
            difference = np.abs(np.asarray(outputs - sequence.expected))[np.asarray(sequence.target_mask)]
            error += difference.mean()
        assert len(shown[i]) > 1, number
        assert float(sums.error[i]) == pytest.approx(error, rel=1e-4)
        for got, want in zip(jax.tree.leaves(state.weights), jax.tree.leaves(weights), strict=True):
            np.testing.assert_allclose(np.asarray(got)[..., i], want, rtol=2e-4, atol=1e-5)
    # Trials 4 and 7 share a pair of sets, trial 5 has another.
    data = lane(state.data, slice(0, LANES))
    assert same(lane(data, 0), lane(data, 2))
    assert not same(lane(data, 0), lane(data, 1))


@pytest.mark.slow
@pytest.mark.parametrize("of", [SYMBOLS, GROWING], ids=["whole", "growing"])
def test_lanes_end_at_their_last_stage_and_keep_the_weights_of_the_moment_each_was_first_met(of):
    times = ((2, 3, 5), (5, 4, 3))
    states = history(dataclasses.replace(of, criterion=Timed(times)), 9)
    end = states[-1]
    # The third lane has ended before its first stage could be met.
    np.testing.assert_array_equal(end.solved_at, np.array([[2, 3, 0], [5, 4, 3]]))
    for n, state in enumerate(states):
        np.testing.assert_array_equal(state.running, n < np.array(times[1]))
    for i in range(LANES):
        assert same(lane(end.weights, i), lane(states[times[1][i]].weights, i))
        for n in range(times[1][i]):
            assert not same(lane(states[n].weights, i), lane(states[n + 1].weights, i))
        for stage, solution in enumerate(end.solutions):
            at = times[stage][i] if bool(end.solved_at[stage, i] > 0) else 0
            wanted = lane(states[at].weights, i)
            if at and of is GROWING and not bool(states[at].memory.construction.joined[i]):
                wanted = wanted._replace(output=wanted.output._replace(hidden=jnp.zeros_like(wanted.output.hidden)))
            assert same(lane(solution, i), wanted)


@pytest.mark.slow
def test_cells_do_not_join_a_net_that_has_ended():
    times = (1, 2, 0)
    states = history(dataclasses.replace(GROWING, criterion=Timed((times,))), 20)
    assert bool(states[-1].memory.construction.joined[2])
    for i, at in enumerate(times[:2]):
        assert not bool(states[at].memory.construction.joined[i])
        assert not bool(states[-1].memory.construction.joined[i])


@pytest.mark.slow
@pytest.mark.parametrize("weight_change", ["sequence", "step"])
def test_cells_learn_from_when_they_have_joined(weight_change):
    learner = dataclasses.replace(LEARNER, weight_change=weight_change, construction=Construction(interval=2))
    of = dataclasses.replace(SYMBOLS, learner=learner)
    states = history(of, 12)
    counts = [0, 0]
    for before, after in itertools.pairwise(states):
        for i in range(LANES):
            old, new = lane(before.weights, i), lane(after.weights, i)
            joined = bool(before.memory.construction.joined[i])
            counts[joined] += 1
            assert not np.array_equal(old.output.input, new.output.input)
            for a, b in (
                (old.output.hidden, new.output.hidden),
                (old.hidden.cell.input, new.hidden.cell.input),
                (old.hidden.input_gate.input, new.hidden.input_gate.input),
            ):
                assert np.array_equal(a, b) != joined
    assert min(counts) >= LANES
