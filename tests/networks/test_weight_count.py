"""Weights of the architectures of Table 10: how many there are, and how they start."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.cells import MemoryBlocks
from lstm_jax.networks import NetworkWeights
from tests.architectures import ARCHITECTURES, WEIGHT_COUNTS
from tests.distributions import FALSE_ALARM, uniform_over_interval

RANGE = 0.2


@cache
def initial(row: str) -> NetworkWeights:
    """Initial weights of as many networks as have ten thousand weights together, `[..., networks]`."""
    keys = jax.random.split(jax.random.key(0), -(-10_000 // WEIGHT_COUNTS[row]))
    return jax.tree.map(np.asarray, jax.jit(ARCHITECTURES[row].init)(keys, jnp.full(len(keys), RANGE)))


def random_weights(row: str) -> np.ndarray:
    """`[weights, networks]`: all weights but biases that start at set values."""
    cell, weights = ARCHITECTURES[row].cell, initial(row)
    hidden = weights.hidden
    assert isinstance(cell, MemoryBlocks)
    if isinstance(cell.input_gate_bias, tuple):
        hidden = hidden._replace(input_gate=hidden.input_gate._replace(bias=None))
    if isinstance(cell.output_gate_bias, tuple):
        hidden = hidden._replace(output_gate=hidden.output_gate._replace(bias=None))
    leaves = jax.tree.leaves(weights._replace(hidden=hidden))
    return np.concatenate([leaf.reshape(-1, leaf.shape[-1]) for leaf in leaves])


@pytest.mark.parametrize("row", ARCHITECTURES)
def test_number_of_weights_is_the_one_of_table_10(row):
    network = ARCHITECTURES[row]
    assert network.weight_count == WEIGHT_COUNTS[row]
    weights = jax.eval_shape(network.init, jax.random.key(0), jnp.float32(RANGE))
    assert sum(leaf.size for leaf in jax.tree.leaves(weights)) == WEIGHT_COUNTS[row]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("row", "input_gates", "output_gates"),
    [
        ("1-2", None, [-1, -2, -3]),
        ("3a", [-1, -3, -5], [-2, -4, -6]),
        ("4-1", [-3, -6], None),
        ("6b", [-2, -4, -6], None),
    ],
)
def test_set_biases_start_at_their_values_block_by_block(row, input_gates, output_gates):
    hidden = initial(row).hidden
    for bias, wanted in ((hidden.input_gate.bias, input_gates), (hidden.output_gate.bias, output_gates)):
        if wanted is None:
            assert np.abs(bias).max() <= RANGE
        else:
            np.testing.assert_array_equal(bias, np.tile(np.array(wanted)[:, None], bias.shape[-1]))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("row", "units"),
    [
        ("1-2", {"input gates", "output gates"}),
        ("2a", set()),
        ("3a", {"input gates", "output gates", "cells"}),
        ("4-1", {"input gates", "output gates", "cells", "output units"}),
        ("6b", {"input gates", "output gates", "cells", "output units"}),
    ],
)
def test_only_the_listed_units_have_biases(row, units):
    hidden, output = initial(row)
    groups = {
        "input gates": hidden.input_gate,
        "output gates": hidden.output_gate,
        "cells": hidden.cell,
        "output units": output,
    }
    assert {name for name, group in groups.items() if group is not None and group.bias is not None} == units


@pytest.mark.slow
@pytest.mark.parametrize("row", ["1-2", "2a", "4-1", "6b"])
def test_other_weights_are_uniform_in_the_range(row):
    weights = random_weights(row)
    assert uniform_over_interval(weights, -RANGE, RANGE) > FALSE_ALARM
    # The outermost thousandth on each side is empty with probability exp(-10) or less.
    assert weights.min() < -0.998 * RANGE
    assert weights.max() > 0.998 * RANGE


@pytest.mark.slow
@pytest.mark.parametrize("row", ["1-2", "4-1", "6b"])
def test_no_two_weights_share_a_random_number(row):
    # In one network and from key to key. Two of 700 equal numbers out of float32's 2^23: 3 %, but not at this seed.
    two_networks = random_weights(row)[:, :2]
    assert np.unique(two_networks).size == two_networks.size


@pytest.mark.slow
@pytest.mark.parametrize("row", ["2a", "4-1"])
def test_a_lane_starts_as_its_key_and_range_say(row):
    keys = jax.random.split(jax.random.key(1), 3)
    ranges = jnp.array([0.1, 0.2, 3.0])
    init = jax.jit(ARCHITECTURES[row].init)
    together = init(keys, ranges)
    for i in range(3):
        alone = init(keys[i], ranges[i])
        jax.tree.map(np.testing.assert_array_equal, alone, jax.tree.map(lambda leaf, i=i: leaf[..., i], together))
