"""What memory cells are used for: to store something, or as biases, and how far their states drift (section 4)."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from lstm_jax.analysis.traces import trace
from lstm_jax.cells import MemoryBlocks
from lstm_jax.cells.squashing import slope, squash
from lstm_jax.criteria import mean_error
from lstm_jax.networks import Network, NetworkWeights
from lstm_jax.types import Array, Float, Sequence


class Use(NamedTuple):
    """What the cells of each net do in many sequences, at the steps where there is an error."""

    constant: Float[Array, "cells *lanes"]
    """Share of the mean square of a cell's output that is its squared mean: 1 for a bias, 0 for a mean of zero."""
    constant_sent: Float[Array, "cells *lanes"]
    """How strongly the mean output acts on the output units' net inputs: root of the sum over units of its square."""
    varying_sent: Float[Array, "cells *lanes"]
    """As `constant_sent` for the varying part of the output: with its standard deviation in place of the mean."""
    drift: Float[Array, "cells *lanes"]
    """Mean of |s|, the size of the internal state, at the end of a sequence."""
    slope: Float[Array, "cells *lanes"]
    """Mean of h'(s) at the end of a sequence, as a share of the largest slope: how much of an error enters the cell."""
    error: Float[Array, "*lanes"]
    """Mean absolute error of the outputs."""


def use(network: Network, weights: NetworkWeights, sequences: Sequence) -> Use:
    """Show sequences to nets of memory blocks with their weights held still.

    Args:
        network: whose cells are `MemoryBlocks`.
        weights: `[..., *lanes]`.
        sequences: `[..., sequences, *lanes]`.
    """
    cell = network.cell
    assert isinstance(cell, MemoryBlocks) and weights.output is not None
    lane_axes = sequences.length.ndim - 1
    many = jax.tree.map(lambda w: jnp.expand_dims(w, w.ndim - lane_axes), weights)
    carry = trace(network, many, sequences.inputs).carry
    steps = jnp.arange(len(sequences.inputs)).reshape(-1, *(1,) * (lane_axes + 1))
    last = steps == sequences.length - 1
    counted = last if sequences.target_mask is None else sequences.target_mask

    def mean(values, where):
        """Over steps and sequences: `[time, cells, sequences, *lanes]` to `[cells, *lanes]`."""
        where = jnp.broadcast_to(where[:, None], values.shape)
        return jnp.mean(values, axis=(0, 2), where=where)

    average = mean(carry.cell_output, counted)
    variance = mean(jnp.square(carry.cell_output - jnp.expand_dims(average, 1)), counted)
    outgoing = jnp.sqrt(jnp.sum(jnp.square(weights.output.hidden), axis=0))
    h = cell.cell_output_squashing
    steepness = slope(h, squash(h, carry.state)) / slope(h, squash(h, jnp.zeros_like(carry.state)))
    return Use(
        constant=jnp.square(average) / (jnp.square(average) + variance),
        constant_sent=outgoing * jnp.abs(average),
        varying_sent=outgoing * jnp.sqrt(variance),
        drift=mean(jnp.abs(carry.state), last),
        slope=mean(steepness, last),
        error=jnp.mean(mean_error(network.apply(many, sequences), sequences), axis=0),
    )


def sent_constant(found: Use) -> Float[Array, "*lanes"]:
    """Share of all that a net's cells send to the output units that is constant; NaN where nothing is sent."""
    constant, varying = (jnp.sum(jnp.square(sent), axis=0) for sent in (found.constant_sent, found.varying_sent))
    return constant / (constant + varying)
