"""What a compiled gradient keeps besides its arguments and its result."""

from functools import partial

import jax
import jax.numpy as jnp
import pytest

from lstm_jax.gradients import bptt, rtrl, truncated
from lstm_jax.types import Sequence
from tests.architectures import ARCHITECTURES
from tests.gradients.cases import COMPILE_QUICKLY

LANES = 8


def temporary_bytes(gradient, row: str, time: int) -> int:
    network = ARCHITECTURES[row]
    structure = jax.eval_shape(network.init, jax.random.key(0), jnp.float32(1))
    weights = jax.tree.map(lambda leaf: jnp.zeros((*leaf.shape, LANES), leaf.dtype), structure)
    inputs = jnp.zeros((time, LANES), jnp.int32)
    if row == "4-1":
        inputs = jnp.zeros((time, network.cell.inputs, LANES))
    sequence = Sequence(inputs, jnp.zeros((network.outputs, LANES)), jnp.zeros(LANES, jnp.int32))
    # How well the machine code is optimised does not change what is kept.
    compiled = jax.jit(partial(gradient, network), compiler_options=COMPILE_QUICKLY).lower(weights, sequence).compile()
    memory = compiled.memory_analysis()
    assert memory is not None
    return memory.temp_size_in_bytes


def growth(gradient, row: str) -> float:
    """Bytes per step."""
    return (temporary_bytes(gradient, row, 1100) - temporary_bytes(gradient, row, 110)) / 990


@pytest.mark.slow
@pytest.mark.parametrize(
    ("gradient", "row", "numbers_per_input"),
    [(truncated, "4-1", 2), (truncated, "6a", 1), (rtrl, "4-1", 2), (rtrl, "6a", 1)],
    ids=["truncated 4-1", "truncated 6a", "rtrl 4-1", "rtrl 6a"],
)
def test_what_is_carried_forward_keeps_nothing_of_a_step(gradient, row, numbers_per_input):
    # XLA makes a copy of the inputs (and counts the steps); there is no room for another number per step and lane.
    assert growth(gradient, row) < 4 * LANES * (numbers_per_input + 1)


@pytest.mark.slow
def test_back_propagation_keeps_every_step():
    # At least every cell's internal state and output.
    assert growth(bptt, "4-1") > 4 * LANES * 2 * ARCHITECTURES["4-1"].cell.outputs
