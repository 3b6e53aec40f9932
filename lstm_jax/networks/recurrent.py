"""A layer of cells over whole sequences, for networks whose weights are shared by all lanes: lanes are a batch.

What a trial does step by step for weights of its own is done here for a sequence at once wherever nothing of the
previous step is needed: with `Gated` cells the inputs' part of all net inputs is one product before the loop over
steps, and the gradients by the weights are products after the loop that carries the errors back.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from lstm_jax.cells import Cell
from lstm_jax.cells.gated import Gated
from lstm_jax.cells.incoming import Incoming
from lstm_jax.errors import InputError
from lstm_jax.types import Array, Bool, Float, Int

MULTIPLICATIONS_IN_A_KERNEL = 1 << 16
"""Of a step's product; with more, the product is left to the library of matrix products."""

COLUMNS = 256
"""Steps times lanes in one product of weights with inputs: enough for its speed, and few enough for the cache."""

LARGE = 1 << 18
"""Weights of a matrix from which on XLA takes up to twice as long for an einsum over steps as for products with so many
columns side by side; for 256 x 256 weights both are alike, below the einsum is faster."""


def recurrent(
    cell: Cell,
    weights: Any,
    inputs: Float[Array, "time inputs *lanes"] | Int[Array, "time *lanes"],
    lengths: Int[Array, "*#lanes"] | None = None,
    carry: Any = None,
    reverse: bool = False,
    checkpoint_every: int | None = None,
) -> tuple[Any, Float[Array, "time outputs *lanes"]]:
    """Show sequences to a layer of cells, from the first step to the last or from the last to the first.

    Args:
        cell: what the weights belong to.
        weights: of `cell.init`, without lane axes or with lane axes that broadcast against those of the inputs.
        inputs: vectors, or symbols.
        lengths: numbers of steps; the rest is padding, at which the carry stays as it is and the outputs are zero.
        carry: what the sequences start from; None for `cell.initial_carry`.
        reverse: begin with the last step that is not padding; the outputs still come at their own times.
        checkpoint_every: keep the carry after so many steps only, and compute the rest again when errors flow back.
            What is kept of T steps besides inputs and outputs shrinks from T to T / checkpoint_every +
            checkpoint_every. None keeps everything.

    Returns:
        The carry after the last step that is not padding (with `reverse`, after the first), and the outputs.

    Raises:
        InputError: `checkpoint_every` is less than 1.
    """
    if checkpoint_every is not None and checkpoint_every < 1:
        raise InputError(f"checkpoint_every is {checkpoint_every}: it should be at least 1, or None.")
    blank = jax.eval_shape(lambda: cell.init(jax.random.key(0), jnp.float32(1)))
    symbols = not jnp.issubdtype(inputs.dtype, jnp.floating)
    lanes = inputs.shape[1:] if symbols else inputs.shape[2:]
    own = np.broadcast_shapes(*jax.tree.leaves(jax.tree.map(lambda w, b: w.shape[b.ndim :], weights, blank)))
    lanes = np.broadcast_shapes(lanes, own)
    if carry is None:
        carry = cell.initial_carry(lanes, jax.tree.leaves(weights)[0].dtype)
    here = None
    if lengths is not None:
        steps = jnp.arange(len(inputs), dtype=lengths.dtype).reshape(-1, *(1,) * len(lanes))
        here = jnp.broadcast_to(steps < lengths, (len(inputs), *lanes))
    if isinstance(cell, Gated) and np.prod(own, dtype=int) == 1:
        weights = jax.tree.map(lambda w, b: w.reshape(b.shape), weights, blank)
        inputs = jnp.broadcast_to(inputs, (*inputs.shape[: 1 if symbols else 2], *lanes))
        size = max(1, int(np.prod(lanes)))
        flat = partial(_flat, axes=len(lanes))
        show = partial(_segment, cell, reverse)
        last, outputs = _in_segments(
            show, weights, flat(inputs), flat(here), flat(carry), reverse, checkpoint_every, max(8, COLUMNS // size)
        )
        return jax.tree.map(lambda leaf: leaf.reshape(*leaf.shape[:-1], *lanes), (last, outputs))
    weights = jax.tree.map(
        lambda w, b: w.reshape(*b.shape, *(1,) * (len(lanes) + b.ndim - w.ndim), *w.shape[b.ndim :]), weights, blank
    )
    show = partial(_scan_of_steps, cell, reverse)
    return _in_segments(show, weights, inputs, here, carry, reverse, checkpoint_every, len(inputs))


def bidirectional(
    cells: tuple[Cell, Cell],
    weights: tuple[Any, Any],
    inputs: Float[Array, "time inputs *lanes"] | Int[Array, "time *lanes"],
    lengths: Int[Array, "*#lanes"] | None = None,
    carries: tuple[Any, Any] = (None, None),
    checkpoint_every: int | None = None,
) -> tuple[tuple[Any, Any], Float[Array, "time outputs *lanes"]]:
    """Two layers over the same sequences, one of them from the end to the beginning (Schuster and Paliwal, 1997).

    Args:
        cells: of the layer that goes forward, and of the one that goes backward.
        weights: of each.
        inputs: as for `recurrent`.
        lengths: as for `recurrent`.
        carries: as for `recurrent`, of each.
        checkpoint_every: as for `recurrent`.

    Returns:
        Their carries, and their outputs side by side.
    """
    layers = [
        recurrent(cell, w, inputs, lengths, carry, reverse, checkpoint_every)
        for cell, w, carry, reverse in zip(cells, weights, carries, (False, True), strict=True)
    ]
    (forth, forward), (back, backward) = layers
    return (forth, back), jnp.concatenate([forward, backward], axis=1)


def _flat(tree: Any, axes: int) -> Any:
    """One lane axis instead of so many."""
    return jax.tree.map(lambda leaf: leaf.reshape(*leaf.shape[: leaf.ndim - axes], -1), tree)


def _in_segments(show, weights, inputs, here, carry, reverse: bool, checkpoint_every: int | None, otherwise: int):
    """Show sequences some steps at a time: so many that only the carries in between are kept, or `otherwise`."""
    every = checkpoint_every or otherwise
    if checkpoint_every is not None:
        show = jax.checkpoint(show, prevent_cse=False)
    if every >= len(inputs):
        return show(weights, inputs, here, carry)
    count = len(inputs) // every
    whole = jax.tree.map(lambda x: x[: count * every].reshape(count, every, *x.shape[1:]), (inputs, here))
    rest = jax.tree.map(lambda x: x[count * every :], (inputs, here))

    def segment(carry, shown):
        return show(weights, *shown, carry)

    if len(rest[0]) == 0:
        carry, outputs = lax.scan(segment, carry, whole, reverse=reverse)
        return carry, _joined(outputs)
    if reverse:
        carry, last = segment(carry, rest)
        carry, outputs = lax.scan(segment, carry, whole, reverse=True)
    else:
        carry, outputs = lax.scan(segment, carry, whole)
        carry, last = segment(carry, rest)
    return carry, jnp.concatenate([_joined(outputs), last])


def _joined(segments: Array) -> Array:
    return segments.reshape(-1, *segments.shape[2:])


def _scan_of_steps(cell: Cell, reverse: bool, weights, inputs, here, carry):
    """Any cell, one step after the other."""

    def step(carry, shown):
        x, here = shown
        new, y = cell.step(weights, carry, x)
        return _frozen(here, new, carry, y)

    return lax.scan(step, carry, (inputs, here), reverse=reverse)


def _frozen(here: Bool[Array, "*lanes"] | None, new, carry, y):
    """At a step that is padding the carry stays as it is, and nothing is shown."""
    if here is None:
        return new, y
    return jax.tree.map(lambda a, b: jnp.where(here, a, b), new, carry), jnp.where(here, y, jnp.zeros_like(y))


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _segment(cell: Gated, reverse: bool, weights, inputs, here, carry):
    """Steps of a gated cell: weights without lanes, one lane axis everywhere else."""
    last, (outputs, _, _) = _forward(cell, reverse, weights, inputs, here, carry, keep=False)
    return last, outputs


def _forward(cell: Gated, reverse: bool, weights, inputs, here, carry, keep: bool):
    """The last carry; and at every step the output and, to `keep`, the net inputs and the carry before."""
    stack, peepholes = _stack(cell, weights), _peepholes(weights)

    def step(carry, shown):
        nets, here = shown
        nets = _plus_recurrent(cell, weights, stack, nets, cell.hidden(carry))
        new, y = _advance(cell, peepholes, nets, carry, here)
        return new, (y, nets if keep else None, carry if keep else None)

    nets = _from_inputs(cell, weights, inputs)
    return _loop(step, carry, (nets, here), len(inputs), reverse, _as_one_kernel(stack, carry))


def _segment_forward(cell: Gated, reverse: bool, weights, inputs, here, carry):
    last, (outputs, nets, carries) = _forward(cell, reverse, weights, inputs, here, carry, keep=True)
    return (last, outputs), (weights, inputs, here, nets, carries)


def _segment_backward(cell: Gated, reverse: bool, kept, errors):
    weights, inputs, here, nets, carries = kept
    at_last, at_outputs = errors
    stack, peepholes = _stack(cell, weights), _peepholes(weights)
    # The barrier keeps the transposition out of the loop.
    transposed = None if stack is None else lax.optimization_barrier(jnp.swapaxes(stack, 1, 2))

    def step(at, shown):
        at_carry, at_peepholes = at
        nets, carry, here, at_output = shown
        _, back = jax.vjp(partial(_advance, cell, here=here), peepholes, nets, carry)
        more, at_nets, at_before = back((at_carry, at_output))
        if transposed is not None:
            _, back = jax.vjp(cell.hidden, carry)
            (through_hidden,) = back(_recurrent_errors(weights, transposed, at_nets))
            at_before = jax.tree.map(jnp.add, at_before, through_hidden)
        return (at_before, jax.tree.map(jnp.add, at_peepholes, more)), at_nets

    start = at_last, jax.tree.map(jnp.zeros_like, peepholes)
    shown = nets, carries, here, at_outputs
    (at_carry, at_peepholes), at_nets = _loop(
        step, start, shown, len(inputs), not reverse, _as_one_kernel(stack, at_last)
    )
    # Both parts of the net inputs are linear in the weights: to go back through them is one product for all steps.
    _, back = jax.vjp(partial(_from_inputs, cell), weights, inputs)
    at_weights, at_inputs = back(at_nets)
    if stack is not None:
        hidden = jax.vmap(cell.hidden)(carries)
        _, back = jax.vjp(lambda w: _plus_recurrent(cell, w, _stack(cell, w), nets, hidden), weights)
        at_weights = jax.tree.map(jnp.add, at_weights, back(at_nets)[0])
    return _with_peepholes(at_weights, at_peepholes), at_inputs, None, at_carry


_segment.defvjp(_segment_forward, _segment_backward)


def _groups(weights) -> dict[str, Incoming]:
    return {name: w for name, w in weights._asdict().items() if w is not None}


def _from_inputs(cell: Gated, weights, inputs) -> dict[str, Float[Array, "time units lanes"]]:
    """What inputs and biases contribute to all net inputs."""

    def product(w: Incoming) -> Array:
        if w.input is None:
            terms = jnp.zeros((len(inputs), _units(w), inputs.shape[-1]), jax.tree.leaves(w)[0].dtype)
        elif inputs.ndim == 2:
            terms = jnp.moveaxis(w.input[:, inputs], 0, 1)
        else:
            terms = _products(w.input, inputs)
        return terms if w.bias is None else terms + w.bias[:, None]

    return {name: product(w) for name, w in _groups(weights).items()}


def _products(matrix: Float[Array, "units inputs"], inputs: Float[Array, "time inputs lanes"]) -> Array:
    """The matrix times the inputs of every step, `[time, units, lanes]`."""
    lanes = inputs.shape[-1]
    steps = max(1, COLUMNS // max(1, lanes))
    # Every product is written out in the program: not for hundreds of them.
    if matrix.size < LARGE or not 0 < len(inputs) <= 8 * steps:
        return jnp.einsum("ui,til->tul", matrix, inputs)
    products = []
    for start in range(0, len(inputs), steps):
        columns = jnp.moveaxis(inputs[start : start + steps], 0, 1).reshape(inputs.shape[1], -1)
        products.append(jnp.moveaxis((matrix @ columns).reshape(len(matrix), -1, lanes), 1, 0))
    return jnp.concatenate(products)


def _units(w: Incoming) -> int:
    return len(jax.tree.leaves(w)[0])


def _stack(cell: Gated, weights) -> Float[Array, "heads units hidden"] | None:
    """All weights from hidden activations, one below the other, so that a step has one product."""
    rows = [w.hidden for w in _groups(weights).values() if w.hidden is not None]
    if not rows:
        return None
    heads = _heads(cell, rows)
    return jnp.concatenate([w.reshape(heads, -1, w.shape[1]) for w in rows], axis=1)


def _heads(cell: Any, rows: list[Array]) -> int:
    """Into how many parts that do not see each other hidden activations fall."""
    carry = jax.eval_shape(lambda: cell.initial_carry((), rows[0].dtype))
    return jax.eval_shape(cell.hidden, carry).shape[0] // cell.hidden_sources


def _plus_recurrent(cell: Gated, weights, stack, nets, hidden):
    """Net inputs with the hidden activations' part, for one step or, with a leading axis, for many."""
    if stack is None:
        return nets
    heads, _, sources = stack.shape
    if heads == 1:
        products = jnp.einsum("us,...sl->...ul", stack[0], hidden)[..., None, :, :]
    else:
        parts = hidden.reshape(*hidden.shape[:-2], heads, sources, hidden.shape[-1])
        products = jnp.einsum("hus,...hsl->...hul", stack, parts)
    names = [name for name, w in _groups(weights).items() if w.hidden is not None]
    ends = np.cumsum([nets[name].shape[-2] // heads for name in names])[:-1]
    parts = dict(zip(names, jnp.split(products, ends, axis=-2), strict=True))
    return nets | {name: nets[name] + parts[name].reshape(nets[name].shape) for name in names}


def _recurrent_errors(weights, transposed, at_nets) -> Float[Array, "hidden lanes"]:
    """Errors at hidden activations from those at the net inputs they enter: the transposed product."""
    heads = len(transposed)
    names = [name for name, w in _groups(weights).items() if w.hidden is not None]
    rows = [at_nets[name].reshape(heads, -1, at_nets[name].shape[-1]) for name in names]
    stacked = jnp.concatenate(rows, axis=1)
    if heads == 1:
        return transposed[0] @ stacked[0]
    return jnp.einsum("hsu,hul->hsl", transposed, stacked).reshape(-1, stacked.shape[-1])


def _peepholes(weights) -> dict[str, Float[Array, "units 1"]]:
    return {name: w.peephole[:, None] for name, w in _groups(weights).items() if w.peephole is not None}


def _with_peepholes(weights, peepholes):
    changed = {name: getattr(weights, name)._replace(peephole=p[:, 0]) for name, p in peepholes.items()}
    return weights._replace(**changed)


def _advance(cell: Gated, peepholes, nets, carry, here):
    """What a step does after the products: net inputs so far stand where biases do, and peepholes come on top."""
    weights = cell.Weights(
        *(
            Incoming(None, None, nets[name], peepholes.get(name)) if name in nets else None
            for name in cell.Weights._fields
        )
    )
    sources = cell.sources(carry, next(iter(nets.values())))._replace(input=None, hidden=None)
    new, y = cell.advance(weights, cell.nets(weights, sources), carry)
    return _frozen(here, new, carry, y)


def _as_one_kernel(stack, carry) -> bool:
    lanes = jax.tree.leaves(carry)[0].shape[-1]
    return stack is None or stack.size * lanes <= MULTIPLICATIONS_IN_A_KERNEL


def _loop(step, start, shown, steps: int, reverse: bool, one_kernel: bool):
    """A scan that is not meant to be differentiated.

    On the CPU XLA compiles a small loop into one kernel (`lstm_jax.runtime`), in which large matrix products are some
    thirty times slower than in its library. It does not do so with a loop that sorts something; here it is the
    number of the step and a later one, always in order; that the later one seems to depend on the carry keeps it there.
    """

    def body(state, _):
        carry, t = state
        if not one_kernel and jax.default_backend() == "cpu":
            unknown = jnp.isnan(jax.tree.leaves(carry)[0].ravel()[0]).astype(t.dtype)
            t = lax.sort(jnp.stack([t, t + 1 + unknown]))[0]
        here = jax.tree.map(lambda x: lax.dynamic_index_in_dim(x, t, keepdims=False), shown)
        carry, y = step(carry, here)
        return (carry, t - 1 if reverse else t + 1), y

    first = jnp.int32(steps - 1 if reverse else 0)
    (carry, _), ys = lax.scan(body, (start, first), None, length=steps, reverse=reverse)
    return carry, ys
