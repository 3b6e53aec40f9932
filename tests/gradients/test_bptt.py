"""The full gradient equals central differences, and differs from the truncated one only through recurrence."""

import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.cells import MemoryBlocks, incoming
from lstm_jax.gradients import bptt, truncated
from lstm_jax.gradients.autodiff import half_squared_error
from tests.gradients.cases import (
    COMPILE_QUICKLY,
    DISTINCT_CASES,
    GATED_CASES,
    LENGTHS,
    OTHER_CASES,
    assert_close,
    compiled,
    lane,
    make,
    result,
)

pytestmark = pytest.mark.usefixtures("float64")

EVERY_CELL = [case for case in (*GATED_CASES, *OTHER_CASES) if case.values[2]]
"""One case of each; errors come at every step."""


@pytest.mark.parametrize(("size", "row", "every_step"), [*DISTINCT_CASES, *GATED_CASES, *OTHER_CASES])
def test_full_gradient_is_a_central_difference(size, row, every_step):
    network, *given = make(size, row, every_step)
    weights, sequence = lane(given, slice(0, 1))
    leaves, structure = jax.tree.flatten(weights)
    flat = np.concatenate([np.ravel(leaf) for leaf in leaves])
    # The cube root of the rounding error balances it against the error of a central difference.
    step = np.finfo(np.float64).eps ** (1 / 3)
    # Every lane is the network with one weight moved.
    moved = flat[:, None] + step * np.concatenate([np.eye(flat.size), -np.eye(flat.size)], axis=1)
    ends = np.cumsum([leaf.size for leaf in leaves])[:-1]
    parts = [
        jnp.asarray(part.reshape(*leaf.shape[:-1], -1))
        for part, leaf in zip(np.split(moved, ends), leaves, strict=True)
    ]

    def error(weights):
        return half_squared_error(network.apply(weights, sequence), sequence)

    above, below = np.split(
        np.asarray(jax.jit(error, compiler_options=COMPILE_QUICKLY)(jax.tree.unflatten(structure, parts))), 2
    )
    gradients = lane(result(bptt, size, row, every_step)[0], 0)
    actual = np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(gradients)])
    wanted = (above - below) / (2 * step)
    assert np.max(np.abs(actual - wanted)) <= 1e-6 * np.max(np.abs(wanted))


@pytest.mark.parametrize(("size", "row", "every_step"), EVERY_CELL)
def test_full_gradient_is_that_of_plain_sums_with_every_step_kept(size, row, every_step, monkeypatch):
    """What XLA and JAX are told for the sake of speed changes nothing: derivatives, barriers, what is kept."""
    network, weights, sequence = make(size, row, every_step)
    actual = result(bptt, size, row, every_step)
    derived = incoming.net_input
    for name, module in list(sys.modules.items()):
        if name.startswith("lstm_jax.") and getattr(module, "net_input", None) is derived:
            monkeypatch.setattr(module, "net_input", derived.__wrapped__)
    monkeypatch.setattr(jax, "checkpoint", lambda step, **_: step)
    wanted = jax.jit(lambda *given: bptt(network, *given), compiler_options=COMPILE_QUICKLY)(weights, sequence)
    assert_close(actual, wanted, 1e-10)


@pytest.mark.parametrize(("size", "row", "every_step"), EVERY_CELL)
def test_lanes_that_share_weights_get_the_sum_of_their_gradients(size, row, every_step):
    network, weights, sequence = make(size, row, every_step)
    shared = lane(weights, slice(0, 1))
    same = jax.tree.map(lambda w: jnp.repeat(w, len(LENGTHS), axis=-1), shared)
    for gradient in (bptt, 5) if row == "gru" else (bptt,):  # 5: a horizon
        summed, outputs = compiled(gradient, network)(shared, sequence)
        each, own_outputs = compiled(gradient, network)(same, sequence)
        assert_close(summed, jax.tree.map(lambda g: jnp.sum(g, axis=-1, keepdims=True), each), 1e-10)
        np.testing.assert_allclose(outputs, own_outputs, rtol=1e-12)


@pytest.mark.parametrize(("size", "row", "every_step"), DISTINCT_CASES)
def test_truncation_matters_exactly_where_activations_re_enter(size, row, every_step):
    full, cut = (lane(result(gradient, size, row, every_step)[0], 0) for gradient in (bptt, truncated))
    assert_close(full.output, cut.output, 1e-10)
    cell = make(size, row, every_step).network.cell
    assert isinstance(cell, MemoryBlocks)
    if cell.cell_recurrence or cell.gate_recurrence:
        # Input gates take part in every recurrent path there is.
        difference = np.max(np.abs(full.hidden.input_gate.input - cut.hidden.input_gate.input))
        assert difference > 0.01 * np.max(np.abs(full.hidden.input_gate.input))
    else:
        assert_close(full, cut, 1e-10)
