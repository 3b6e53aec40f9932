"""Dropout and zoneout of layers, beside equations in NumPy with the same masks."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from lstm_jax.cells import GRU, LSTM, MLSTM, Elman
from lstm_jax.errors import InputError
from lstm_jax.modules import Bidirectional, Recurrent, Stack, load, save

BATCH, STEPS, INPUTS, UNITS = 2, 6, 3, 4
X = np.random.default_rng(0).standard_normal((BATCH, STEPS, INPUTS)).astype(np.float32)


def layer(**settings: Any) -> Any:
    return Recurrent(LSTM(INPUTS, UNITS), weight_range=1.0, rngs=nnx.Rngs(0), **settings)


def by_hand(layer: Recurrent, factors: np.ndarray, hidden_factors: np.ndarray, kept: Any) -> np.ndarray:
    """The LSTM step by step in float64; `factors` `[batch, features]`, `kept` for states and outputs `[time, ...]`."""
    w = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), layer.weights)
    c = h = np.zeros((BATCH, UNITS))
    shown = []
    for t in range(STEPS):
        nets = {name: (X[:, t] * factors) @ g.input.T + (h * hidden_factors) @ g.hidden.T + g.bias
                for name, g in w._asdict().items()}  # fmt: skip
        i, f, o = (1 / (1 + np.exp(-nets[name])) for name in ("input_gate", "forget_gate", "output_gate"))
        new = f * c + i * np.tanh(nets["cell"])
        shows = o * np.tanh(new)
        c, h = kept[0][t] * c + (1 - kept[0][t]) * new, kept[1][t] * h + (1 - kept[1][t]) * shows
        shown.append(h)
    return np.stack(shown, axis=1)


def test_masks_of_dropout_are_the_same_at_every_step():
    rates: Any = {"dropout": 0.5, "recurrent_dropout": 0.5}
    one, twin = layer(**rates), layer(**rates)
    on_inputs, on_hidden = masks = [
        np.asarray(d(jnp.ones((n, BATCH)))).T
        for d, n in ((twin.noise.dropout, INPUTS), (twin.noise.recurrent_dropout, UNITS))
    ]
    assert all(set(np.unique(mask)) == {0.0, 2.0} for mask in masks)
    nothing = np.zeros((2, STEPS))
    first = one(X)
    np.testing.assert_allclose(first, by_hand(one, on_inputs, on_hidden, nothing), rtol=1e-5, atol=1e-6)
    assert float(jnp.abs(one(X) - first).max()) > 1e-2  # other masks for the next batch
    one.eval()
    np.testing.assert_array_equal(one(X), layer()(X))


def test_zoneout_keeps_numbers_and_in_evaluation_shares_of_them():
    one, twin = layer(zoneout=(0.5, 0.1)), layer(zoneout=(0.5, 0.1))
    kept = [np.moveaxis(np.asarray(k), -1, 1) for k in twin.noise.kept(STEPS, (BATCH,), jnp.dtype("float32"))]
    assert kept[0].dtype == bool and 0.2 < kept[0].mean() < 0.8 and (kept[0][0] != kept[0][1]).any()
    ones = np.ones((BATCH, 1))
    np.testing.assert_allclose(one(X), by_hand(one, ones, ones, kept), rtol=1e-5, atol=1e-6)
    one.eval()
    shares = np.repeat([[0.5], [0.1]], STEPS, axis=1)
    np.testing.assert_allclose(one(X), by_hand(one, ones, ones, shares), rtol=1e-5, atol=1e-6)
    one.train()
    assert float(jnp.abs(one(X) - one(X)).max()) > 1e-2


def test_rates_are_how_often_numbers_are_dropped_and_kept():
    one: Any = Recurrent(GRU(200, 200), dropout=0.2, recurrent_dropout=0.4, zoneout=0.3, rngs=nnx.Rngs(0))
    dtype = jnp.dtype("float32")
    inputs = np.asarray(one.noise.on(jnp.ones((2, 200, 50)), dtype))
    assert (inputs[0] == inputs[1]).all() and set(np.unique(inputs)) == {0.0, np.float32(1.25)}
    factors, kept = one.noise.factors((50,), dtype), one.noise.kept(2, (50,), dtype)
    # 10,000 draws: five standard deviations are 0.025
    for masks, rate in ((inputs[0] == 0, 0.2), (factors == 0, 0.4), (kept[0], 0.3), (kept[1], 0.3)):
        assert abs(float(np.mean(masks)) - rate) < 0.025


@pytest.mark.slow
def test_it_learns_under_jit_with_padding_resets_and_both_directions(tmp_path):
    rates = {"dropout": 0.3, "recurrent_dropout": 0.3, "zoneout": 0.3, "learned_carry": True}
    lower = Bidirectional(LSTM(INPUTS, 2), GRU(INPUTS, 2), rngs=nnx.Rngs(1), **rates)
    stack = Stack([lower, layer_over(4, **rates)], dropout=0.3, rngs=nnx.Rngs(3))

    @nnx.jit
    def step(stack):
        def error(stack):
            return jnp.sum(stack(X, lengths=[6, 2], resets=jnp.zeros((BATCH, STEPS), bool).at[0, 3].set(True)) ** 2)

        return nnx.value_and_grad(error)(stack)

    (first, gradients), (second, _) = step(stack), step(stack)
    assert float(first) != float(second)
    leaves = jax.tree.leaves(gradients)
    assert len(leaves) == len(jax.tree.leaves(nnx.state(stack, nnx.Param)))
    assert all(bool(jnp.isfinite(leaf).all()) and bool(leaf.any()) for leaf in leaves)
    stack.eval()
    np.testing.assert_array_equal(stack(X), stack(X))
    save(stack, tmp_path / "stack.safetensors")
    again: Any = load(tmp_path / "stack.safetensors", rngs=nnx.Rngs(5))
    assert float(jnp.abs(again(X) - again(X)).max()) > 1e-3
    again.eval()
    for back in (again, load(tmp_path / "stack.safetensors")):
        np.testing.assert_array_equal(back(X), stack(X))


def layer_over(inputs: int, **settings: Any) -> Recurrent:
    return Recurrent(GRU(inputs, UNITS), rngs=nnx.Rngs(2), **settings)


class Mirror(nnx.Module):
    """A layer that shows what it is shown."""

    outputs, time_major = UNITS, False

    def __call__(self, inputs: Any, **_: Any) -> Any:
        return None, inputs

    def last(self, outputs: Any, lengths: Any = None, mask: Any = None) -> Any:
        return outputs[:, -1]


def test_a_stack_drops_what_one_layer_shows_the_next():
    below: Any = layer()
    stack = Stack([below, Mirror()], dropout=0.5, rngs=nnx.Rngs(1))
    between, whole = np.asarray(stack(X)), np.asarray(below(X))
    dropped = between == 0
    np.testing.assert_allclose(between[~dropped], 2 * whole[~dropped], rtol=1e-6)
    assert 0.2 < dropped.mean() < 0.8 and (dropped[:, 0] != dropped[:, 1]).any()
    np.testing.assert_array_equal(Stack([below], dropout=0.5, rngs=nnx.Rngs(1))(X), whole)  # not the last layer's
    stack.eval()
    np.testing.assert_array_equal(stack(X), whole)


def test_a_learned_carry_begins_as_the_cells_own_and_is_learned():
    one = layer(learned_carry=True)
    np.testing.assert_array_equal(one(X), layer()(X))
    gradient = nnx.grad(lambda layer: jnp.sum(layer(X) ** 3))(one)
    assert all(bool(leaf.any()) for leaf in jax.tree.leaves(gradient["start"]))
    one.start[0][...] = jnp.full(UNITS, 0.5)
    carry, _ = layer()(X, return_carry=True)
    begun = type(carry)(jnp.full(UNITS, 0.5), jnp.zeros(UNITS))
    np.testing.assert_array_equal(one(X), layer()(X, initial_carry=begun))
    assert float(jnp.abs(one(X) - layer()(X)).max()) > 1e-2


@pytest.mark.parametrize(
    ("cell", "settings", "message"),
    [
        (LSTM(3, 4), {"dropout": 1.0}, r"dropout is 1\.0: it should be from 0 to below 1\."),
        (LSTM(3, 4), {"zoneout": (0.1, -0.1)}, r"zoneout is -0\.1: it should be from 0 to below 1\."),
        (GRU(3, 4), {"zoneout": (0.1, 0.1)}, r"zoneout is \[0\.1, 0\.1\]: it should be one number, or 1 for GRU\."),
        (MLSTM(3, 4), {"recurrent_dropout": 0.1}, r"recurrent_dropout is 0\.1: it should be 0 for MLSTM; "),
        (Elman(3, 4), {"zoneout": 0.1}, r"zoneout is 0\.1: it should be 0 for Elman; it is for LSTM, GRU and "),
        (GRU(3, 4), {"dropout": 0.1, "symbols": True}, r"dropout is 0\.1: it should be 0 in a layer of symbols"),
    ],
)
def test_noise_that_cannot_be_is_refused(cell, settings, message):
    with pytest.raises(InputError, match=message):
        Recurrent(cell, rngs=nnx.Rngs(0), **settings)
