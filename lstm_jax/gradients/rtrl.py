"""Real-time recurrent learning (Robinson & Fallside 1987; Williams & Zipser 1989), exact and for any cell.

The derivative P of the cells' carry c by every weight of the cells is carried forward:

    P(t) = dc(t)/dc(t-1) P(t-1) + dc(t)/dw

For n units that see each other P has n numbers for each of about n^2 weights, and a step takes n^4 multiplications;
nothing is stored per time step.
"""

from functools import reduce
from itertools import accumulate
from math import prod
from operator import add
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from lstm_jax.gradients.forward import ForwardRule, Step
from lstm_jax.types import Array, Float, Weights


class Memory(NamedTuple):
    """A cell's carry, and the derivatives of its numbers by every weight, numbers and weights each along one axis."""

    carry: Any
    by_weights: Float[Array, "carry weights *lanes"]


def _start(cell, weights, lanes: tuple[int, ...]) -> Memory:
    carry = cell.initial_carry(lanes, jax.tree.leaves(weights)[0].dtype)
    sizes = (sum(_sizes(tree, len(lanes))) for tree in (carry, weights))
    return Memory(carry, jnp.zeros((*sizes, *lanes), jax.tree.leaves(weights)[0].dtype))


def _step(cell, weights, memory: Memory, x, active) -> Step:
    new, pull = jax.vjp(lambda w, c: cell.step(w, c, x)[0], weights, memory.carry)
    shown, pull_shown = jax.vjp(lambda w, c: cell.step(w, c, x)[1], weights, memory.carry)
    lane_axes = shown.ndim - 1
    # Lanes share no weights, so that one pull-back gives a row of every lane's Jacobian.
    direct, by_carry = (_flat(tree, lane_axes, 1) for tree in jax.vmap(pull)(_unit_vectors(new, lane_axes)))
    by_weights = _along(by_carry, memory.by_weights, direct)

    def kept(a, b):
        return jnp.where(active, a, b)

    def respond(total: Weights, at_cells: Float[Array, "cells *lanes"]) -> Weights:
        direct, at_carry = (_flat(tree, lane_axes, 0)[None] for tree in pull_shown(at_cells))
        through = _along(at_carry, memory.by_weights, direct)[0]
        return jax.tree.map(jnp.add, total, _shaped_like(total, through))

    return Step(Memory(jax.tree.map(kept, new, memory.carry), kept(by_weights, memory.by_weights)), shown, respond)


RTRL = ForwardRule(_start, _step)


def _along(
    jacobian: Float[Array, "to carry *lanes"],
    by_weights: Float[Array, "carry weights *lanes"],
    direct: Float[Array, "to weights *lanes"],
) -> Float[Array, "to weights *lanes"]:
    """direct + jacobian by_weights, row by row: sums of scaled arrays, over lanes and small enough to fuse."""

    def add_row(k, rows):
        return rows.at[k].add(reduce(add, (jacobian[k, i] * row for i, row in enumerate(by_weights))))

    return lax.fori_loop(0, len(direct), add_row, direct)


def _sizes(tree, lane_axes: int) -> list[int]:
    """How many numbers each array of a carry, or of weights, has in a lane."""
    return [prod(leaf.shape[: leaf.ndim - lane_axes]) for leaf in jax.tree.leaves(tree)]


def _flat(tree, lane_axes: int, leading: int) -> Array:
    """The numbers of a carry, or of weights, as one axis, after so many leading ones."""
    parts = []
    for leaf in jax.tree.leaves(tree):
        front, back = leaf.shape[:leading], leaf.shape[leaf.ndim - lane_axes :]
        parts.append(leaf.reshape(*front, -1, *back))
    return jnp.concatenate(parts, axis=leading)


def _shaped_like(weights: Weights, flat: Float[Array, "weights *lanes"]) -> Weights:
    """Undo `_flat` for weights."""
    leaves, structure = jax.tree.flatten(weights)
    ends = list(accumulate(_sizes(weights, flat.ndim - 1)))
    parts = jnp.split(flat, ends[:-1])
    return jax.tree.unflatten(structure, [part.reshape(leaf.shape) for part, leaf in zip(parts, leaves, strict=True)])


def _unit_vectors(carry, lane_axes: int):
    """Carries `[numbers, ...]`, each with one number one and the others zero, the same in all lanes."""
    leaves, structure = jax.tree.flatten(carry)
    sizes = _sizes(carry, lane_axes)
    rows = jnp.split(jnp.eye(sum(sizes)), list(accumulate(sizes))[:-1], axis=1)
    shaped = [
        jnp.broadcast_to(
            part.reshape(-1, *leaf.shape[: leaf.ndim - lane_axes], *(1,) * lane_axes), (len(part), *leaf.shape)
        ).astype(leaf.dtype)
        for part, leaf in zip(rows, leaves, strict=True)
    ]
    return jax.tree.unflatten(structure, shaped)
