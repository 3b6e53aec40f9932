"""Both forms of the GRU against the equations of Cho et al. (2014) and of cuDNN; test_layers.py has it beside Flax."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from lstm_jax.cells import GRU
from lstm_jax.modules import Recurrent
from lstm_jax.networks.recurrent import recurrent
from tests.cells.checks import INPUTS, STEPS, assert_gradient, assert_lanes_alone, begun, number_drawn, shown
from tests.gradients.cases import COMPILE_QUICKLY

UNITS = 4
BOTH = pytest.mark.parametrize("reset", ["after", "before"])


def logistic(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def published(weights, inputs, reset: str) -> np.ndarray:
    """z keeps, as in cuDNN: with 1 - z in its place and the signs of its weights turned it is as printed in 2014."""
    w = jax.tree.map(np.asarray, weights)
    h, rows = np.zeros(UNITS), []
    for x in np.asarray(inputs):
        r, z = (logistic(g.input @ x + g.hidden @ h + g.bias) for g in (w.reset_gate, w.update_gate))
        if reset == "before":
            recurrent_part = w.candidate.hidden @ (r * h)
        else:
            recurrent_part = r * (w.recurrent_candidate.hidden @ h + w.recurrent_candidate.bias)
        h = z * h + (1 - z) * np.tanh(w.candidate.input @ x + w.candidate.bias + recurrent_part)
        rows.append(h)
    return np.array(rows)


@BOTH
@pytest.mark.usefixtures("float64")
def test_it_follows_the_published_equations(reset):
    cell = GRU(INPUTS, UNITS, reset)
    weights, inputs = begun(cell)
    wanted = published(weights, inputs, reset)
    np.testing.assert_allclose(shown(cell, weights, inputs), wanted, rtol=1e-11)
    by_layer = jax.jit(partial(recurrent, cell), compiler_options=COMPILE_QUICKLY)(weights, inputs)[1]
    np.testing.assert_allclose(by_layer, wanted, rtol=1e-11)


@pytest.mark.usefixtures("float64")
def test_both_forms_are_one_where_units_see_only_themselves():
    """Then r (u h) is u (r h), unit by unit, and the form that Flax has, too, tells what the other shows."""
    after, before = (GRU(INPUTS, UNITS, reset) for reset in ("after", "before"))
    weights, inputs = begun(after)
    own = jnp.diag(jnp.array([0.5, -1.0, 2.0, 1.5]))
    into = weights.recurrent_candidate._replace(hidden=own, bias=jnp.zeros(UNITS))
    same = weights._replace(candidate=weights.candidate._replace(hidden=own), recurrent_candidate=None)
    wanted = shown(after, weights._replace(recurrent_candidate=into), inputs)
    np.testing.assert_allclose(shown(before, same, inputs), wanted, rtol=1e-12)


@BOTH
@pytest.mark.usefixtures("float64")
def test_its_gradient_is_that_of_finite_differences(reset):
    assert_gradient(GRU(INPUTS, UNITS, reset), truncates=True)


@pytest.mark.usefixtures("float64")
def test_a_lane_is_the_same_alone():
    assert_lanes_alone(GRU(INPUTS, UNITS, "before"))


@pytest.mark.parametrize(("reset", "biases"), [("after", 4), ("before", 3)])
def test_number_of_weights(reset, biases):
    cell = GRU(inputs=3, units=4, reset=reset)
    assert cell.weight_count == number_drawn(cell) == 3 * 4 * (3 + 4) + 4 * biases


def test_with_the_reset_before_the_product_it_is_a_layer_in_flax():
    layer = Recurrent(GRU(INPUTS, UNITS, "before"), rngs=nnx.Rngs(0))
    inputs = jax.random.normal(jax.random.key(1), (2, STEPS, INPUTS))
    outputs = layer(inputs, lengths=jnp.array([STEPS, 3]))
    np.testing.assert_allclose(outputs[0], published(layer.weights, inputs[0], "before"), rtol=1e-5, atol=1e-6)
    assert not np.any(outputs[1, 3:])
    np.testing.assert_allclose(outputs[1, :3], layer(inputs[1:, :3])[0], rtol=1e-6, atol=1e-7)
