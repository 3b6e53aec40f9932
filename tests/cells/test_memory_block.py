"""How memory blocks start: shifted weights into input gates, and activations that are not zero."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.cells import MemoryBlocks
from lstm_jax.networks import Network
from lstm_jax.options import completed, recorded
from tests.cells.checks import init


def logistic(x):
    return 1 / (1 + np.exp(-x))


def test_a_shift_is_added_to_the_weights_from_inputs_to_input_gates_alone():
    key, wide = jax.random.key(3), jnp.float32(0.2)
    usual, closed = (init(MemoryBlocks(inputs=5, input_gate_shift=shift), key, wide) for shift in (0.0, -3.0))
    np.testing.assert_array_equal(closed.input_gate.input, usual.input_gate.input - 3)
    for leaf, other in zip(
        jax.tree.leaves(closed._replace(input_gate=closed.input_gate._replace(input=None))),
        jax.tree.leaves(usual._replace(input_gate=usual.input_gate._replace(input=None))),
        strict=True,
    ):
        np.testing.assert_array_equal(leaf, other)


def test_shifts_may_differ_from_lane_to_lane():
    keys = jax.random.split(jax.random.key(0), 3)
    shifts = jnp.array([0.0, -1.0, -3.0])
    cell = MemoryBlocks(inputs=4)
    lanes = jax.tree.unflatten(jax.tree.structure(cell), [shifts])
    together = jax.jit(lambda lanes: lanes.init(keys, jnp.full(3, 0.1)))(lanes)
    for i, shift in enumerate(shifts.tolist()):
        alone = init(MemoryBlocks(inputs=4, input_gate_shift=shift), keys[i], jnp.float32(0.1))
        np.testing.assert_array_equal(together.input_gate.input[..., i], alone.input_gate.input)


@pytest.mark.parametrize("start", [0.0, 0.5])
def test_the_first_step_sees_gates_and_cells_at_their_start_and_states_at_zero(start):
    cell = MemoryBlocks(inputs=3, blocks=1, block_size=2, initial_activation=start)
    weights = init(cell, jax.random.key(1), jnp.float32(0.5))
    new, shown = jax.jit(cell.step)(weights, cell.initial_carry((), jnp.dtype("float32")), jnp.array(2))
    nets = {
        name: np.asarray(own.input)[:, 2] + np.asarray(own.hidden).sum(1) * start + np.asarray(own.bias)
        for name, own in weights._asdict().items()
    }
    state = logistic(nets["input_gate"]) * (4 * logistic(nets["cell"]) - 2)
    np.testing.assert_allclose(new.state, state, rtol=1e-6)
    np.testing.assert_allclose(shown, logistic(nets["output_gate"]) * (2 * logistic(state) - 1), rtol=1e-5)


def test_neither_adds_a_weight():
    cells = [
        MemoryBlocks(inputs=2),
        MemoryBlocks(inputs=2, input_gate_shift=-3.0),
        MemoryBlocks(inputs=2, initial_activation=0.5),
    ]
    assert len({Network(cell, outputs=1).weight_count for cell in cells}) == 1


@pytest.mark.parametrize("field", ["input_gate_shift", "initial_activation"])
def test_records_have_the_fields_only_where_they_are_used(field):
    """So the names of runs that were recorded before these fields came still hold."""

    def cell(**more):
        return recorded(completed({"network": {"cell": {"name": "memory_blocks", **more}}}))["network"]["cell"]

    assert field not in cell() and cell(**{field: 0.25})[field] == 0.25
    inner = {"name": "stacked", "layers": [{"name": "memory_blocks"}]}
    layers = recorded(completed({"network": {"cell": inner}}))["network"]["cell"]["layers"]
    assert field not in layers[0]
