"""The two nets of the sequence chunker, against a transcription in NumPy and against central differences."""

import itertools
from dataclasses import replace
from functools import cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.baselines import Chunker
from lstm_jax.baselines.chunker import ChunkerWeights, gradient
from lstm_jax.types import Sequence
from tests.gradients.cases import COMPILE_QUICKLY, lane
from tests.references import chunker as reference

pytestmark = pytest.mark.usefixtures("float64")

TIME = 12
SYMBOLS = 5
LENGTHS = (12, 7, 1)


def chunker(**settings: Any) -> Chunker:
    return Chunker(inputs=SYMBOLS, outputs=SYMBOLS, **{"tolerance": 0.8, **settings})


NETWORKS = {
    "one unit each": chunker(),
    "several units": chunker(units=3, chunker_units=2, state="units and outputs", chunker_outputs_see_inputs=True),
    "all steps back": chunker(units=2, horizon=TIME),
    "one step back, never surprised": chunker(tolerance=2.0, horizon=1, chunker_outputs_see_inputs=True),
    "always surprised": chunker(tolerance=1e-6, state="units and outputs"),
}
SURPRISES = {"one step back, never surprised": (0, 0), "always surprised": (sum(LENGTHS), sum(LENGTHS))}
"""The fewest and the most that each case should have; the others mix predicted and unpredicted symbols."""


class Case(NamedTuple):
    weights: ChunkerWeights
    sequence: Sequence


def make(network: Chunker, lanes: int = len(LENGTHS)) -> Case:
    """Weights from -2 to 2 and random strings, a lane for each of `LENGTHS`; the last symbol is a target only."""
    rng = np.random.default_rng(0)
    structure = jax.eval_shape(network.init, jax.random.key(0), jnp.float32(1))
    weights = jax.tree.map(lambda leaf: jnp.asarray(rng.uniform(-2, 2, (*leaf.shape, lanes))), structure)
    symbols = rng.integers(0, SYMBOLS, (TIME + 1, lanes))
    length = np.resize(LENGTHS, lanes)
    targets = (symbols[1:, None] == np.arange(SYMBOLS)[:, None]).astype(float)
    mask = np.arange(TIME)[:, None] < length
    return Case(weights, Sequence(*map(jnp.asarray, (symbols[:-1], targets, length, mask))))


@cache
def compiled(network: Chunker):
    return jax.jit(partial(gradient, network), compiler_options=COMPILE_QUICKLY)


def parts(weights: Any) -> reference.Net:
    return reference.net(weights)


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_both_nets_are_the_transcription(name):
    network = NETWORKS[name]
    case = make(network)
    gradients, outputs = compiled(network)(*case)
    surprises = 0
    for i, length in enumerate(LENGTHS):
        weights, sequence = lane(case, i)
        wanted = reference.present(network, weights, sequence.inputs[:length], sequence.targets[:length])
        np.testing.assert_allclose(outputs[:length, :, i], wanted.outputs, rtol=1e-12)
        for net in ("automatizer", "chunker"):
            actual = parts(lane(getattr(gradients, net), i))
            for a, b in zip(actual, getattr(wanted, net), strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
        surprises += len(wanted.shown) - 1
    fewest, most = SURPRISES.get(name, (2, sum(LENGTHS) - 2))
    assert fewest <= surprises <= most


@pytest.mark.slow
def test_predictions_are_those_of_the_automatizer_alone():
    network = NETWORKS["several units"]
    weights, sequence = make(network)
    _, outputs = compiled(network)(weights, sequence)
    other = weights._replace(chunker=jax.tree.map(jnp.zeros_like, weights.chunker))
    alone = network.apply(other, sequence)
    shown = np.asarray(sequence.target_mask)[:, None]
    np.testing.assert_allclose(np.where(shown, outputs, 0), np.where(shown, alone, 0), rtol=1e-12)
    at_the_end = network.apply(other, sequence._replace(targets=sequence.targets[0], target_mask=None))
    for i, length in enumerate(LENGTHS):
        np.testing.assert_allclose(at_the_end[:, i], alone[length - 1, :, i], rtol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["all steps back", "always surprised"])
@pytest.mark.parametrize("net", ["automatizer", "chunker"])
def test_with_a_long_horizon_each_nets_gradient_is_a_central_difference(name, net):
    """Of the sums of squares that the transcription accumulates, the other net and A's surprises held as they are."""
    network = replace(NETWORKS[name], horizon=TIME)
    weights, sequence = lane(make(network), slice(0, 1))
    gradients = getattr(compiled(network)(weights, sequence)[0], net)
    plain, symbols, targets = lane((weights, sequence.inputs, sequence.targets), 0)
    own = parts(getattr(plain, net))
    constants = _constants(network, plain, symbols, targets)
    step = np.finfo(np.float64).eps ** (1 / 3)
    for name_of_part, actual in zip(own._fields, parts(lane(gradients, 0)), strict=True):
        part = getattr(own, name_of_part)
        wanted = np.zeros_like(part)
        if name_of_part == "u_in" and net == "chunker":
            continue  # C's outputs do not see its inputs
        for index in np.ndindex(*part.shape):
            moved = np.zeros_like(part)
            moved[index] = step
            above, below = (
                _error(net, own._replace(**{name_of_part: part + sign * moved}), constants) for sign in (1, -1)
            )
            wanted[index] = (above - below) / (2 * step)
        assert np.max(np.abs(actual - wanted)) <= 1e-6 * np.max(np.abs(wanted))


class Constants(NamedTuple):
    symbols: list[int]
    targets: np.ndarray
    """[time, outputs]: what comes next."""
    wanted_of_a: np.ndarray
    """[time, all outputs]"""
    shown: list[int]
    """As in `reference.Result`."""


def _constants(network: Chunker, weights, symbols, targets) -> Constants:
    shown = reference.present(network, weights, symbols, targets).shown
    c = parts(weights.chunker)
    state, tick, wanted = np.zeros(network.chunker_units), None, []
    for t, symbol in enumerate(np.asarray(symbols).tolist()):
        if t in shown:
            state = reference.f(c.w[:, symbol] + c.v @ state)
            tick = symbol
        expected = [reference.f(c.u_in[:, tick] + c.u @ state)] if network.state == "units and outputs" else []
        wanted.append(np.concatenate([targets[t], state, *expected]))
    return Constants(np.asarray(symbols).tolist(), np.asarray(targets), np.array(wanted), shown)


def _error(net: str, weights: reference.Net, constants: Constants) -> float:
    """E/2 of one net."""
    y, total = np.zeros(len(weights.v)), 0.0
    times = range(len(constants.symbols) + 1) if net == "automatizer" else constants.shown
    for t, following in itertools.pairwise(times):
        symbol = constants.symbols[t]
        y = reference.f(weights.w[:, symbol] + weights.v @ y)
        outputs = reference.f(weights.u_in[:, symbol] + weights.u @ y)
        if net == "automatizer":
            total += np.sum((outputs - constants.wanted_of_a[t]) ** 2) / 2
        else:
            total += np.sum((outputs - constants.targets[following - 1]) ** 2) / 2
    return total
