"""Squashing functions are stretched logistic functions and others, and `slope` is their derivative."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.cells.squashing import LOGISTIC, slope, squash

RANGES = [LOGISTIC, (-2.0, 2.0), (-1.0, 1.0), (0.25, 4.0)]
NET = np.linspace(-8, 8, 101)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("squashing", RANGES)
def test_values_follow_equations_3_to_5(squashing):
    low, high = squashing
    wanted = (high - low) / (1 + np.exp(-NET)) + low
    # Relative to the range: near its zero a squashing function loses digits to cancellation.
    assert np.max(np.abs(squash(squashing, jnp.asarray(NET)) - wanted)) <= 4 * np.finfo(np.float64).eps * (high - low)


def test_identity_changes_nothing():
    np.testing.assert_array_equal(squash("identity", jnp.asarray(NET)), jnp.asarray(NET))


@pytest.mark.usefixtures("float64")
def test_relu_is_zero_below_zero():
    np.testing.assert_array_equal(squash("relu", jnp.asarray(NET)), np.where(NET > 0, NET, 0))
    np.testing.assert_array_equal(slope("relu", jnp.array([0.0, 1e-300, 3.0])), [0, 1, 1])


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("squashing", [*RANGES, "identity", "tanh", "relu"])
def test_slope_is_the_derivative(squashing):
    net = jnp.asarray(NET)
    derivative = jax.vmap(jax.grad(lambda x: squash(squashing, x)))(net)
    # Where y is near a bound, the difference from it has the rounding errors of numbers of about 1.
    np.testing.assert_allclose(slope(squashing, squash(squashing, net)), derivative, rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize("squashing", RANGES)
def test_huge_net_inputs_saturate(squashing):
    y = squash(squashing, jnp.array([-1e30, 1e30]))
    np.testing.assert_array_equal(y, np.float32(squashing))
    np.testing.assert_array_equal(slope(squashing, y), [0, 0])
