"""Flax's cells as cells of ours: the same steps in every lane, and trained by our engine's gradient."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from lstm_jax.cells import Cell
from lstm_jax.errors import InputError
from lstm_jax.gradients import bptt
from lstm_jax.modules import NNXCell, from_nnx
from lstm_jax.networks import Network
from lstm_jax.types import Sequence

LANES = 3


@pytest.mark.slow
@pytest.mark.parametrize("name", ["OptimizedLSTMCell", "LSTMCell", "GRUCell", "SimpleCell"])
def test_every_lane_is_the_module_with_its_own_weights(name):
    cell = NNXCell(inputs=4, cell=f"flax.nnx.{name}", settings=(("hidden_features", 5),))
    keys = jax.random.split(jax.random.key(0), LANES)
    weights = cell.init(keys, jnp.ones(LANES))
    carry = cell.initial_carry((LANES,), jnp.dtype("float32"))
    x = jax.random.normal(jax.random.key(1), (2, 4, LANES))
    shown = []
    for t in range(2):
        carry, y = cell.step(weights, carry, x[t])
        shown.append(y)
    assert isinstance(cell, Cell)
    for lane in range(LANES):
        module = getattr(nnx, name)(4, 5, rngs=nnx.Rngs(keys[lane]))
        own = module.initialize_carry((4,), nnx.Rngs(0))
        for t in range(2):
            own, y = module(own, x[t, :, lane])
            np.testing.assert_allclose(shown[t][:, lane], y, rtol=1e-5, atol=1e-6)
    module = getattr(nnx, name)(4, 5, rngs=nnx.Rngs(0))
    assert cell.weight_count == sum(w.size for w in jax.tree.leaves(nnx.state(module, nnx.Param)))
    assert cell.outputs == 5


def test_an_instance_comes_with_its_weights():
    module = nnx.GRUCell(4, 5, rngs=nnx.Rngs(3))
    cell, weights = from_nnx(module)
    assert hash(cell) == hash(from_nnx(module)[0])
    _, y = cell.step(weights, cell.initial_carry((), jnp.dtype("float32")), jnp.ones(4))
    np.testing.assert_allclose(y, module(jnp.zeros(5), jnp.ones(4))[1], rtol=1e-6)


@pytest.mark.slow
def test_it_learns_in_lanes():
    cell = from_nnx(nnx.GRUCell, in_features=2, hidden_features=4)
    network = Network(cell=cell, outputs=1, output_bias="none")
    keys = jax.random.split(jax.random.key(0), LANES)
    weights = network.init(keys, jnp.full(LANES, 0.1))
    sequence = Sequence(
        jax.random.normal(jax.random.key(2), (5, 2, LANES)), jnp.full((1, LANES), 0.9), jnp.array([5, 4, 3])
    )
    gradient = jax.jit(lambda weights: bptt(network, weights, sequence))
    _, before = gradient(weights)
    for _ in range(100):
        change, _ = gradient(weights)
        weights = jax.tree.map(lambda w, g: w - g, weights, change)
    _, after = gradient(weights)
    assert np.all(np.abs(0.9 - after) < 0.5 * np.abs(0.9 - before))


def test_what_cannot_be_is_refused():
    with pytest.raises(InputError, match=r"flax\.nnx\.NoCell"):
        NNXCell(inputs=2, cell="flax.nnx.NoCell")
    cell = NNXCell(inputs=2)
    weights = cell.init(jax.random.key(0), jnp.float32(1))
    with pytest.raises(InputError, match="gradient should be bptt"):
        cell.step(weights, cell.initial_carry((), jnp.dtype("float32")), jnp.ones(2), truncate=True)


@pytest.mark.slow
def test_the_package_itself_does_not_import_flax():
    program = (
        "import sys, lstm_jax, lstm_jax.networks.recurrent; assert not any(m.startswith('flax') for m in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
