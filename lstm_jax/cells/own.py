"""Whether a cell of somebody's own is as `Cell` describes it: asked of shapes, before anything is computed."""

from contextlib import suppress
from typing import Any

import jax
import jax.numpy as jnp

from lstm_jax.cells.protocol import Cell
from lstm_jax.own_code import Unfit, asked, pair, shown, where

LANES = (3,)
"""Lanes that it is asked for: a number that hardly is a number of units or inputs, too."""


def check(cell: Cell) -> None:
    """Refuse a cell whose weights, carry and outputs are not of the shapes that it names, with lanes last.

    Raises:
        Unfit: saying which function gives what, and what it should give.
        Exception: whatever the cell's own code raises.
    """
    for name in ("inputs", "outputs", "weight_count"):
        value = getattr(cell, name)
        if not isinstance(value, int) or value < 1:
            raise Unfit(f"its {name} should be a positive integer, and is {value!r}")
    dtype = jnp.result_type(float)
    keys = jax.eval_shape(lambda: jax.random.split(jax.random.key(0), LANES))
    weights = jax.eval_shape(cell.init, keys, jax.ShapeDtypeStruct(LANES, dtype))
    carry = jax.eval_shape(lambda: cell.initial_carry(LANES, dtype))
    for function, tree in ((cell.init, weights), (cell.initial_carry, carry)):
        leaves = jax.tree.leaves(tree)
        if not leaves or any(leaf.shape[-1:] != LANES or not _floating(leaf) for leaf in leaves):
            words = f"floating-point arrays [..., *lanes], [..., {LANES[0]}] for {LANES[0]} lanes"
            raise Unfit(f"{where(function)} should give {words}, and gives {shown(tree)}")
    drawn = sum(leaf.size for leaf in jax.tree.leaves(weights)) // LANES[0]
    if drawn != cell.weight_count:
        raise Unfit(f"its weight_count should be {drawn}, as {where(cell.init)} draws, and is {cell.weight_count}")
    _check_step(cell, weights, carry)


def _check_step(cell: Cell, weights: Any, carry: Any) -> None:
    """A step keeps the kind of the carry, and shows what `outputs` says."""
    after, y = pair(cell.step, _stepped(cell, weights, carry), "(carry, y)")
    asked(cell.step, carry, after, "the carry as it got it, ")
    wanted = jax.ShapeDtypeStruct((cell.outputs, *LANES), jnp.result_type(float))
    asked(cell.step, wanted, y, f"[outputs, *lanes] as y, for {LANES[0]} lanes ")


def _stepped(cell: Cell, weights: Any, carry: Any) -> Any:
    """What one step gives, of vectors; of symbols from a cell that takes these alone."""
    vectors = jax.ShapeDtypeStruct((cell.inputs, *LANES), jnp.result_type(float))
    try:
        return jax.eval_shape(cell.step, weights, carry, vectors)
    except Exception:  # somebody else's code may fail in any way
        with suppress(Exception):  # what is told is how it fails with vectors
            return jax.eval_shape(cell.step, weights, carry, jax.ShapeDtypeStruct(LANES, jnp.int32))
        raise


def _floating(leaf: Any) -> bool:
    return jnp.issubdtype(leaf.dtype, jnp.floating)
