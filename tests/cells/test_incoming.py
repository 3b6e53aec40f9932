"""A symbol is a one-hot vector, and `outer` is the derivative of `net_input` by its weights."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.cells.incoming import LARGE_ALPHABET, Incoming, Sources, accumulate, net_input, outer
from tests.gradients.cases import COMPILE_QUICKLY

pytestmark = pytest.mark.usefixtures("float64")

UNITS, INPUTS, HIDDEN = 3, 5, 4
NET_INPUT, OUTER, ACCUMULATE = (
    jax.jit(function, compiler_options=COMPILE_QUICKLY) for function in (net_input, outer, accumulate)
)
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
    np.testing.assert_allclose(NET_INPUT(weights, given), wanted, rtol=1e-12)


@pytest.mark.parametrize("lanes", LANES)
def test_a_symbol_is_a_one_hot_vector(lanes):
    weights = draw(lanes, GROUPS["all sources"])
    coefficient = jnp.asarray(np.random.default_rng(3).normal(size=(UNITS, *lanes)))
    as_symbol, as_vector = symbols(lanes)
    np.testing.assert_allclose(NET_INPUT(weights, as_symbol), NET_INPUT(weights, as_vector), rtol=1e-12)
    jax.tree.map(
        np.testing.assert_array_equal,
        OUTER(weights, coefficient, as_symbol),
        OUTER(weights, coefficient, as_vector),
    )


def test_one_network_reads_many_symbols():
    weights = draw((1,), GROUPS["all sources"])
    as_symbol, as_vector = symbols((6,))
    np.testing.assert_allclose(NET_INPUT(weights, as_symbol), NET_INPUT(weights, as_vector), rtol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("sources", GROUPS.values(), ids=GROUPS)
def test_outer_is_the_derivative_of_the_net_input(sources, lanes):
    weights, given = draw(lanes, sources), activations(lanes)
    coefficient = jnp.asarray(np.random.default_rng(3).normal(size=(UNITS, *lanes)))

    @partial(jax.jit, compiler_options=COMPILE_QUICKLY)
    def computed(weights, coefficient, given):
        derivative = jax.grad(lambda w: jnp.sum(coefficient * net_input(w, given)))(weights)
        return derivative, outer(weights, coefficient, given), accumulate(weights, coefficient, given)

    derivative, change, total = computed(weights, coefficient, given)
    assert jax.tree.structure(change) == jax.tree.structure(derivative)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12), change, derivative)
    added = jax.tree.map(lambda w, b: np.asarray(w) + np.asarray(b), weights, derivative)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12), total, added)


@pytest.mark.slow
@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("sources", [GROUPS["all sources"], GROUPS["inputs only"]], ids=["all sources", "inputs only"])
@pytest.mark.parametrize("alphabet", [LARGE_ALPHABET - 1, LARGE_ALPHABET, LARGE_ALPHABET + 9])
def test_large_alphabets_accumulate_as_one_hot_vectors_do(alphabet, sources, lanes):
    rng = np.random.default_rng(4)
    shapes = {"input": (UNITS, alphabet), "hidden": (UNITS, HIDDEN), "bias": (UNITS,)}
    before = {name: rng.normal(size=(*shapes[name], *lanes)) for name in sources}
    coefficient = rng.normal(size=(UNITS, *lanes))
    hidden = rng.normal(size=(HIDDEN, *lanes))
    # First and last symbol of the alphabet, and others.
    symbol = np.resize([alphabet - 1, 0, 3, alphabet // 2, alphabet - 1], lanes)
    one_hot = (np.arange(alphabet).reshape(-1, *(1,) * len(lanes)) == symbol).astype(np.float64)
    change = {"input": coefficient[:, None] * one_hot, "hidden": coefficient[:, None] * hidden, "bias": coefficient}

    total = Incoming(**{name: jnp.asarray(before[name]) if name in sources else None for name in shapes})
    after = ACCUMULATE(total, jnp.asarray(coefficient), Sources(jnp.asarray(symbol), jnp.asarray(hidden)))
    for name in shapes:
        if name in sources:
            np.testing.assert_array_equal(getattr(after, name), before[name] + change[name], err_msg=name)
        else:
            assert getattr(after, name) is None


def test_a_large_alphabets_total_is_spread_over_the_lanes_of_the_symbols():
    rng = np.random.default_rng(5)
    before = rng.normal(size=(UNITS, LARGE_ALPHABET, 1))
    coefficient, symbol = rng.normal(size=(UNITS, 6)), rng.integers(0, LARGE_ALPHABET, 6)
    total = Incoming(jnp.asarray(before), None, None)
    after = ACCUMULATE(total, jnp.asarray(coefficient), Sources(jnp.asarray(symbol), None))
    one_hot = np.arange(LARGE_ALPHABET)[:, None] == symbol
    np.testing.assert_array_equal(after.input, before + coefficient[:, None] * one_hot)


def cost(add, alphabet: int, lanes: tuple[int, ...]) -> tuple[float, float]:
    """Arithmetic operations, and bytes read or written, of a loop that adds up in place."""
    total = Incoming(jnp.zeros((UNITS, alphabet, *lanes)), jnp.zeros((UNITS, HIDDEN, *lanes)), None)
    hidden = jnp.zeros((HIDDEN, *lanes))

    def loop(total, coefficient, symbols):
        return jax.lax.fori_loop(0, 7, lambda t, so_far: add(so_far, coefficient, Sources(symbols[t], hidden)), total)

    given = (total, jnp.zeros((UNITS, *lanes)), jnp.zeros((7, *lanes), int))
    analysis = jax.jit(loop, donate_argnums=0).lower(*given).compile().cost_analysis()
    assert analysis is not None
    return analysis["flops"], analysis["bytes accessed"]


@pytest.mark.parametrize("lanes", [(), (8,)])
def test_cost_does_not_grow_with_a_large_alphabet(lanes):
    assert cost(accumulate, 1000, lanes) == cost(accumulate, 100, lanes)

    def dense(total, coefficient, sources):
        return jax.tree.map(jnp.add, total, outer(total, coefficient, sources))

    # What the figures say of a sum over all symbols.
    for large, small in zip(cost(dense, 1000, lanes), cost(dense, 100, lanes), strict=True):
        assert large > 5 * small
