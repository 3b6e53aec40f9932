"""The linear recurrent unit against the equations of Orvieto et al. (2023)."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.cells import LRU
from lstm_jax.errors import InputError
from tests.cells.checks import INPUTS, assert_gradient, assert_lanes_alone, begun, init, number_drawn, shown

UNITS = 4


def published(weights, inputs, gate: bool) -> np.ndarray:
    """In complex numbers, one unit at a time."""
    w = jax.tree.map(np.asarray, weights)
    n = len(w.decay)
    b = w.input.input[:n] + 1j * w.input.input[n:]
    c = w.output.hidden[:, :n] + 1j * w.output.hidden[:, n:]
    h, rows = np.zeros(n, complex), []
    for x in np.asarray(inputs):
        for j in range(n):
            eigenvalue = np.exp(-np.exp(w.decay[j]) + 1j * np.exp(w.phase[j]))
            h[j] = eigenvalue * h[j] + np.exp(w.scale[j]) * sum(b[j, k] * x[k] for k in range(INPUTS))
        y = np.zeros(n)
        for j in range(n):
            y[j] = sum(c[j, k] * h[k] for k in range(n)).real + sum(w.output.input[j, k] * x[k] for k in range(INPUTS))
        if gate:
            y = y / (1 + np.exp(-np.array([sum(w.gate.hidden[j, k] * y[k] for k in range(n)) for j in range(n)])))
        rows.append(y)
    return np.array(rows)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("gate", [True, False])
def test_it_follows_the_published_equations(gate):
    cell = LRU(INPUTS, UNITS, gate=gate)
    weights, inputs = begun(cell)
    np.testing.assert_allclose(shown(cell, weights, inputs), published(weights, inputs, gate), rtol=1e-11)


@pytest.mark.usefixtures("float64")
def test_its_gradient_is_that_of_finite_differences():
    assert_gradient(LRU(INPUTS, UNITS))


@pytest.mark.usefixtures("float64")
def test_a_lane_is_the_same_alone():
    assert_lanes_alone(LRU(INPUTS, UNITS))


@pytest.mark.parametrize(("gate", "count"), [(True, 24 + 32 + 12 + 12 + 16), (False, 24 + 32 + 12 + 12)])
def test_number_of_weights(gate, count):
    """B, C, D, three vectors, and the gate."""
    cell = LRU(inputs=3, units=4, gate=gate)
    assert cell.weight_count == number_drawn(cell) == count


def test_it_starts_uniformly_in_a_slice_of_a_ring():
    cell = LRU(inputs=2, units=5, r_min=0.5, r_max=0.9, max_phase=0.3)
    w = init(cell, jax.random.split(jax.random.key(0), 2000), jnp.full(2000, 7, jnp.float32))
    eigenvalues = np.exp(-np.exp(w.decay) + 1j * np.exp(w.phase)).ravel()
    for draws, low, high in (
        (np.abs(eigenvalues) ** 2, 0.25, 0.81),  # uniform in the area
        (np.angle(eigenvalues), 0, 0.3),
    ):
        assert low <= draws.min() and draws.max() <= high + 1e-6
        shares = np.histogram(draws, 10, (low, high + 1e-6))[0] / len(draws)
        np.testing.assert_allclose(shares, 0.1, atol=0.015)
    np.testing.assert_allclose(np.exp(w.scale).ravel(), np.sqrt(1 - np.abs(eigenvalues) ** 2), rtol=1e-5)
    assert w.gate is not None
    for matrix, variance in (
        (w.input.input, 1 / 4),
        (w.output.hidden, 1 / 5),
        (w.output.input, 1 / 2),
        (w.gate.hidden, 1 / 5),
    ):
        assert matrix is not None
        np.testing.assert_allclose([np.mean(matrix), np.var(matrix)], [0, variance], atol=0.01)


@pytest.mark.slow
def test_a_state_keeps_its_variance_under_noise():
    """What gamma is for: with white inputs of variance 1, |h|^2 is 1 on the average, however long states last."""
    cell = LRU(inputs=2, units=8, r_min=0.9, r_max=0.99)
    w = init(cell, jax.random.split(jax.random.key(1), 300), jnp.full(300, 0.1, jnp.float32))
    noise = jax.random.normal(jax.random.key(2), (400, 2, 300))
    carry = cell.initial_carry((300,), jnp.dtype("float32"))

    @jax.jit
    def seen(carry, noise):
        return jax.lax.scan(lambda carry, x: (cell.step(w, carry, x)[0], None), carry, noise)[0]

    last = seen(carry, noise)
    assert np.mean(np.square(last.real) + np.square(last.imaginary)) == pytest.approx(1, abs=0.1)


def test_a_ring_without_a_width_is_refused():
    with pytest.raises(InputError, match=r"r_min is 0.9: it should be less than r_max, 0.5"):
        LRU(inputs=1, r_max=0.5)
