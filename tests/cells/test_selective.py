"""The selective state space against the equations of Gu and Dao (2023)."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.cells import Selective
from tests.cells.checks import INPUTS, assert_gradient, assert_lanes_alone, begun, init, number_drawn, shown

UNITS, STATE = 4, 3


def published(weights, inputs) -> np.ndarray:
    """One channel and one state at a time."""
    w = jax.tree.map(np.asarray, weights)
    rank = len(w.step_from_channels.hidden)
    h, rows = np.zeros((UNITS, STATE)), []
    for x in np.asarray(inputs):
        u = [sum(w.channel.input[d, k] * x[k] for k in range(INPUTS)) for d in range(UNITS)]
        z = [sum(w.gate.input[d, k] * x[k] for k in range(INPUTS)) for d in range(UNITS)]
        b = [sum(w.write.hidden[n, d] * u[d] for d in range(UNITS)) for n in range(STATE)]
        c = [sum(w.read.hidden[n, d] * u[d] for d in range(UNITS)) for n in range(STATE)]
        low = [sum(w.step_from_channels.hidden[r, d] * u[d] for d in range(UNITS)) for r in range(rank)]
        row = []
        for d in range(UNITS):
            delta = np.log1p(np.exp(sum(w.step.hidden[d, r] * low[r] for r in range(rank)) + w.step.bias[d]))
            y = w.skip[d] * u[d]
            for n in range(STATE):
                a = -np.exp(w.decay[d, n])
                h[d, n] = np.exp(delta * a) * h[d, n] + delta * b[n] * u[d]
                y += c[n] * h[d, n]
            row.append(y * z[d] / (1 + np.exp(-z[d])))
        rows.append(row)
    return np.array(rows)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("rank", [1, 2])
def test_it_follows_the_published_equations(rank):
    cell = Selective(INPUTS, UNITS, STATE, rank)
    weights, inputs = begun(cell)
    np.testing.assert_allclose(shown(cell, weights, inputs), published(weights, inputs), rtol=1e-11)


@pytest.mark.usefixtures("float64")
def test_its_gradient_is_that_of_finite_differences():
    assert_gradient(Selective(INPUTS, UNITS, STATE))


@pytest.mark.usefixtures("float64")
def test_a_lane_is_the_same_alone():
    assert_lanes_alone(Selective(INPUTS, UNITS, STATE))


def test_number_of_weights():
    """Channels and gates, step sizes and their biases, writing and reading, A and D."""
    cell = Selective(inputs=3, units=4, state=5, rank=2)
    assert cell.weight_count == number_drawn(cell) == 2 * 12 + 2 * 8 + 4 + 2 * 20 + 20 + 4


def test_it_starts_as_the_authors_code():
    cell = Selective(inputs=4, units=9, state=3)
    w = init(cell, jax.random.split(jax.random.key(0), 1000), jnp.full(1000, 7, jnp.float32))
    for matrix, bound in (
        (w.channel.input, 1 / 2),
        (w.gate.input, 1 / 2),
        (w.step_from_channels.hidden, 1 / 3),
        (w.step.hidden, 1),
        (w.write.hidden, 1 / 3),
        (w.read.hidden, 1 / 3),
    ):
        assert matrix is not None
        assert 0.99 * bound < np.max(np.abs(matrix)) <= bound * (1 + 1e-6)
        np.testing.assert_allclose([np.mean(matrix), np.var(matrix)], [0, bound**2 / 3], atol=0.02)
    logarithms = np.log10(np.log1p(np.exp(w.step.bias))).ravel()
    assert logarithms.min() > -3.001 and logarithms.max() < -0.999
    np.testing.assert_allclose(np.histogram(logarithms, 10, (-3.001, -0.999))[0] / len(logarithms), 0.1, atol=0.015)
    np.testing.assert_allclose(-np.exp(w.decay[:, :, 5]), [[-1, -2, -3]] * 9, rtol=1e-6)
    assert np.all(w.skip == 1)
