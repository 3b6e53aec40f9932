"""minLSTM against the equations of Feng et al. (2024)."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.cells import MinLSTM
from lstm_jax.networks.recurrent import recurrent
from tests.cells.checks import INPUTS, assert_gradient, assert_lanes_alone, begun, init, number_drawn, shown

UNITS = 4


def logistic(x: float) -> float:
    return 1 / (1 + np.exp(-x))


def published(weights, inputs) -> np.ndarray:
    """One unit at a time."""
    w = jax.tree.map(np.asarray, weights)
    h, rows = np.zeros(UNITS), []
    for x in np.asarray(inputs):
        for j in range(UNITS):

            def net(name, j=j, x=x):
                into = getattr(w, name)
                return sum(into.input[j, k] * x[k] for k in range(INPUTS)) + into.bias[j]

            f, i, candidate = logistic(net("forget_gate")), logistic(net("input_gate")), net("candidate")
            h[j] = f / (f + i) * h[j] + i / (f + i) * candidate
        rows.append(h.copy())
    return np.array(rows)


@pytest.mark.usefixtures("float64")
def test_it_follows_the_published_equations():
    cell = MinLSTM(INPUTS, UNITS)
    weights, inputs = begun(cell)
    wanted = published(weights, inputs)
    np.testing.assert_allclose(shown(cell, weights, inputs), wanted, rtol=1e-11)
    np.testing.assert_allclose(recurrent(cell, weights, inputs)[1], wanted, rtol=1e-11)


@pytest.mark.usefixtures("float64")
def test_its_gradient_is_that_of_finite_differences():
    assert_gradient(MinLSTM(INPUTS, UNITS))


@pytest.mark.usefixtures("float64")
def test_a_lane_is_the_same_alone():
    assert_lanes_alone(MinLSTM(INPUTS, UNITS))


def test_number_of_weights():
    cell = MinLSTM(inputs=3, units=4)
    assert cell.weight_count == number_drawn(cell) == 3 * 4 * (3 + 1)


def test_it_starts_as_linear_layers_of_pytorch():
    cell = MinLSTM(inputs=4, units=5)
    drawn = init(cell, jax.random.split(jax.random.key(0), 500), jnp.full(500, 7, jnp.float32))
    for leaf in jax.tree.leaves(drawn):
        assert 0.49 < np.max(np.abs(leaf)) <= 0.5  # 1 / sqrt(4), also for the bias
        np.testing.assert_allclose([np.mean(leaf), np.var(leaf)], [0, 1 / 12], atol=0.02)


def test_gates_that_both_vanish_still_add_up_to_1():
    cell = MinLSTM(inputs=1, units=1, forget_gate_bias=-200.0, input_gate_bias=-200.0, candidate_bias=4.0)
    weights = jax.tree.map(jnp.asarray, cell.init(jax.random.key(0), jnp.float32(0.1)))
    _, h = cell.step(weights, jnp.array([2.0]), jnp.zeros(1))
    assert h.tolist() == [3.0]
