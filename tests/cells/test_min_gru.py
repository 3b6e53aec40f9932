"""minGRU against the equations of Feng et al. (2024)."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.cells import MinGRU
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

            gate, candidate = logistic(net("update_gate")), net("candidate")
            h[j] = (1 - gate) * h[j] + gate * candidate
        rows.append(h.copy())
    return np.array(rows)


@pytest.mark.usefixtures("float64")
def test_it_follows_the_published_equations():
    cell = MinGRU(INPUTS, UNITS)
    weights, inputs = begun(cell)
    wanted = published(weights, inputs)
    np.testing.assert_allclose(shown(cell, weights, inputs), wanted, rtol=1e-11)
    np.testing.assert_allclose(recurrent(cell, weights, inputs)[1], wanted, rtol=1e-11)


@pytest.mark.usefixtures("float64")
def test_its_gradient_is_that_of_finite_differences():
    assert_gradient(MinGRU(INPUTS, UNITS))


@pytest.mark.usefixtures("float64")
def test_a_lane_is_the_same_alone():
    assert_lanes_alone(MinGRU(INPUTS, UNITS))


def test_number_of_weights():
    cell = MinGRU(inputs=3, units=4)
    assert cell.weight_count == number_drawn(cell) == 2 * 4 * (3 + 1)


def test_it_starts_as_linear_layers_of_pytorch():
    cell = MinGRU(inputs=4, units=5)
    drawn = init(cell, jax.random.split(jax.random.key(0), 500), jnp.full(500, 7, jnp.float32))
    for leaf in jax.tree.leaves(drawn):
        assert 0.49 < np.max(np.abs(leaf)) <= 0.5  # 1 / sqrt(4), also for the bias
        np.testing.assert_allclose([np.mean(leaf), np.var(leaf)], [0, 1 / 12], atol=0.02)
