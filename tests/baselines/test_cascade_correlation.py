"""Recurrent cascade-correlation, epoch by epoch, against a transcription in NumPy."""

import itertools
from functools import cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.baselines import CascadeCorrelation, quickprop
from lstm_jax.baselines.cascade_correlation import CascadeWeights, Memory, Units
from lstm_jax.tasks import EmbeddedReber
from lstm_jax.types import Sequence
from tests.gradients.cases import COMPILE_QUICKLY, lane
from tests.references import cascade_correlation as reference

pytestmark = pytest.mark.usefixtures("float64")

NETWORK = CascadeCorrelation(inputs=7, outputs=7, max_units=3, candidates=4, patience=3, decay=0.1)
TASK = EmbeddedReber(training_strings=6, test_strings=2)
INSTALLED = np.array([0, 2, 3])
LANES = len(INSTALLED)
RATE = np.array([0.5, 1.0, 2.0])


@cache
def strings() -> Sequence:
    with jax.enable_x64(False):
        drawn = jax.tree.map(np.asarray, TASK.training(*jax.tree.map(jnp.asarray, TASK.data(0, np.arange(LANES)))))
    return jax.tree.map(jnp.asarray, drawn._replace(targets=drawn.targets.astype(np.float64)))


def of_lane(i: int) -> list[tuple[Any, Any]]:
    """A lane's strings one by one, without padding."""
    s = jax.tree.map(np.asarray, strings())
    lengths = s.length[:, i]
    return [(s.inputs[:n, j, i], s.targets[:n, :, j, i]) for j, n in enumerate(lengths)]


def make() -> tuple[CascadeWeights, Memory]:
    """Random nets with `INSTALLED` hidden units, and random candidates without a past."""
    rng = np.random.default_rng(3)
    sources = 1 + 7 + 3
    there = np.arange(sources)[:, None] < 8 + INSTALLED
    before = np.arange(sources)[None] < 8 + np.arange(3)[:, None]
    units = np.arange(3)[:, None] < INSTALLED

    def normal(*shape, where):
        return jnp.asarray(rng.normal(size=(*shape, LANES)) * where)

    hidden = Units(normal(3, sources, where=before[..., None] * units[:, None]), normal(3, where=units))
    weights = CascadeWeights(hidden, normal(7, sources, where=there))
    candidates = Units(normal(4, sources, where=there), normal(4, where=True))
    memory = NETWORK.begin(weights)._replace(
        installed=jnp.asarray(INSTALLED, jnp.int32),
        candidates=candidates,
        candidates_past=quickprop.start(candidates),
    )
    return weights, memory


@cache
def compiled(network: CascadeCorrelation):
    learn = partial(jax.jit, compiler_options=COMPILE_QUICKLY)(network.learn)
    keys = jax.random.split(jax.random.key(0), LANES)
    return lambda weights, memory, n=0: learn(
        weights, memory, strings(), jax.vmap(partial(jax.random.fold_in, data=n))(keys), RATE, np.ones(LANES)
    )


def shown(weights: CascadeWeights, i: int) -> reference.Shown:
    return reference.show(NETWORK, lane(weights, i), of_lane(i))


def scores(weights: CascadeWeights, candidates: Units, i: int) -> list[reference.Score]:
    of = shown(weights, i)
    sources, recurrent = (np.asarray(part)[..., i] for part in candidates)
    return [reference.score(s, r, of) for s, r in zip(sources, recurrent, strict=True)]


@pytest.mark.slow
def test_outputs_are_the_transcription():
    weights, _ = make()
    one_for_all = jax.tree.map(lambda w: w[..., None, :], weights)
    outputs = NETWORK.apply(one_for_all, strings())
    for i in range(LANES):
        for j, wanted in enumerate(shown(weights, i).outputs):
            np.testing.assert_allclose(outputs[: len(wanted), :, j, i], wanted, rtol=1e-12)


@pytest.mark.slow
def test_output_weights_descend_the_error():
    weights, memory = make()
    new, _, outputs = compiled(NETWORK)(weights, memory)
    for i in range(LANES):
        of = shown(weights, i)
        slopes = reference.output_slopes(NETWORK, lane(weights, i), of)
        available = np.arange(slopes.shape[1]) < 8 + INSTALLED[i]
        change = np.asarray(new.output - weights.output)[..., i]
        np.testing.assert_allclose(change, -RATE[i] * slopes * available, rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(outputs[: len(of.outputs[0]), :, 0, i], of.outputs[0], rtol=1e-12)
    jax.tree.map(np.testing.assert_array_equal, new.hidden, weights.hidden)


@pytest.mark.slow
def test_candidates_climb_the_covariance():
    """The derivative that is carried forward in the transcription is the one that is climbed here."""
    weights, memory = make()
    _, new, _ = compiled(NETWORK)(weights, memory._replace(choosing=jnp.ones(LANES, bool)))
    changes = jax.tree.map(lambda a, b: np.asarray(a - b) / RATE, new.candidates, memory.candidates)
    for i in range(LANES):
        available = np.arange(11) < 8 + INSTALLED[i]
        for c, wanted in enumerate(scores(weights, memory.candidates, i)):
            np.testing.assert_allclose(changes.sources[c, :, i], wanted.by_sources * available, rtol=1e-8, atol=1e-13)
            np.testing.assert_allclose(changes.recurrent[c, i], wanted.by_recurrent, rtol=1e-8, atol=1e-13)


def test_the_derivative_of_the_covariance_is_a_central_difference():
    weights, memory = make()
    of = shown(weights, 1)
    sources, recurrent = (np.asarray(part)[0, ..., 1] for part in memory.candidates)
    derivative = reference.score(sources, float(recurrent), of)
    step = np.finfo(np.float64).eps ** (1 / 3)
    wanted = []
    for moved in step * np.eye(len(sources) + 1):
        above, below = (
            reference.score(sources + sign * moved[:-1], float(recurrent + sign * moved[-1]), of).score
            for sign in (1, -1)
        )
        wanted.append((above - below) / (2 * step))
    actual = np.append(derivative.by_sources, derivative.by_recurrent)
    assert np.max(np.abs(actual - wanted)) <= 1e-6 * np.max(np.abs(wanted))


@pytest.mark.slow
def test_the_best_candidate_is_installed_and_starts_against_the_errors():
    weights, memory = make()
    reference_scores = [scores(weights, memory.candidates, i) for i in range(LANES)]
    # The last epoch of patience: nothing has changed since the score was this.
    best = np.array([max(one.score for one in of) for of in reference_scores])
    waiting = memory._replace(
        choosing=jnp.ones(LANES, bool),
        reference=jnp.asarray(best),
        patience=jnp.full(LANES, NETWORK.patience - 1, jnp.int32),
        installed=jnp.minimum(memory.installed, 2),
    )
    new, after, _ = compiled(NETWORK)(weights, waiting)
    assert not np.any(after.choosing)
    np.testing.assert_array_equal(after.installed, waiting.installed + 1)
    for i, place in enumerate(np.asarray(waiting.installed)):
        c = int(np.argmax([one.score for one in reference_scores[i]]))
        np.testing.assert_array_equal(new.hidden.sources[place, :, i], memory.candidates.sources[c, :, i])
        np.testing.assert_array_equal(new.hidden.recurrent[place, i], memory.candidates.recurrent[c, i])
        np.testing.assert_allclose(
            new.output[:, 8 + place, i], -reference_scores[i][c].covariances, rtol=1e-9, atol=1e-15
        )
        others = np.arange(11) != 8 + place
        np.testing.assert_array_equal(new.output[:, others, i], weights.output[:, others, i])


@cache
def course(epochs: int = 120) -> list[tuple[CascadeWeights, Memory]]:
    """Nets that grow from nothing."""
    keys = jax.random.split(jax.random.key(1), LANES)
    weights = NETWORK.init(keys, jnp.ones(LANES, jnp.float64))
    states = [(weights, NETWORK.begin(weights))]
    for n in range(epochs):
        states.append(compiled(NETWORK)(*states[-1], n)[:2])
    return jax.tree.map(np.asarray, states)


@pytest.mark.slow
def test_only_one_part_learns_at_a_time_and_installed_units_are_frozen():
    states = course()
    assert np.all(states[-1][1].installed == NETWORK.max_units)
    for (weights, memory), (new, after) in itertools.pairwise(states):
        for i in range(LANES):
            there = memory.installed[i]
            np.testing.assert_array_equal(new.hidden.sources[:there, :, i], weights.hidden.sources[:there, :, i])
            np.testing.assert_array_equal(new.hidden.recurrent[:there, i], weights.hidden.recurrent[:there, i])
            # What is not there has no weights, into or from it.
            assert not np.any(new.hidden.sources[after.installed[i] :, :, i])
            assert not np.any(new.output[:, 8 + after.installed[i] :, i])
            grew = after.installed[i] != there
            assert np.any(new.output[..., i] != weights.output[..., i]) == (grew or not memory.choosing[i])
            assert after.choosing[i] or memory.choosing[i] == grew


@pytest.mark.slow
def test_a_phase_ends_when_its_measure_stands_still_for_as_long_as_patience_lasts():
    states = course()
    for i in range(LANES):
        reference_measure, patience = 0.0, 0
        for (weights, memory), (_, after) in itertools.pairwise(states):
            if memory.choosing[i]:
                measure = max(one.score for one in scores(weights, memory.candidates, i))
            else:
                measure = sum(np.sum(errors**2) for errors in shown(weights, i).errors)
            enough = NETWORK.candidate_change if memory.choosing[i] else NETWORK.output_change
            if abs(measure - reference_measure) > enough * reference_measure:
                reference_measure, patience = measure, 0
            else:
                patience += 1
            over = patience == NETWORK.patience and (memory.choosing[i] or memory.installed[i] < NETWORK.max_units)
            assert (after.choosing[i] != memory.choosing[i]) == over
            if over:
                reference_measure, patience = 0.0, 0


def test_weights_of_a_net_grown_to_the_full():
    """7 inputs and outputs, 9 hidden units: 9 units with a bias, themselves and all before them; outputs see all."""
    network = CascadeCorrelation(inputs=7, outputs=7, max_units=9)
    assert network.weight_count == 9 * (7 + 1 + 1) + 9 * 8 // 2 + 7 * (7 + 1 + 9) == 236
