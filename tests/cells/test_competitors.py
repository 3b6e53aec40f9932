"""Ordinary, linear and time-delay cells against their equations in NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.cells import Carrousel, Elman, TimeDelay
from lstm_jax.cells.incoming import Incoming
from lstm_jax.errors import InputError
from tests.cells.checks import init

pytestmark = pytest.mark.usefixtures("float64")

STEPS, INPUTS, UNITS = 9, 3, 4


def draw(cell, rng) -> Incoming:
    structure = jax.eval_shape(cell.init, jax.random.key(0), jnp.float32(1))
    return jax.tree.map(lambda leaf: jnp.asarray(rng.uniform(-1, 1, leaf.shape)), structure)


def shown(cell, weights, inputs) -> np.ndarray:
    """What the cell shows at every step, `[steps, units]`."""
    carry, rows = cell.initial_carry((), jnp.dtype(jnp.float64)), []
    for x in inputs:
        carry, y = cell.step(weights, carry, jnp.asarray(x))
        rows.append(y)
    return np.array(rows)


def logistic(x):
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize("bias", ["none", "random"])
def test_elman(bias):
    rng = np.random.default_rng(0)
    cell = Elman(INPUTS, UNITS, bias=bias)
    w, inputs = draw(cell, rng), rng.normal(size=(STEPS, INPUTS))
    b = 0 if w.bias is None else np.asarray(w.bias)
    y, wanted = np.zeros(UNITS), []
    for x in inputs:
        y = logistic(np.asarray(w.input) @ x + np.asarray(w.hidden) @ y + b)
        wanted.append(y)
    np.testing.assert_allclose(shown(cell, w, inputs), wanted, rtol=1e-12)


@pytest.mark.parametrize(("squashing", "f"), [("relu", lambda x: np.maximum(x, 0)), ("tanh", np.tanh)])
def test_elman_with_another_squashing(squashing, f):
    rng = np.random.default_rng(6)
    cell = Elman(INPUTS, UNITS, squashing, bias="random")
    w, inputs = draw(cell, rng), rng.normal(size=(STEPS, INPUTS))
    y, wanted = np.zeros(UNITS), []
    for x in inputs:
        y = f(np.asarray(w.input) @ x + np.asarray(w.hidden) @ y + np.asarray(w.bias))
        wanted.append(y)
    np.testing.assert_allclose(shown(cell, w, inputs), wanted, rtol=1e-12)


@pytest.mark.parametrize("start", ["orthogonal", "identity"])
def test_only_the_recurrent_weights_of_elman_start_otherwise(start):
    keys, ranges = jax.random.split(jax.random.key(0), (2, 3)), jnp.full((2, 3), 0.1, jnp.float32)
    usual, cell = Elman(INPUTS, UNITS, bias="random"), Elman(INPUTS, UNITS, bias="random", recurrent_start=start)
    drawn, other = init(cell, keys, ranges), init(usual, keys, ranges)
    np.testing.assert_array_equal(drawn.input, other.input)
    np.testing.assert_array_equal(drawn.bias, other.bias)
    assert drawn.hidden is not None and other.hidden is not None
    assert drawn.hidden.shape == other.hidden.shape and drawn.hidden.dtype == other.hidden.dtype
    for lane in np.ndindex(2, 3):
        own = np.asarray(drawn.hidden, np.float64)[..., *lane]
        np.testing.assert_allclose(own, np.asarray(init(cell, keys[lane], ranges[lane]).hidden), atol=1e-6)
        np.testing.assert_allclose(own @ own.T, np.eye(UNITS), atol=1e-6)
        assert start == "orthogonal" or np.all(own == np.eye(UNITS))


def test_an_orthogonal_start_prefers_no_direction():
    """Every element has mean 0 and variance 1/n, and half of the matrices are rotations."""
    keys = jax.random.split(jax.random.key(1), 2000)
    drawn = init(Elman(1, 3, recurrent_start="orthogonal"), keys, jnp.full(2000, 0.1, jnp.float32))
    matrices = np.moveaxis(np.asarray(drawn.hidden, np.float64), -1, 0)
    np.testing.assert_allclose(matrices.mean(axis=0), 0, atol=0.05)
    np.testing.assert_allclose(np.square(matrices).mean(axis=0), 1 / 3, atol=0.03)
    assert abs(np.mean(np.linalg.det(matrices))) < 0.08


def test_a_start_for_recurrent_weights_that_are_not_there_is_refused():
    with pytest.raises(InputError, match="recurrent_start is 'identity': it should be 'random' without recurrence"):
        Elman(INPUTS, UNITS, recurrence=False, recurrent_start="identity")


def test_elman_without_recurrence_forgets():
    rng = np.random.default_rng(1)
    cell = Elman(INPUTS, UNITS, squashing=(-1.0, 1.0), recurrence=False)
    w, inputs = draw(cell, rng), rng.normal(size=(STEPS, INPUTS))
    assert w.hidden is None
    np.testing.assert_allclose(shown(cell, w, inputs), np.tanh(inputs @ np.asarray(w.input).T / 2), rtol=1e-12)


def test_carrousel_adds_up_what_it_is_given():
    rng = np.random.default_rng(2)
    cell = Carrousel(INPUTS, UNITS, bias="random")
    w, inputs = draw(cell, rng), rng.normal(size=(STEPS, INPUTS))
    wanted = np.cumsum(inputs @ np.asarray(w.input).T + np.asarray(w.bias), axis=0)
    np.testing.assert_allclose(shown(cell, w, inputs), wanted, rtol=1e-12)


@pytest.mark.parametrize("delays", [0, 2, STEPS])
@pytest.mark.parametrize("symbols", [False, True])
def test_time_delay_sees_a_window(delays, symbols):
    rng = np.random.default_rng(3)
    cell = TimeDelay(INPUTS, UNITS, delays, bias="random")
    w = draw(cell, rng)
    inputs = rng.integers(0, INPUTS, STEPS) if symbols else rng.normal(size=(STEPS, INPUTS))
    vectors = np.eye(INPUTS)[inputs.astype(int)] if symbols else inputs
    by_delay = np.asarray(w.input).reshape(UNITS, delays + 1, INPUTS)
    wanted = []
    for t in range(STEPS):
        net = np.asarray(w.bias).copy()
        for d in range(min(delays, t) + 1):
            net += by_delay[:, d] @ vectors[t - d]
        wanted.append(logistic(net))
    np.testing.assert_allclose(shown(cell, w, inputs), wanted, rtol=1e-12)


def test_what_lies_beyond_the_delays_does_not_exist():
    cell = TimeDelay(INPUTS, UNITS, delays=2, bias="none")
    rng = np.random.default_rng(4)
    w, inputs = draw(cell, rng), rng.normal(size=(STEPS, INPUTS))
    other = inputs.copy()
    other[0] += 1
    same = np.all(shown(cell, w, inputs) == shown(cell, w, other), axis=1)
    np.testing.assert_array_equal(same, np.arange(STEPS) > 2)


@pytest.mark.parametrize(
    ("cell", "count"),
    [
        (Elman(7, 15), 15 * (7 + 15)),
        (Elman(5, 3, bias="random"), 3 * (5 + 3 + 1)),
        (Elman(5, 3, recurrence=False), 3 * 5),
        (Carrousel(4, 3, bias="random"), 3 * (4 + 1)),
        (TimeDelay(4, 3, delays=5, bias="none"), 3 * 4 * 6),
    ],
)
def test_number_of_weights(cell, count):
    assert cell.weight_count == count
    assert sum(leaf.size for leaf in jax.tree.leaves(draw(cell, np.random.default_rng(5)))) == count
