"""Every cell can be trained to remember: which of two symbols came first, over twenty steps of two others."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lstm_jax.cells import read_cell
from lstm_jax.gradients import bptt, truncated
from lstm_jax.networks import Network
from lstm_jax.types import Sequence

STEPS, NETS, PRESENTATIONS, RIGHT = 20, 8, 1500, 0.99

CELLS = {
    "memory_blocks": (truncated, {"blocks": 2, "block_size": 1, "input_gate_bias": "random"}),
    "forget_gates": (truncated, {"blocks": 2, "block_size": 1, "forget_gate_bias": 2.0}),
    "state_decay": (truncated, {"blocks": 2, "block_size": 1, "remaining": 0.95}),
    "lstm": (bptt, {"units": 4, "forget_gate_bias": 1.0}),
    "peephole": (truncated, {"units": 4, "forget_gate_bias": 2.0}),
    "coupled": (bptt, {"units": 4, "forget_gate_bias": 1.0}),
    "gru": (bptt, {"units": 4, "update_gate_bias": 1.0}),
    "lstmp": (bptt, {"units": 4, "projection": 3, "forget_gate_bias": 1.0}),
    "layer_norm_lstm": (bptt, {"units": 4, "forget_gate_bias": 1.0}),
    "layer_norm_gru": (bptt, {"units": 4}),
    "slstm": (bptt, {"units": 4, "forget_gate_bias": 2.0}),
    "mlstm": (bptt, {"units": 4, "forget_gate_bias": 2.0}),
    "lru": (bptt, {"units": 4}),
    "min_gru": (bptt, {"units": 4, "update_gate_bias": -2.0}),
    "min_lstm": (bptt, {"units": 4, "forget_gate_bias": 2.0}),
    "selective": (bptt, {"units": 4, "state": 4}),
    "elman": (bptt, {"units": 8, "squashing": "tanh", "bias": "random"}),
    "carrousel": (bptt, {"units": 2}),
    "time_delay": (bptt, {"units": 4, "delays": STEPS}),
    "stacked": (bptt, {"layers": [{"name": "gru", "units": 4}, {"name": "lstm", "units": 4}]}),
}


def draw(key) -> Sequence:
    first, rest = jax.random.split(key)
    first = jax.random.bernoulli(first, shape=(NETS,)).astype(jnp.int32)
    rest = 2 + jax.random.bernoulli(rest, shape=(STEPS, NETS)).astype(jnp.int32)
    target = first.astype(jnp.float32)[None]
    return Sequence(jnp.concatenate([first[None], rest]), target, jnp.full(NETS, STEPS + 1))


@partial(jax.jit, static_argnums=(0, 1))
def share_right(network: Network, gradient) -> jax.Array:
    """Of the answers of each of `NETS` nets after training by Adam, one sequence at a time."""
    weights = network.init(jax.random.split(jax.random.key(0), NETS), jnp.full(NETS, 0.5))
    optimizer = optax.adam(0.01)

    def present(carry, key):
        weights, state = carry
        gradients, outputs = gradient(network, weights, sequence := draw(key))
        with jax.numpy_dtype_promotion("standard"):  # optax raises a float to an integer power
            updates, state = optimizer.update(gradients, state)
        right = jnp.abs(outputs - sequence.targets)[0] < 0.5
        return (optax.apply_updates(weights, updates), state), right

    keys = jax.random.split(jax.random.key(1), PRESENTATIONS)
    _, right = jax.lax.scan(present, (weights, optimizer.init(weights)), keys)
    return jnp.mean(right[-PRESENTATIONS // 5 :], axis=0)


@pytest.mark.slow
@pytest.mark.parametrize("name", CELLS)
def test_it_learns_to_remember_a_symbol_over_twenty_steps(name):
    """In the last fifth of training at least 99 % of a net's answers are right, in the median of eight nets."""
    gradient, fields = CELLS[name]
    network = Network(cell=read_cell({"name": name, **fields}, 4), outputs=1, output_bias="random")
    share = np.asarray(share_right(network, gradient))
    assert np.median(share) >= RIGHT, share


@pytest.mark.slow
def test_a_cell_that_cannot_remember_does_not_pass():
    network = Network(
        cell=read_cell({"name": "elman", "units": 8, "recurrence": False}, 4), outputs=1, output_bias="none"
    )
    assert np.max(share_right(network, bptt)) < 0.75
