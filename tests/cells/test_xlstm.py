"""sLSTM and mLSTM against the equations of Beck et al. (2024), and mLSTM's two forms against each other."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from lstm_jax.cells import GRU, MLSTM, SLSTM
from lstm_jax.errors import InputError
from lstm_jax.networks.recurrent import recurrent
from tests.gradients.cases import COMPILE_QUICKLY
from tests.references import xlstm

GATES = {"input_gate": "i", "forget_gate": "f", "output_gate": "o", "cell": "z", "query": "q", "key": "k", "value": "v"}

pytestmark = pytest.mark.usefixtures("float64")


@partial(jax.jit, static_argnums=0, compiler_options=COMPILE_QUICKLY)
def begun(cell):
    keys = jax.random.split(jax.random.key(1))
    weights = jax.tree.map(lambda w: w.astype(jnp.float64), cell.init(keys[0], jnp.float32(1.5)))
    return weights, 2 * jax.random.normal(keys[1], (12, cell.inputs))


def published(weights) -> dict[str, np.ndarray]:
    named = {}
    for name, w in weights._asdict().items():
        parts = (("W", w.input), ("R", w.hidden), ("b", w.bias))
        named |= {f"{part}_{GATES[name]}": np.asarray(x) for part, x in parts if x is not None}
    return named


@pytest.mark.slow
@pytest.mark.parametrize("forget_gate", ["logistic", "exponential"])
@pytest.mark.parametrize("heads", [1, 2])
@pytest.mark.parametrize(("cell", "reference"), [(SLSTM, xlstm.slstm), (MLSTM, xlstm.mlstm)])
def test_they_follow_the_published_equations(cell, reference, heads, forget_gate):
    layer = cell(inputs=3, units=4, heads=heads, forget_gate=forget_gate)
    weights, inputs = begun(layer)
    expected = reference(published(weights), np.asarray(inputs), heads, forget_gate == "exponential")

    @partial(jax.jit, compiler_options=COMPILE_QUICKLY)
    def shown(weights, inputs):
        start = layer.initial_carry((), jnp.dtype("float64"))
        by_steps = lax.scan(lambda carry, x: layer.step(weights, carry, x), start, inputs)
        return recurrent(layer, weights, inputs)[1], by_steps[1]

    for outputs in shown(weights, inputs):
        np.testing.assert_allclose(outputs, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize(("forget_gate", "reverse"), [("logistic", False), ("exponential", True)])
def test_the_chunks_of_mlstm_are_its_steps(forget_gate, reverse):
    """With padding, resets, a carry from before and a rest of two steps, in all that is returned and its gradients."""
    cell = MLSTM(inputs=3, units=4, heads=2, forget_gate=forget_gate)
    weights, _ = begun(cell)
    inputs = 2 * jax.random.normal(jax.random.key(2), (12, 3, 3))
    start = jax.tree.map(lambda leaf: leaf[..., -1], recurrent(cell, weights, inputs)[0])
    mask, resets = np.ones((12, 3), bool), np.zeros((12, 3), bool)
    mask[:7, 0] = mask[3:5, 1] = False  # a whole chunk of padding, and some in between
    resets[[5, 7, 8], 1] = True

    def error(size, weights, inputs, start):
        settings = {"carry": start, "mask": mask, "resets": resets, "reverse": reverse, "chunk_size": size}
        result = recurrent(cell, weights, inputs, **settings)
        return sum(jnp.sum(jnp.sin(leaf)) for leaf in jax.tree.leaves(result)), result

    @partial(jax.jit, compiler_options=COMPILE_QUICKLY)
    def all_of(*given):
        return [jax.value_and_grad(partial(error, size), (0, 1, 2), has_aux=True)(*given) for size in (5, 100, None)]

    *chunks, steps = all_of(weights, inputs, start)
    for one in chunks:
        jax.tree.map(partial(np.testing.assert_allclose, rtol=1e-9, atol=1e-11), one, steps)


@pytest.mark.slow
def test_padding_alone_leaves_no_trace_in_a_chunk():
    cell = MLSTM(inputs=3, units=4)
    weights, inputs = begun(cell)
    carry, outputs = recurrent(cell, weights, inputs, mask=jnp.zeros(12, bool), chunk_size=5)
    assert not outputs.any()
    jax.tree.map(np.testing.assert_array_equal, carry, cell.initial_carry((), jnp.dtype("float64")))


LARGE_AND_SMALL = [
    {"forget_gate_bias": 5.0},
    {"forget_gate_bias": -5.0},
    {"forget_gate_bias": 8.0, "input_gate_bias": 9.0},
]


@pytest.mark.slow
@pytest.mark.parametrize("biases", LARGE_AND_SMALL)
def test_chunks_lose_no_digits_in_four_thousand_steps(biases):
    """In float32, beside float64, they are about as exact as step after step."""
    cell = MLSTM(inputs=3, units=4, heads=2, **biases)
    weights = cell.init(jax.random.key(0), jnp.float32(0.5))
    inputs = jax.random.normal(jax.random.key(1), (4000, 3, 2), jnp.float32)
    doubled = jax.tree.map(lambda leaf: leaf.astype(jnp.float64), (weights, inputs))

    @partial(jax.jit, compiler_options=COMPILE_QUICKLY)
    def all_of(narrow, wide):
        return recurrent(cell, *narrow, chunk_size=64), recurrent(cell, *narrow), recurrent(cell, *wide)

    *narrow, wide = all_of((weights, inputs), doubled)
    for chunks, steps, right in zip(*map(jax.tree.leaves, narrow), jax.tree.leaves(wide), strict=True):
        assert chunks.dtype == jnp.float32
        of_chunks, of_steps = (
            np.abs(np.asarray(x) - np.asarray(right)).max() / np.abs(right).max() for x in (chunks, steps)
        )
        assert of_chunks < 2 * of_steps + 1e-7


def test_only_cells_that_have_chunks_are_computed_in_chunks():
    cell = GRU(inputs=3, units=4)
    weights, inputs = begun(cell)
    with pytest.raises(InputError, match=r"chunk_size is 5: it should be None for GRU; MLSTM has chunks\."):
        recurrent(cell, weights, inputs, chunk_size=5)
    with pytest.raises(InputError, match=r"chunk_size is 0: it should be at least 1, or None\."):
        recurrent(cell, weights, inputs, chunk_size=0)
