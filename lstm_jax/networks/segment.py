"""Some steps of a gated cell whose weights all lanes share.

What a trial does step by step for weights of its own is done here for many steps at once wherever nothing of the
previous step is needed, and it pays: for few lanes the inputs' part of all net inputs is one product before the loop
over steps; the gradients by the weights always are products after the loop that carries the errors back. The bounds
below are for XLA's CPU compiler; elsewhere as much as possible is one product for many steps.
"""

from functools import partial
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from lstm_jax.cells.gated import Gated
from lstm_jax.cells.incoming import Incoming
from lstm_jax.types import Array, Bool, Float, Int

MANY_LANES = 16
"""Number of lanes from which on products with the inputs of one step are as fast as with those of many, which would
have to be kept."""

MANY_LANES_LARGE = 128
"""As `MANY_LANES`, for a large matrix, which does not fit in the cache and would be read again at every step."""

MULTIPLICATIONS_IN_A_KERNEL = 1 << 11
"""Largest number of multiplications in a step's products for which they are not left to the library of matrix
products."""

MULTIPLICATIONS_IN_A_KERNEL_OF_ONE_LANE = 1 << 18
"""As `MULTIPLICATIONS_IN_A_KERNEL`, for one lane: XLA's own code is good at products of matrices with one vector."""

COLUMNS = 256
"""Number of steps times lanes in one product of a large matrix."""

LARGE = 1 << 18
"""Number of weights of a matrix from which on XLA takes up to twice as long for an einsum over steps as for products
with so many columns side by side; for 256 x 256 weights both are alike, below the einsum is faster."""

Source = Literal["input", "hidden"]


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def segment(
    cell: Gated,
    reverse: bool,
    weights: Any,
    inputs: Float[Array, "time inputs lanes"] | Int[Array, "time lanes"],
    here: Bool[Array, "time lanes"] | None,
    carry: Any,
) -> tuple[Any, Float[Array, "time outputs lanes"]]:
    """Show some steps of sequences to a layer of cells.

    Args:
        cell: what the weights belong to.
        reverse: begin with the last step.
        weights: of `cell.init`, without lanes.
        inputs: vectors, or symbols.
        here: False at steps that are padding; None for no padding.
        carry: what the steps start from, with one lane axis.

    Returns:
        The carry after them, and the outputs.
    """
    last, (outputs, _, _) = _forward(cell, reverse, weights, inputs, here, carry, keep=False)
    return last, outputs


def frozen(here: Bool[Array, "*lanes"] | None, new: Any, carry: Any, y: Float[Array, "outputs *lanes"]):
    """The new carry and what is shown; at a step that is padding, the old carry and zeros."""
    if here is None:
        return new, y
    return jax.tree.map(lambda a, b: jnp.where(here, a, b), new, carry), jnp.where(here, y, jnp.zeros_like(y))


def _forward(cell: Gated, reverse: bool, weights, inputs, here, carry, keep: bool):
    """The last carry; and at every step the output and, to `keep`, the net inputs and the carry before."""
    by_hidden, peepholes = _stacks(cell, weights, "hidden"), _peepholes(weights)
    beforehand = _beforehand(weights, inputs)
    by_input = {} if beforehand else _stacks(cell, weights, "input")

    def step(carry, shown):
        x, here = shown
        nets = x if beforehand else _plus(by_input, _biases(weights, x.shape[-1]), x)
        nets = _plus(by_hidden, nets, cell.hidden(carry))
        new, y = _advance(cell, peepholes, nets, carry, here)
        return new, (y, nets if keep else None, carry if keep else None)

    shown = _from_inputs(weights, inputs) if beforehand else inputs
    return _loop(step, carry, (shown, here), len(inputs), reverse, _as_one_kernel((by_input, by_hidden), carry))


def _beforehand(weights, inputs) -> bool:
    """Whether the inputs' part of the net inputs is computed for all steps before the loop over them."""
    if inputs.ndim == 2 or not _on_cpu():
        return True
    largest = max(matrix.size for matrix in _matrices(weights, "input").values())
    return inputs.shape[-1] < (MANY_LANES if largest < LARGE else MANY_LANES_LARGE)


def _on_cpu() -> bool:
    return jax.default_backend() == "cpu"


def _segment_forward(cell: Gated, reverse: bool, weights, inputs, here, carry):
    last, (outputs, nets, carries) = _forward(cell, reverse, weights, inputs, here, carry, keep=True)
    return (last, outputs), (weights, inputs, here, nets, carries)


def _segment_backward(cell: Gated, reverse: bool, kept, errors):
    weights, inputs, here, nets, carries = kept
    at_last, at_outputs = errors
    transposed, peepholes = _transposed(_stacks(cell, weights, "hidden")), _peepholes(weights)

    def step(at, shown):
        at_carry, at_peepholes = at
        nets, carry, here, at_output = shown
        _, back = jax.vjp(partial(_advance, cell, here=here), peepholes, nets, carry)
        more, at_nets, at_before = back((at_carry, at_output))
        if transposed is not None:
            _, back = jax.vjp(cell.hidden, carry)
            (through_hidden,) = back(_hidden_errors(weights, transposed, at_nets))
            at_before = jax.tree.map(jnp.add, at_before, through_hidden)
        return (at_before, jax.tree.map(jnp.add, at_peepholes, more)), at_nets

    start = at_last, jax.tree.map(jnp.zeros_like, peepholes)
    shown = nets, carries, here, at_outputs
    one_kernel = _as_one_kernel(transposed, at_last)
    (at_carry, at_peepholes), at_nets = _loop(step, start, shown, len(inputs), not reverse, one_kernel)

    # Both parts of the net inputs are linear in the weights: to go back through them is one product for all steps.
    def all_nets(weights, inputs):
        return _plus(_stacks(cell, weights, "hidden"), _from_inputs(weights, inputs), hidden)

    hidden = None if transposed is None else jax.vmap(cell.hidden)(carries)
    _, back = jax.vjp(all_nets, weights, inputs)
    at_weights, at_inputs = back(at_nets)
    return _with_peepholes(at_weights, at_peepholes), at_inputs, None, at_carry


segment.defvjp(_segment_forward, _segment_backward)


def _groups(weights) -> dict[str, Incoming]:
    return {name: w for name, w in weights._asdict().items() if w is not None}


def _matrices(weights, source: Source) -> dict[str, Array]:
    """The matrices of weights from a source, by the groups that have it."""
    matrices = {name: getattr(w, source) for name, w in _groups(weights).items()}
    return {name: matrix for name, matrix in matrices.items() if matrix is not None}


def _stacks(cell: Gated, weights, source: Source) -> dict[tuple[str, ...], Float[Array, "heads _ sources"]]:
    """All weights from a source, by the groups they lead to.

    They are one below the other, so that a step has one product; but not if that would be a large matrix.
    """
    matrices = _matrices(weights, source)
    if not matrices:
        return {}
    heads = _heads(cell, matrices) if source == "hidden" else 1
    rows = {(name,): w.reshape(heads, -1, w.shape[1]) for name, w in matrices.items()}
    if _on_cpu() and sum(w.size for w in rows.values()) > LARGE:
        return rows
    return {tuple(matrices): jnp.concatenate(list(rows.values()), axis=1)}


def _heads(cell: Any, matrices: dict[str, Array]) -> int:
    """Number of parts of the hidden activations that do not see each other."""
    carry = jax.eval_shape(lambda: cell.initial_carry((), jax.tree.leaves(matrices)[0].dtype))
    return jax.eval_shape(cell.hidden, carry).shape[0] // cell.hidden_sources


def _from_inputs(weights, inputs) -> dict[str, Float[Array, "time _ lanes"]]:
    """What biases and the inputs of many steps contribute to all net inputs."""
    nets = {}
    for name, w in _groups(weights).items():
        if w.input is None:
            product = jnp.zeros((len(inputs), _units(w), inputs.shape[-1]), jax.tree.leaves(w)[0].dtype)
        elif inputs.ndim == 2:
            product = jnp.moveaxis(w.input[:, inputs], 0, 1)
        else:
            product = _side_by_side(w.input, inputs)
        nets[name] = product if w.bias is None else product + w.bias[:, None]
    return nets


def _biases(weights, lanes: int) -> dict[str, Float[Array, "_ lanes"]]:
    """Net inputs of one step without any source."""
    nets = {}
    for name, w in _groups(weights).items():
        bias = jnp.zeros((), jax.tree.leaves(w)[0].dtype) if w.bias is None else w.bias[:, None]
        nets[name] = jnp.broadcast_to(bias, (_units(w), lanes))
    return nets


def _units(w: Incoming) -> int:
    return len(jax.tree.leaves(w)[0])


def _plus(stacks, nets, activations) -> dict[str, Float[Array, "*time _ lanes"]]:
    """Net inputs with the part of a source, for one step or, with a leading axis, for many."""
    for names, stack in stacks.items():
        ends = np.cumsum([nets[name].shape[-2] // len(stack) for name in names])[:-1]
        parts = jnp.split(_products(stack, activations), ends, axis=-2)
        nets = nets | {name: nets[name] + p.reshape(nets[name].shape) for name, p in zip(names, parts, strict=True)}
    return nets


def _products(
    stack: Float[Array, "heads units sources"], activations: Float[Array, "*time all_sources lanes"]
) -> Float[Array, "*time heads units lanes"]:
    """Every head's matrix times its part of the activations, for one step or for many."""
    heads, _, sources = stack.shape
    if heads > 1:
        parts = activations.reshape(*activations.shape[:-2], heads, sources, activations.shape[-1])
        return jnp.einsum("hus,...hsl->...hul", stack, parts)
    products = _side_by_side if activations.ndim == 3 else jnp.matmul
    return products(stack[0], activations)[..., None, :, :]


def _side_by_side(
    matrix: Float[Array, "units sources"], activations: Float[Array, "time sources lanes"]
) -> Float[Array, "time units lanes"]:
    """The matrix times the activations of every step."""
    lanes = activations.shape[-1]
    steps = max(1, COLUMNS // max(1, lanes))
    # Every product is written out in the program: not for hundreds of them.
    if not _on_cpu() or matrix.size < LARGE or not 0 < len(activations) <= 8 * steps:
        return jnp.einsum("us,tsl->tul", matrix, activations)
    products = []
    for start in range(0, len(activations), steps):
        columns = jnp.moveaxis(activations[start : start + steps], 0, 1).reshape(activations.shape[1], -1)
        products.append(jnp.moveaxis((matrix @ columns).reshape(len(matrix), -1, lanes), 1, 0))
    return jnp.concatenate(products)


def _transposed(stacks) -> Float[Array, "heads hidden units"] | None:
    """All weights from hidden activations, for the way back, where one product is best whatever its size."""
    if not stacks:
        return None
    # The barrier keeps the transposition out of the loop.
    return lax.optimization_barrier(jnp.swapaxes(jnp.concatenate(list(stacks.values()), axis=1), 1, 2))


def _hidden_errors(weights, transposed, at_nets) -> Float[Array, "hidden lanes"]:
    """Errors at hidden activations from those at the net inputs they enter: the transposed product."""
    heads = len(transposed)
    rows = [at_nets[name].reshape(heads, -1, at_nets[name].shape[-1]) for name in _matrices(weights, "hidden")]
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
    return frozen(here, new, carry, y)


def _as_one_kernel(matrices, carry) -> bool:
    lanes = jax.tree.leaves(carry)[0].shape[-1]
    most = MULTIPLICATIONS_IN_A_KERNEL_OF_ONE_LANE if lanes == 1 else MULTIPLICATIONS_IN_A_KERNEL
    return lanes * sum(matrix.size for matrix in jax.tree.leaves(matrices)) <= most


def _loop(step, start, shown, steps: int, reverse: bool, one_kernel: bool):
    """A scan that is not meant to be differentiated.

    On the CPU XLA compiles a small loop into one kernel (`lstm_jax.runtime`), in which large matrix products are some
    thirty times slower than in its library. It does not do so with a loop that sorts something. Here the number of the
    step and a later one are sorted, which are always in order; the later one seems to depend on the carry, so that XLA
    cannot move the sorting out of the loop.
    """

    def body(state, _):
        carry, t = state
        if not one_kernel and _on_cpu():
            unknown = jnp.isnan(jax.tree.leaves(carry)[0].ravel()[0]).astype(t.dtype)
            t = lax.sort(jnp.stack([t, t + 1 + unknown]))[0]
        here = jax.tree.map(lambda x: lax.dynamic_index_in_dim(x, t, keepdims=False), shown)
        carry, y = step(carry, here)
        return (carry, t - 1 if reverse else t + 1), y

    first = jnp.int32(steps - 1 if reverse else 0)
    (carry, _), ys = lax.scan(body, (start, first), None, length=steps, reverse=reverse)
    return carry, ys
