"""A layer of cells over whole sequences, for networks whose weights are shared by all lanes: lanes are a batch.

Sequences are shown a segment of steps at a time; those of `Gated` cells whose sums are taken at once have
products for many steps (segment.py).
"""

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from lstm_jax.cells import Cell
from lstm_jax.cells.gated import Gated
from lstm_jax.errors import InputError
from lstm_jax.networks.segment import Shared, Steps, begun, frozen, reentering, segment
from lstm_jax.networks.shown import checked, fitted, resets_of, spoilt, sums_of
from lstm_jax.types import Array, Float

STEPS_TIMES_LANES = 256
"""Steps times lanes of a segment, if it has eight steps or more: enough for fast products, few enough for the cache."""


def recurrent(
    cell: Cell,
    weights: Any,
    inputs: Any,
    lengths: Any = None,
    carry: Any = None,
    reverse: bool = False,
    checkpoint_every: int | None = None,
    symbols: bool = False,
    mask: Any = None,
    resets: Any = None,
    chunk_size: int | None = None,
    start: Any = None,
    factors: Any = None,
    kept: Any = None,
) -> tuple[Any, Float[Array, "time outputs *lanes"]]:
    """Show sequences to a layer of cells, from the first step to the last or from the last to the first.

    Args:
        cell: what the weights belong to.
        weights: of `cell.init`, without lane axes or with lane axes that broadcast against those of the inputs.
        inputs: vectors `[time, inputs, *lanes]` of any real type; with `symbols`, integers `[time, *lanes]`.
        lengths: numbers of steps, integers `[*#lanes]`; the rest is padding, at which the carry stays as it is and the
            outputs are zero, whatever the inputs are. None for no padding.
        carry: what the sequences start from, `[..., *#lanes]`, or without lanes where all start alike; None for
            `start`.
        reverse: begin with the last step that is not padding; the outputs still come at their own times.
        checkpoint_every: keep the carry after so many steps only, and compute the rest again when errors flow back.
            What is kept of T steps besides inputs and outputs shrinks from T to T / checkpoint_every +
            checkpoint_every. None keeps everything.
        symbols: whether inputs are symbols: they are not told from vectors by their type.
        mask: booleans `[time, *#lanes]`, False at steps that are padding wherever they stand: at the beginning, at the
            end, or in between. None for no other padding than that of `lengths`.
        resets: booleans `[time, *#lanes]`, True at steps with which a sequence of its own begins: no carry passes
            between such a step and the one before it, in either direction, but `start` takes its place.
            At padding they mean nothing. None for none.
        chunk_size: compute so many steps at once, of cells that have a method `chunk`: of ours, `MLSTM`. None for one
            step after another.
        start: what sequences start from where there is no carry, and at resets: as `carry`. None for
            `cell.initial_carry`.
        factors: what activations are multiplied with before they re-enter a `Gated` cell, `[hidden, *lanes]`: recurrent
            dropout. They are constants.
        kept: which numbers of the carry stay as they were (booleans), or which share of each does: a tree as the carry,
            `[time, ..., *lanes]`, of which axes after the first may be 1. That is zoneout; the cell then shows its
            `hidden`. They are constants.

    Returns:
        The carry after the last step that is not padding (with `reverse`, after the first), and the outputs, which are
        of the weights' type. With weights of 16 bits sums and carries are float32 all the same.

    Raises:
        InputError: `checkpoint_every` or `chunk_size` is less than 1, the cell has no chunks, or inputs, lengths,
            mask, resets or carry do not fit (`lstm_jax.networks.shown`, which says, too, what becomes of wrong values
            inside `jax.jit`).
    """
    for name, size in (("checkpoint_every", checkpoint_every), ("chunk_size", chunk_size)):
        if size is not None and size < 1:
            raise InputError(f"{name} is {size}: it should be at least 1, or None.")
    if chunk_size is not None and not hasattr(cell, "chunk"):
        raise InputError(f"chunk_size is {chunk_size}: it should be None for {type(cell).__name__}; MLSTM has chunks.")
    blank = jax.eval_shape(lambda: cell.init(jax.random.key(0), jnp.float32(1)))
    own = np.broadcast_shapes(*jax.tree.leaves(jax.tree.map(lambda w, b: w.shape[b.ndim :], weights, blank)))
    lanes = np.broadcast_shapes(inputs.shape[1 if symbols else 2 :], own)
    dtype = jax.tree.leaves(weights)[0].dtype
    sums = sums_of(dtype)
    inputs, here, wrong = checked(cell, inputs, lengths, symbols, lanes, dtype, mask)
    inputs = inputs if symbols else inputs.astype(sums)
    weights = jax.tree.map(lambda w: w.astype(sums), weights)
    begin = partial(cell.initial_carry, lanes, sums)
    own_start = start is None
    start = begin() if own_start else fitted(start, jax.eval_shape(begin), len(lanes))
    carry = start if carry is None else fitted(carry, start, len(lanes))
    factors, kept = lax.stop_gradient((factors, kept))
    steps = Steps(inputs, here, resets_of(resets, here, reverse, len(inputs), lanes), kept)
    shared = Shared(weights, None if steps.resets is None else start, factors)
    if chunk_size is not None and resets is not None and not own_start:
        raise InputError(f"chunk_size is {chunk_size}: with resets and a start of one's own it should be None.")
    if chunk_size is None and isinstance(cell, Gated) and cell.at_once and np.prod(own, dtype=int) == 1 and inputs.size:
        weights = jax.tree.map(lambda w, b: w.reshape(b.shape), weights, blank)
        inputs = jnp.broadcast_to(inputs, (*inputs.shape[: 1 if symbols else 2], *lanes))
        flat = partial(_flat, axes=len(lanes))
        show = partial(segment, cell, reverse)
        every = checkpoint_every or max(8, STEPS_TIMES_LANES // math.prod(lanes))
        shared, steps = flat(shared._replace(weights=None)), flat(steps._replace(inputs=inputs))
        shared = shared._replace(weights=weights)
        last, outputs = _in_segments(show, shared, steps, flat(carry), reverse, checkpoint_every is not None, every)
        last, outputs = jax.tree.map(lambda leaf: leaf.reshape(*leaf.shape[:-1], *lanes), (last, outputs))
    else:
        weights = jax.tree.map(
            lambda w, b: w.reshape(*b.shape, *(1,) * (len(lanes) + b.ndim - w.ndim), *w.shape[b.ndim :]), weights, blank
        )
        show = partial(_scan_of_steps if chunk_size is None else _at_once, cell, reverse)
        shared, every = shared._replace(weights=weights), chunk_size or checkpoint_every or len(inputs)
        last, outputs = _in_segments(show, shared, steps, carry, reverse, checkpoint_every is not None, every)
    return spoilt(wrong, reverse, last, outputs.astype(dtype))


def bidirectional(
    cells: tuple[Cell, Cell],
    weights: tuple[Any, Any],
    inputs: Any,
    lengths: Any = None,
    carries: tuple[Any, Any] = (None, None),
    checkpoint_every: int | None = None,
    symbols: bool = False,
) -> tuple[tuple[Any, Any], Float[Array, "time outputs *lanes"]]:
    """Two layers over the same sequences, one of them from the end to the beginning (Schuster and Paliwal, 1997).

    Args:
        cells: of the layer that goes forward, and of the one that goes backward.
        weights: of each.
        inputs: as for `recurrent`.
        lengths: as for `recurrent`.
        carries: as for `recurrent`, of each.
        checkpoint_every: as for `recurrent`.
        symbols: as for `recurrent`.

    Returns:
        Their carries, and their outputs side by side.
    """
    layers = [
        recurrent(cell, w, inputs, lengths, carry, reverse, checkpoint_every, symbols)
        for cell, w, carry, reverse in zip(cells, weights, carries, (False, True), strict=True)
    ]
    (forth, forward), (back, backward) = layers
    return (forth, back), jnp.concatenate([forward, backward], axis=1)


def _flat(tree: Any, axes: int) -> Any:
    """One lane axis instead of so many."""
    return jax.tree.map(lambda leaf: leaf.reshape(*leaf.shape[: leaf.ndim - axes], -1), tree)


def _in_segments(show, shared, steps: Steps, carry, reverse: bool, again: bool, every: int):
    """Show sequences so many steps at a time; if these are computed `again` going back, only carries are kept."""
    if again:
        show = jax.checkpoint(show, prevent_cse=False)
    if every >= len(steps.inputs):
        return show(shared, steps, carry)
    count, left = divmod(len(steps.inputs), every)
    whole = jax.tree.map(lambda x: x[: count * every].reshape(count, every, *x.shape[1:]), steps)
    rest = jax.tree.map(lambda x: x[count * every :], steps)

    def some_steps(carry, steps):
        return show(shared, steps, carry)

    if not left:
        carry, outputs = lax.scan(some_steps, carry, whole, reverse=reverse)
        return carry, _joined(outputs)
    if reverse:
        carry, last = some_steps(carry, rest)
        carry, outputs = lax.scan(some_steps, carry, whole, reverse=True)
    else:
        carry, outputs = lax.scan(some_steps, carry, whole)
        carry, last = some_steps(carry, rest)
    return carry, jnp.concatenate([_joined(outputs), last])


def _joined(segments: Array) -> Array:
    return segments.reshape(-1, *segments.shape[2:])


def _scan_of_steps(cell: Cell, reverse: bool, shared: Shared, steps: Steps, carry):
    """Any cell, one step after the other."""

    def step(carry, shown: Steps):
        carry = begun(shown.resets, shared.start, carry)
        new, y = _one_step(cell, shared, carry, shown.inputs)
        return frozen(cell, shown, new, carry, y)

    return lax.scan(step, carry, steps, reverse=reverse)


def _one_step(cell: Any, shared: Shared, carry, x):
    if shared.factors is None:
        return cell.step(shared.weights, carry, x)
    sources = cell.sources(carry, x)._replace(hidden=reentering(cell, shared.factors, carry))
    return cell.advance(shared.weights, cell.nets(shared.weights, sources), carry)


def _at_once(cell: Any, reverse: bool, shared: Shared, steps: Steps, carry):
    """Steps of a cell that has a form for many at once."""
    turned = partial(jnp.flip, axis=0) if reverse else lambda x: x
    inputs, here, resets, _ = jax.tree.map(turned, steps)
    last, outputs = cell.chunk(shared.weights, inputs, here, resets, carry)
    return last, turned(outputs)
