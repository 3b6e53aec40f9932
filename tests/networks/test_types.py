"""With weights of 16 bits everything but the rounding of weights, inputs and outputs is as in float64."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.cells import GRU, MLSTM, Elman
from lstm_jax.errors import InputError
from lstm_jax.networks.recurrent import recurrent
from tests.cells.test_registry import INPUTS, NODES, make
from tests.gradients.cases import COMPILE_QUICKLY

HALVES = {"bfloat16": 2.0**-8, "float16": 2.0**-11}
"""Largest relative errors of rounding."""
PATHS = pytest.mark.parametrize("cell", [GRU(INPUTS, 4), Elman(INPUTS, 4)], ids=["by segments", "by steps"])


@partial(jax.jit, static_argnums=0, compiler_options=COMPILE_QUICKLY)
def show(cell, weights, inputs):
    return recurrent(cell, weights, inputs)


def of_type(dtype, tree):
    return jax.tree.map(lambda leaf: leaf.astype(dtype), tree)


def compare(cell, dtype: str, steps: int):
    """The largest error and the largest value of what is shown, beside float64 with the same weights and inputs."""
    weights = of_type(dtype, cell.init(jax.random.key(0), jnp.float32(0.7)))
    inputs = jax.random.normal(jax.random.key(1), (steps, cell.inputs, 2), jnp.float32).astype(dtype)
    carry, outputs = show(cell, weights, inputs)
    assert outputs.dtype == dtype
    assert {leaf.dtype for leaf in jax.tree.leaves(carry)} == {jnp.dtype("float32")}
    exact = np.asarray(show(cell, *of_type(jnp.float64, (weights, inputs)))[1])
    return np.max(np.abs(outputs.astype(jnp.float64) - exact)), np.max(np.abs(exact))


@pytest.mark.slow
@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("name", NODES)
def test_only_what_goes_in_and_comes_out_is_rounded(name):
    error, largest = compare(make(name), "bfloat16", 20)
    assert error < HALVES["bfloat16"] * largest


@pytest.mark.slow
@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("dtype", HALVES)
def test_a_long_memory_loses_nothing(dtype):
    """mLSTM whose gates forget little, over a thousand steps: in sums of 16 bits it would be off by a third."""
    error, largest = compare(MLSTM(INPUTS, units=8, heads=2, forget_gate_bias=5.0), dtype, 1000)
    assert error < HALVES[dtype] * largest


@pytest.mark.slow
@pytest.mark.usefixtures("float64")
@PATHS
def test_gradients_are_of_the_types_of_what_they_are_by(cell):
    weights = cell.init(jax.random.key(0), jnp.float32(0.7))
    inputs = jax.random.normal(jax.random.key(1), (9, INPUTS, 2), jnp.float32)

    def gradient(dtype):
        rounded = of_type(dtype, of_type("bfloat16", (weights, inputs)))
        by_both = jax.grad(lambda w, x: jnp.sum(recurrent(cell, w, x)[1].astype(jnp.float32)), (0, 1))
        return jax.jit(by_both, compiler_options=COMPILE_QUICKLY)(*rounded)

    for ours, exact in zip(jax.tree.leaves(gradient("bfloat16")), jax.tree.leaves(gradient("float64")), strict=True):
        assert ours.dtype == jnp.bfloat16
        assert np.max(np.abs(ours.astype(jnp.float64) - exact)) < HALVES["bfloat16"] * np.max(np.abs(exact))


@PATHS
@pytest.mark.parametrize("dtype", [np.float64, np.float16, np.int32, np.bool_])
def test_inputs_and_carries_become_what_the_weights_need(cell, dtype):
    weights = cell.init(jax.random.key(0), jnp.float32(0.7))
    inputs, start = np.ones((2, INPUTS, 1), dtype), np.ones((4, 1), dtype)
    carry, outputs = recurrent(cell, weights, inputs, carry=start)
    wanted = recurrent(cell, weights, inputs.astype(np.float32), carry=start.astype(np.float32))
    np.testing.assert_array_equal(outputs, wanted[1])
    assert outputs.dtype == carry.dtype == jnp.float32


@PATHS
@pytest.mark.parametrize(
    ("carry", "complaint"),
    [
        (np.ones((4, 3)), "the initial carry has the shape (4, 3): it should have (4, 1)."),
        ((np.ones((4, 1)), np.ones((4, 1))), "the initial carry is PyTreeDef((*, *)): it should be PyTreeDef(*)."),
    ],
)
def test_a_carry_that_does_not_fit_is_refused(cell, carry, complaint):
    weights = cell.init(jax.random.key(0), jnp.float32(0.7))
    with pytest.raises(InputError) as error:
        recurrent(cell, weights, jnp.ones((2, INPUTS, 1)), carry=carry)
    assert complaint in str(error.value)
