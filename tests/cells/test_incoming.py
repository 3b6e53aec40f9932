"""A symbol is a one-hot vector, and `outer` is the derivative of `net_input` by its weights."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.cells.incoming import Incoming, Sources, accumulate, net_input, outer

pytestmark = pytest.mark.usefixtures("float64")

UNITS, INPUTS, HIDDEN = 3, 5, 4
LANES = [(), (2,), (2, 3)]
GROUPS = {
    "all sources": ("input", "hidden", "bias"),
    "no bias": ("input", "hidden"),
    "inputs only": ("input",),
    "hidden and bias": ("hidden", "bias"),
}


def draw(lanes, sources) -> Incoming:
    rng = np.random.default_rng(0)
    shapes = {"input": (UNITS, INPUTS), "hidden": (UNITS, HIDDEN), "bias": (UNITS,)}
    drawn = {name: jnp.asarray(rng.normal(size=(*shape, *lanes))) for name, shape in shapes.items()}
    return Incoming(**{name: drawn[name] if name in sources else None for name in shapes})


def activations(lanes) -> Sources:
    rng = np.random.default_rng(1)
    return Sources(*(jnp.asarray(rng.normal(size=(size, *lanes))) for size in (INPUTS, HIDDEN)))


def symbols(lanes) -> tuple[Sources, Sources]:
    """The same sources twice: with symbols, and with the one-hot vectors they stand for."""
    rng = np.random.default_rng(2)
    symbol = rng.integers(0, INPUTS, lanes)
    one_hot = np.arange(INPUTS).reshape(-1, *(1,) * len(lanes)) == symbol
    hidden = activations(lanes).hidden
    return Sources(jnp.asarray(symbol), hidden), Sources(jnp.asarray(one_hot, np.float64), hidden)


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("sources", GROUPS.values(), ids=GROUPS)
def test_net_input_is_the_weighted_sum(sources, lanes):
    weights, given = draw(lanes, sources), activations(lanes)
    wanted = np.zeros((UNITS, *lanes))
    for matrix, vector in ((weights.input, given.input), (weights.hidden, given.hidden)):
        if matrix is not None:
            wanted += np.einsum("um...,m...->u...", np.asarray(matrix), np.asarray(vector))
    if weights.bias is not None:
        wanted += weights.bias
    np.testing.assert_allclose(net_input(weights, given), wanted, rtol=1e-12)


@pytest.mark.parametrize("lanes", LANES)
def test_a_symbol_is_a_one_hot_vector(lanes):
    weights = draw(lanes, GROUPS["all sources"])
    coefficient = jnp.asarray(np.random.default_rng(3).normal(size=(UNITS, *lanes)))
    as_symbol, as_vector = symbols(lanes)
    np.testing.assert_allclose(net_input(weights, as_symbol), net_input(weights, as_vector), rtol=1e-12)
    jax.tree.map(
        np.testing.assert_array_equal,
        outer(weights, coefficient, as_symbol),
        outer(weights, coefficient, as_vector),
    )


def test_one_network_reads_many_symbols():
    weights = draw((1,), GROUPS["all sources"])
    as_symbol, as_vector = symbols((6,))
    np.testing.assert_allclose(net_input(weights, as_symbol), net_input(weights, as_vector), rtol=1e-12)


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("sources", GROUPS.values(), ids=GROUPS)
def test_outer_is_the_derivative_of_the_net_input(sources, lanes):
    weights, given = draw(lanes, sources), activations(lanes)
    coefficient = jnp.asarray(np.random.default_rng(3).normal(size=(UNITS, *lanes)))
    derivative = jax.grad(lambda w: jnp.sum(coefficient * net_input(w, given)))(weights)
    change = outer(weights, coefficient, given)
    assert jax.tree.structure(change) == jax.tree.structure(derivative)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12), change, derivative)
    total = accumulate(weights, coefficient, given)
    jax.tree.map(lambda a, w, b: np.testing.assert_allclose(a, w + b, rtol=1e-12), total, weights, derivative)
