"""Real-time recurrent learning (Robinson & Fallside 1987; Williams & Zipser 1989), exact and for any cell.

The derivative P of the cells' carry c by every weight of the cells is carried forward:

    P(t) = dc(t)/dc(t-1) P(t-1) + dc(t)/dw

For n units that see each other P has n numbers for each of about n^2 weights, and a step takes n^4 multiplications;
nothing is stored per time step.
"""

from functools import reduce
from math import prod
from operator import add
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from lstm_jax.gradients.forward import ForwardRule, Step
from lstm_jax.types import Array, Float, Weights


class Memory(NamedTuple):
    """A cell's carry, and the derivatives of its numbers (flattened, a leading axis) by every weight."""

    carry: Any
    by_weights: Weights
    """Each `[carry, ..., *lanes]`."""


def _start(cell, weights, lanes: tuple[int, ...]) -> Memory:
    carry = cell.initial_carry(lanes, jax.tree.leaves(weights)[0].dtype)
    size = sum(_sizes(carry, len(lanes)))
    return Memory(carry, jax.tree.map(lambda w: jnp.zeros((size, *w.shape), w.dtype), weights))


def _step(cell, weights, memory: Memory, x, active) -> Step:
    new, pull = jax.vjp(lambda w, c: cell.step(w, c, x)[0], weights, memory.carry)
    shown, pull_shown = jax.vjp(lambda w, c: cell.step(w, c, x)[1], weights, memory.carry)
    lane_axes = shown.ndim - 1
    # Lanes share no weights, so that one pull-back gives a row of every lane's Jacobian.
    by_weights, by_carry = jax.vmap(pull)(_unit_vectors(new, lane_axes))
    by_weights = _along(_flat(by_carry, lane_axes, 1), memory.by_weights, by_weights)

    def kept(a, b):
        return jnp.where(active, a, b)

    def respond(total: Weights, at_cells: Float[Array, "cells *lanes"]) -> Weights:
        direct, at_carry = pull_shown(at_cells)
        at_carry = _flat(at_carry, lane_axes, 0)
        through = _along(at_carry[None], memory.by_weights, jax.tree.map(lambda d: d[None], direct))
        return jax.tree.map(lambda a, b: a + b[0], total, through)

    carry = jax.tree.map(kept, new, memory.carry)
    return Step(Memory(carry, jax.tree.map(kept, by_weights, memory.by_weights)), shown, respond)


RTRL = ForwardRule(_start, _step)


def _along(jacobian: Float[Array, "to carry *lanes"], by_weights: Weights, direct: Weights) -> Weights:
    """direct + jacobian by_weights, row by row: sums of scaled arrays, over lanes and small enough to fuse."""

    def one(p, d):
        features = p.ndim - 1 - (jacobian.ndim - 2)
        factors = jacobian.reshape(*jacobian.shape[:2], *(1,) * features, *jacobian.shape[2:])

        def add_row(k, rows):
            return rows.at[k].add(reduce(add, (factors[k, i] * p[i] for i in range(len(p)))))

        return lax.fori_loop(0, len(d), add_row, d)

    return jax.tree.map(one, by_weights, direct)


def _sizes(carry, lane_axes: int) -> list[int]:
    """How many numbers each array of a carry has in a lane."""
    return [prod(leaf.shape[: leaf.ndim - lane_axes]) for leaf in jax.tree.leaves(carry)]


def _flat(carry, lane_axes: int, leading: int) -> Array:
    """The numbers of a carry as one axis, after so many leading ones."""
    parts = []
    for leaf in jax.tree.leaves(carry):
        front, back = leaf.shape[:leading], leaf.shape[leaf.ndim - lane_axes :]
        parts.append(leaf.reshape(*front, -1, *back))
    return jnp.concatenate(parts, axis=leading)


def _unit_vectors(carry, lane_axes: int):
    """Carries `[numbers, ...]`, each with one number one and the others zero, the same in all lanes."""
    leaves, structure = jax.tree.flatten(carry)
    sizes = _sizes(carry, lane_axes)
    rows = jnp.split(jnp.eye(sum(sizes)), [sum(sizes[: i + 1]) for i in range(len(sizes) - 1)], axis=1)
    shaped = [
        jnp.broadcast_to(
            part.reshape(-1, *leaf.shape[: leaf.ndim - lane_axes], *(1,) * lane_axes), (len(part), *leaf.shape)
        ).astype(leaf.dtype)
        for part, leaf in zip(rows, leaves, strict=True)
    ]
    return jax.tree.unflatten(structure, shaped)
