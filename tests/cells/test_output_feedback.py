"""A1, A2 and A2 without own connections: against units computed one by one in NumPy, and their numbers of weights."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.cells import OutputFeedback
from lstm_jax.configuration import build
from lstm_jax.errors import InputError
from lstm_jax.networks import Network
from lstm_jax.types import Sequence
from tests.references import small_nets

CELLS = {
    "a1": OutputFeedback(inputs=1, hidden=1),
    "a1, n = 3": OutputFeedback(inputs=1, hidden=3),
    "a2": OutputFeedback(inputs=1, hidden=10, connections="own", output_bias="random"),
    "a2_no_self": OutputFeedback(inputs=1, hidden=10, connections="none", output_bias="random"),
}

WEIGHTS = {
    "a1": (1 + 1 + 1 + 1) + (1 + 1 + 1),
    "a1, n = 3": 3 * (1 + 1 + 3 + 1) + (1 + 3 + 1),
    "a2": 10 * (1 + 1 + 1 + 1) + (1 + 10 + 1),
    "a2_no_self": 10 * (1 + 1 + 1) + (1 + 10 + 1),
}
"""Into each hidden unit and into the output unit: from the input, the units, the bias."""


def network(cell: OutputFeedback) -> Network:
    return Network(cell=cell, outputs=cell.outputs, output_layer=False)


@pytest.mark.parametrize("name", CELLS)
def test_number_of_weights(name):
    cell = CELLS[name]
    assert network(cell).weight_count == WEIGHTS[name]
    weights = jax.eval_shape(network(cell).init, jax.random.key(0), jnp.float32(1))
    assert sum(leaf.size for leaf in jax.tree.leaves(weights)) == WEIGHTS[name]


@pytest.mark.slow
@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("name", CELLS)
def test_outputs_are_those_of_units_computed_one_by_one(name):
    cell = CELLS[name]
    weights = jax.jit(network(cell).init)(jax.random.split(jax.random.key(1), 20), jnp.full(20, 3.0))
    line = np.random.default_rng(0).normal(size=12)
    padded = jnp.asarray(np.concatenate([line, [7.0, 7.0]]))[:, None, None]
    sequence = Sequence(padded, jnp.zeros((1, 1)), jnp.array([12]))
    outputs = jax.jit(network(cell).apply)(weights, sequence)
    wanted = small_nets.output_feedback(cell, weights.hidden, line)
    np.testing.assert_allclose(outputs[0], wanted, rtol=1e-10)
    assert np.ptp(wanted) > 0.5


@pytest.mark.slow
@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("connections", ["all", "own", "none"])
def test_a_symbol_is_a_one_hot_vector(connections):
    cell = OutputFeedback(inputs=4, hidden=3, outputs=2, connections=connections, output_bias="random")
    weights = jax.jit(network(cell).init)(jax.random.key(2), jnp.float64(2))
    apply = jax.jit(network(cell).apply)
    symbols = jnp.array([3, 0, 2, 2, 1])
    targets, length = jnp.zeros(2), jnp.int32(5)
    by_symbol = apply(weights, Sequence(symbols, targets, length))
    by_vector = apply(weights, Sequence(jax.nn.one_hot(symbols, 4), targets, length))
    np.testing.assert_allclose(by_symbol, by_vector, rtol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("connections", ["all", "own", "none"])
def test_the_truncated_gradient_stops_at_previous_activations(connections):
    cell = OutputFeedback(inputs=1, hidden=3, connections=connections)
    weights = jax.jit(cell.init)(jax.random.key(3), jnp.float32(1))
    before = jax.tree.map(lambda leaf: leaf + 0.5, cell.initial_carry((), jnp.dtype("float32")))

    def output(previous, truncate):
        return cell.step(weights, previous, jnp.ones(1), truncate)[1][0]

    assert not any(np.any(leaf) for leaf in jax.tree.leaves(jax.grad(output)(before, True)))
    assert np.any(jax.grad(output)(before, False).output)


@pytest.mark.parametrize(("name", "value"), [("hidden", 0), ("connections", "some"), ("outputs", 0), ("bias", [1.0])])
def test_bad_settings_are_refused(name, value):
    with pytest.raises(InputError) as error:
        build(OutputFeedback, {"inputs": 1, "hidden": 3, name: value}, "network.cell")
    assert name in str(error.value)
