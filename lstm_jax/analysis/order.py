"""How nets of Experiment 6a tell X, Y from Y, X: which block does it, and what in it depends on the first symbol.

Section 5.6 describes solutions that need one block only, of two kinds. In the first, the input gate is another for a
symbol that finds the block filled than for one that finds it empty. In the second, cells feed their output back to
their input, and the first symbol's sign stays: a state is positive after X and after X, Y, and negative after Y and
after Y, X, or the other way round.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from lstm_jax.analysis.traces import trace
from lstm_jax.cells import MemoryBlocks
from lstm_jax.networks import Network, NetworkWeights
from lstm_jax.tasks.temporal_order import TemporalOrder, X
from lstm_jax.types import Array, Bool, Float, Int, Sequence

ENOUGH = 0.95
"""Least share of answers that a block decides if it is enough."""

FACTOR = 2.0
"""Least factor, up or down, between input gates of a filled and of an empty block if the gate is what differs."""

KEPT = 0.95
"""Least share of strings in which a state keeps the first symbol's sign if the sign tells the order."""


class Strings(NamedTuple):
    """Strings that are the same but for their X and Y, which stand in every order: XX, XY, YX, YY."""

    inputs: Int[Array, "time 4 strings"]
    first: Bool[Array, "time strings"]
    """The step of the first X or Y."""
    second: Bool[Array, "time strings"]
    last: Bool[Array, "time strings"]
    """The last step, at which the answer counts."""


def in_every_order(sequences: Sequence) -> Strings:
    """Sequences of 6a, `[time, strings]`, with X and Y in every order at the places where they have one."""
    inputs = sequences.inputs
    relevant = inputs >= X
    first = relevant & (jnp.cumsum(relevant, axis=0) == 1)
    second = relevant & ~first
    order = jnp.arange(4, dtype=inputs.dtype)[:, None]
    shown = jnp.where(second[:, None], X + order % 2, inputs[:, None])
    shown = jnp.where(first[:, None], X + order // 2, shown)
    steps = jnp.arange(len(inputs), dtype=sequences.length.dtype)[:, None]
    return Strings(shown, first, second, steps == sequences.length - 1)


class Moments(NamedTuple):
    """What each net does at the steps that matter, for strings in every order."""

    input_gate: Float[Array, "2 blocks 4 strings *nets"]
    """At the first and at the second X or Y."""
    cell_input: Float[Array, "cells 4 strings *nets"]
    """g(net_c) at the second X or Y."""
    state: Float[Array, "3 cells 4 strings *nets"]
    """After the step of the first X or Y, before that of the second, and at the end."""
    right: Float[Array, "blocks 4 4 *nets"]
    """Share of strings whose answer is the order that this block is shown (second axis) while the others are shown the
    order of the third axis."""


def moments(network: Network, task: TemporalOrder, weights: NetworkWeights, strings: Strings) -> Moments:
    """Show strings in every order to nets of memory blocks, and to each block alone while the others are shown another.

    Args:
        network: whose cells are `MemoryBlocks`.
        task: 6a, or with other places and lengths.
        weights: `[..., *nets]`.
        strings: the same for all nets.
    """
    nets = len(network.lanes(weights))
    ones = (1,) * nets
    carry = trace(network, _spread(weights, nets, 2), strings.inputs.reshape(*strings.inputs.shape, *ones)).carry

    def at(step, values):
        """Of `[time, units, 4, strings, *nets]` what is there at one step of each string."""
        return jnp.sum(jnp.where(step.reshape(len(step), 1, 1, -1, *ones), values, 0), axis=0)

    before = jnp.roll(strings.second, -1, axis=0)
    return Moments(
        input_gate=jnp.stack([at(step, carry.input_gate) for step in (strings.first, strings.second)]),
        cell_input=at(strings.second, carry.cell_input),
        state=jnp.stack([at(step, carry.state) for step in (strings.first, before, strings.last)]),
        right=_right(network, task, weights, strings, carry),
    )


def _right(network: Network, task: TemporalOrder, weights: NetworkWeights, strings: Strings, carry: Any):
    """`Moments.right`, given what leaves the cells at every step, `[time, units, 4, strings, *nets]`.

    Of one block this is computed anew, and of the others it is taken from strings of another order. Lanes are the
    block, the order that it is shown, that of the others, the string, and the nets.
    """
    cell = network.cell
    assert isinstance(cell, MemoryBlocks)
    nets = network.lanes(weights)
    ones = (1,) * len(nets)
    many = _spread(weights, len(nets), 4)
    lanes = (cell.blocks, 4, 4, strings.first.shape[1], *nets)

    def mixed(mine, theirs):
        block = jnp.arange(len(theirs)) * cell.blocks // len(theirs)
        own = block[:, None] == jnp.arange(cell.blocks)
        return jnp.where(own.reshape(*own.shape, 1, 1, 1, *ones), mine, theirs[:, None, None])

    def step(before, now):
        x, last, theirs = now
        x = x.reshape(1, 4, 1, -1, *ones)
        mine, _ = cell.step(many.hidden, before[0], x)
        new = jax.tree.map(mixed, mine, theirs)
        outputs = network.output(many, x, new.cell_output)
        return (new, jnp.where(last.reshape(-1, *ones), outputs, before[1])), None

    dtype = carry.state.dtype
    start = (cell.initial_carry(lanes, dtype), jnp.zeros((task.outputs, *lanes), dtype))
    (_, outputs), _ = lax.scan(step, start, (strings.inputs, strings.last, carry))
    targets = jnp.eye(4, dtype=dtype).reshape(4, 1, 4, 1, 1, *ones)
    correct = task.correct(outputs, Sequence(strings.inputs, targets, jnp.sum(strings.last, axis=0)))
    return jnp.mean(correct, axis=3)


def _spread(weights: NetworkWeights, nets: int, axes: int) -> NetworkWeights:
    """Weights with as many axes of size one before the last `nets`."""
    return jax.tree.map(lambda w: jnp.expand_dims(w, range(w.ndim - nets, w.ndim - nets + axes)), weights)


class Measures(NamedTuple):
    """How each net tells the order, block by block."""

    right: Float[Array, "*nets"]
    """Share of right answers."""
    decides: Float[Array, "blocks *nets"]
    """Share of answers that are right by the order this block is shown while the others are shown another."""
    gate: Float[Array, "blocks *nets"]
    """The input gate at the second X or Y, filled with X or with Y, as a multiple of what it is at the same symbol when
    that comes first: means over strings, and of the four multiples the one that is farthest from 1."""
    cell_input: Float[Array, "blocks *nets"]
    """How far a cell input at the second X or Y depends on the first: the largest difference of means over strings."""
    sign: Float[Array, "blocks *nets"]
    """Share of the strings XY and YX in which a state has the first symbol's sign, before the second and at the end;
    that of the block's cell with the largest."""
    late: Float[Array, "blocks *nets"]
    """Share of what the first symbol makes of the states before the second, X against Y, that was not there after the
    first symbol's step; NaN where it makes nothing of them."""


def measures(found: Moments) -> Measures:
    """The numbers that tell kinds of solutions apart."""
    blocks = len(found.right)

    def by_block(values):
        return values.reshape(blocks, -1, *values.shape[1:])

    # Orders as [first symbol, second symbol].
    gate = jnp.mean(found.input_gate, axis=3).reshape(2, blocks, 2, 2, *found.input_gate.shape[4:])
    empty = jnp.mean(gate[0], axis=2)
    factor = jnp.log(gate[1] / empty[:, None])
    high, low = jnp.max(factor, axis=(1, 2)), jnp.min(factor, axis=(1, 2))

    cell_input = by_block(jnp.mean(found.cell_input, axis=2))
    depends = jnp.abs(cell_input[:, :, :2] - cell_input[:, :, 2:])

    held = found.state[1:, :, 1:3]  # of X, Y and of Y, X
    positive, negative = jnp.all(held > 0, axis=0), jnp.all(held < 0, axis=0)
    kept = [
        jnp.mean(one[:, 0], axis=1) + jnp.mean(other[:, 1], axis=1)
        for one, other in ((positive, negative), (negative, positive))
    ]

    mean = by_block(jnp.moveaxis(jnp.mean(found.state, axis=3), 0, 2))
    made = jnp.sum(jnp.abs(jnp.mean(mean[:, :, :2], axis=2) - jnp.mean(mean[:, :, 2:], axis=2)), axis=1)
    same = np.eye(4, dtype=bool)
    return Measures(
        right=jnp.mean(found.right[0][same], axis=0),
        decides=jnp.mean(found.right[:, ~same], axis=1),
        gate=jnp.exp(jnp.where(high > -low, high, low)),
        cell_input=jnp.max(depends, axis=(1, 2)),
        sign=jnp.max(by_block(jnp.maximum(*kept)), axis=1) / 2,
        late=1 - made[:, 0] / made[:, 1],
    )


class Kinds(NamedTuple):
    """What kind of solution each net has found."""

    leading: Int[Array, "*nets"]
    """The block that decides more answers than any other; the kind is that of this block."""
    one_block: Bool[Array, "*nets"]
    """Whether it is enough: it decides at least `ENOUGH` of the answers."""
    by_gate: Bool[Array, "*nets"]
    """Whether its input gate differs by at least `FACTOR` between a filled and an empty block."""
    by_sign: Bool[Array, "*nets"]
    """Whether a state of it keeps the first symbol's sign in at least `KEPT` of the strings."""


def kinds(found: Measures) -> Kinds:
    """Tell kinds of solutions apart. A net may be of both, or of neither."""
    leading = jnp.argmax(found.decides, axis=0)

    def own(values):
        return jnp.take_along_axis(values, leading[None], axis=0)[0]

    return Kinds(
        leading=leading,
        one_block=own(found.decides) >= ENOUGH,
        by_gate=jnp.abs(jnp.log(own(found.gate))) >= jnp.log(FACTOR),
        by_sign=own(found.sign) >= KEPT,
    )
