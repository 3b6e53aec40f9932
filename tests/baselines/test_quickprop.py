"""Quickprop against steps worked out by hand."""

import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.baselines import quickprop
from lstm_jax.baselines.quickprop import Past

pytestmark = pytest.mark.usefixtures("float64")

RATE, GROWTH = 0.1, 2.0

CASES = {
    # (slope, slope before, change before) and the change that follows.
    "nothing before: gradient descent": ((3.0, 0.0, 0.0), -0.3),
    "on downhill: parabola and gradient": ((-2.0, -4.0, 1.0), 1.0 + 0.2),
    "the same leftwards": ((2.0, 4.0, -1.0), -1.0 - 0.2),
    "past the minimum: back by the parabola alone": ((2.0, -4.0, 1.0), -1 / 3),
    "the same rightwards": ((-2.0, 4.0, -1.0), 1 / 3),
    "hardly less steep: as far as growth allows": ((-3.9, -4.0, 1.0), 2.0 + 0.39),
    "at the limit of growth": ((-4.0, -6.0, 1.0), 2.0 + 0.4),
    "steeper than before: as far as growth allows": ((-5.0, -4.0, 1.0), 2.0 + 0.5),
    "at a minimum": ((0.0, -4.0, 1.0), 0.0),
    "uphill without curvature: no parabola, no further than growth allows": ((3.0, 3.0, 1.0), 2.0),
}


@pytest.mark.parametrize("name", CASES)
def test_one_step(name):
    (slope, slope_before, change_before), wanted = CASES[name]
    past = Past(jnp.array([slope_before]), jnp.array([change_before]))
    weights, new = quickprop.step(jnp.array([7.0]), jnp.array([slope]), past, jnp.array(RATE), GROWTH)
    np.testing.assert_allclose(weights, 7.0 + wanted, rtol=1e-14)
    np.testing.assert_allclose(new.slope, slope)
    np.testing.assert_allclose(new.change, wanted, rtol=1e-14, atol=1e-15)


def test_a_parabola_is_at_its_minimum_after_two_steps():
    """E = 2 (w - 3)^2 from w = 0, each lane with its own rate: a first step beyond the minimum, then back to it."""
    rate = jnp.array([0.3, 0.4])
    weights = jnp.zeros((1, 2))
    past = quickprop.start(weights)
    for _ in range(2):
        weights, past = quickprop.step(weights, 4 * (weights - 3), past, rate, GROWTH)
    np.testing.assert_allclose(weights, np.full((1, 2), 3.0), rtol=1e-14)
