"""The LSTM with a projection against the equations of PyTorch's `nn.LSTM(..., proj_size=...)` in NumPy."""

import numpy as np
import pytest

from lstm_jax.cells import LSTMP
from tests.cells.checks import INPUTS, assert_gradient, assert_lanes_alone, begun, shown

UNITS, PROJECTION = 4, 2
CELL = LSTMP(INPUTS, UNITS, projection=PROJECTION)

pytestmark = pytest.mark.usefixtures("float64")


def logistic(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def published(w, inputs) -> np.ndarray:
    c, r, rows = np.zeros(UNITS), np.zeros(PROJECTION), []
    for x in np.asarray(inputs):
        i, f, g, o = (
            np.asarray(gate.input) @ x + np.asarray(gate.hidden) @ r + np.asarray(gate.bias) for gate in w[:4]
        )
        c = logistic(f) * c + logistic(i) * np.tanh(g)
        r = np.asarray(w.projection.hidden) @ (logistic(o) * np.tanh(c))
        rows.append(r)
    return np.array(rows)


def test_it_follows_the_published_equations():
    weights, inputs = begun(CELL)
    assert weights.projection.hidden.shape == (PROJECTION, UNITS)
    np.testing.assert_allclose(shown(CELL, weights, inputs), published(weights, inputs), rtol=1e-11)


def test_its_gradient_is_that_of_finite_differences():
    assert_gradient(CELL, truncates=True)


def test_a_lane_is_the_same_alone():
    assert_lanes_alone(CELL)
