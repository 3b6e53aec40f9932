"""Some steps of a gated cell whose weights all lanes share.

What a trial does step by step for weights of its own is done here for many steps at once wherever nothing of the
previous step is needed, and it pays: for few lanes the inputs' part of all net inputs is one product before the loop
over steps; the gradients by the weights always are products after the loop that carries the errors back. The bounds
below are for XLA's CPU compiler; elsewhere as much as possible is one product for many steps.
"""

from functools import partial
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.custom_derivatives import SymbolicZero

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


class Shared(NamedTuple):
    """What is the same at every step."""

    weights: Any
    """Of `cell.init`."""
    start: Any = None
    """What the carry becomes at a reset; None without resets."""
    factors: Float[Array, "hidden *lanes"] | None = None
    """What activations are multiplied with before they re-enter: dropout; None for ones."""


class Steps(NamedTuple):
    """What each step has of its own."""

    inputs: Float[Array, "time inputs *lanes"] | Int[Array, "time *lanes"]
    """Vectors, or symbols."""
    here: Bool[Array, "time *lanes"] | None = None
    """False at steps that are padding; None for no padding."""
    resets: Bool[Array, "time *lanes"] | None = None
    """Before which steps the carry becomes what sequences start from; None for none."""
    kept: Any = None
    """Which numbers of the carry stay as they were, or which share of each does, `[time, ..., *#lanes]`: zoneout."""


@partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def segment(
    cell: Gated, reverse: bool, shared: Shared, steps: Steps, carry: Any
) -> tuple[Any, Float[Array, "time outputs lanes"]]:
    """Show some steps of sequences to a layer of cells.

    Args:
        cell: what the weights belong to.
        reverse: begin with the last step.
        shared: the weights, without lanes, and what else all steps share.
        steps: with one lane axis.
        carry: what the steps start from, with one lane axis.

    Returns:
        The carry after them, and the outputs.
    """
    last, (outputs, _, _) = _forward(cell, reverse, shared, steps, carry, keep=False)
    return last, outputs


def begun(resets: Bool[Array, "*lanes"] | None, start: Any, carry: Any) -> Any:
    """The carry before a step: at a reset, what sequences start from."""
    return carry if resets is None else jax.tree.map(lambda a, b: jnp.where(resets, a, b), start, carry)


def reentering(cell: Gated, factors: Any, carry: Any) -> Any:
    """The activations of the previous step that units receive, after dropout."""
    hidden = cell.hidden(carry)
    return hidden if factors is None else hidden * factors


def frozen(cell: Any, step: Steps, new: Any, carry: Any, y: Float[Array, "outputs *lanes"]):
    """The new carry and what is shown; at a step that is padding, the old carry and zeros.

    With zoneout the cell shows what it has in its carry.
    """
    here = step.here
    if step.kept is not None:
        new = jax.tree.map(_mixed, step.kept, carry, new)
        y = cell.hidden(new)
    if here is None:
        return new, y
    return jax.tree.map(lambda a, b: jnp.where(here, a, b), new, carry), jnp.where(here, y, jnp.zeros_like(y))


def _mixed(kept: Array, old: Array, new: Array) -> Array:
    return jnp.where(kept, old, new) if kept.dtype == bool else kept * old + (1 - kept) * new


def _forward(cell: Gated, reverse: bool, shared: Shared, steps: Steps, carry, keep: bool):
    """The last carry; and at every step the output and, to `keep`, the net inputs and the carry before."""
    weights, inputs = shared.weights, steps.inputs
    by_hidden, peepholes = _stacks(cell, weights, "hidden"), _peepholes(weights)
    beforehand = _beforehand(weights, inputs)
    by_input = {} if beforehand else _stacks(cell, weights, "input")

    shown = steps._replace(inputs=_from_inputs(weights, inputs) if beforehand else inputs)
    one_kernel = _as_one_kernel((by_input, by_hidden), carry)

    def step(state, _):
        carry, t = state  # counted, which is faster than to read it from a list
        now = _at(t, shown, one_kernel, carry)
        carry, x = begun(now.resets, shared.start, carry), now.inputs
        nets = x if beforehand else _plus(by_input, _biases(weights, x.shape[-1]), x)
        nets = _plus(by_hidden, nets, reentering(cell, shared.factors, carry))
        new, y = _advance(cell, peepholes, nets, carry, now)
        return (new, t - 1 if reverse else t + 1), (y, nets if keep else None, carry if keep else None)

    start = carry, jnp.int32(len(inputs) - 1 if reverse else 0)
    (last, _), kept = lax.scan(step, start, None, length=len(inputs), reverse=reverse)
    return last, kept


def _beforehand(weights, inputs) -> bool:
    """Whether the inputs' part of the net inputs is computed for all steps before the loop over them."""
    if inputs.ndim == 2 or not _on_cpu():
        return True
    largest = max(matrix.size for matrix in _matrices(weights, "input").values())
    return inputs.shape[-1] < (MANY_LANES if largest < LARGE else MANY_LANES_LARGE)


def _on_cpu() -> bool:
    return jax.default_backend() == "cpu"


@partial(segment.defjvp, symbolic_zeros=True)
def _with_change(cell: Gated, reverse: bool, primals, changes):
    shared, steps, carry = primals
    last, (outputs, nets, carries) = _forward(cell, reverse, shared, steps, carry, keep=True)
    by_shared, by_steps, by_carry = changes
    by_inputs = None if isinstance(by_steps.inputs, SymbolicZero) else by_steps.inputs
    by_shared, by_carry = _or_zeros(by_shared, shared), _or_zeros(by_carry, carry)
    return (last, outputs), _change(cell, reverse, (shared, steps, nets, carries), by_shared, by_inputs, by_carry)


def _or_zeros(changes, values):
    return jax.tree.map(lambda v, c: jnp.zeros_like(v) if isinstance(c, SymbolicZero) else c, values, changes)


def _change(cell: Gated, reverse: bool, kept, by_shared: Shared, by_inputs, by_carry):
    """How the last carry and the outputs change with what is shared, inputs and carry: linear in their changes.

    Transposed, it is the way back of errors: a loop over steps, then the gradient by weights and inputs as one product
    for all steps.
    """
    (weights, _, factors), steps, nets, carries = kept
    inputs, marks = steps.inputs, steps._replace(inputs=None)

    # To go back, all but the matrices is computed again from what is kept.
    @partial(jax.checkpoint, prevent_cse=False)
    def all_nets(weights, inputs, carries, by_weights, by_inputs):
        stacks = _stacks(cell, by_weights, "hidden")
        hidden = jax.vmap(partial(reentering, cell, factors))(carries) if stacks else None
        nets = _plus(stacks, _from_inputs(by_weights, inputs), hidden)
        if by_inputs is None:
            return nets
        more = _from_inputs(_without_biases(weights), by_inputs)
        return {name: net + more[name] for name, net in nets.items()}

    by_nets = all_nets(weights, inputs, carries, by_shared.weights, by_inputs)
    stacks, peepholes = _stacks(cell, weights, "hidden"), _peepholes(weights)
    transposed = _transposed(stacks)
    groups = tuple(_matrices(weights, "hidden"))

    one_kernel, numbers = _as_one_kernel(transposed, by_carry), jnp.arange(len(nets[next(iter(nets))]))

    @partial(jax.checkpoint, prevent_cse=False)
    def step(peepholes, kept, by_peepholes, by_start, by_carry, by_net, t):
        nets, carry, now = _at(t, kept, one_kernel, kept)
        by_carry = begun(now.resets, by_start, by_carry)
        if transposed is not None:
            _, by_hidden = jax.jvp(partial(reentering, cell, factors), (carry,), (by_carry,))
            by_net = _added(groups, _transposed_products(transposed, by_hidden), by_net)
        advance = partial(_advance, cell, step=now)
        return jax.jvp(advance, (peepholes, nets, carry), (by_peepholes, by_net, by_carry))[1]

    every_step = partial(step, peepholes, (nets, carries, marks), _peepholes(by_shared.weights), by_shared.start)
    return lax.scan(lambda carry, xs: every_step(carry, *xs), by_carry, (by_nets, numbers), reverse=reverse)


def _without_biases(weights):
    groups = {name: w._replace(bias=None) for name, w in _groups(weights).items()}
    return weights._replace(**groups)


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
        nets = _added(names, _products(stack, activations), nets)
    return nets


def _added(names, products: Float[Array, "*time heads _ lanes"], nets) -> dict[str, Float[Array, "*time _ lanes"]]:
    """Net inputs with the products of the groups of these names."""
    ends = np.cumsum([nets[name].shape[-2] // products.shape[-3] for name in names])[:-1]
    parts = jnp.split(products, ends, axis=-2)
    return nets | {name: nets[name] + p.reshape(nets[name].shape) for name, p in zip(names, parts, strict=True)}


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


def _transposed_products(
    transposed: Float[Array, "heads hidden units"], activations: Float[Array, "all_hidden lanes"]
) -> Float[Array, "heads units lanes"]:
    """As `_products`: going back, its transpose is the product with the matrix as it lies here."""
    if len(transposed) == 1:
        return jnp.einsum("su,sl->ul", transposed[0], activations)[None]
    return jnp.einsum("hsu,hsl->hul", transposed, activations.reshape(*transposed.shape[:2], -1))


def _peepholes(weights) -> dict[str, Float[Array, "units 1"]]:
    return {name: w.peephole[:, None] for name, w in _groups(weights).items() if w.peephole is not None}


def _advance(cell: Gated, peepholes, nets, carry, step: Steps):
    """What a step does after the products: net inputs so far stand where biases do, and peepholes come on top."""
    weights = cell.Weights(
        *(
            Incoming(None, None, nets[name], peepholes.get(name)) if name in nets else None
            for name in cell.Weights._fields
        )
    )
    sources = cell.sources(carry, next(iter(nets.values())))._replace(input=None, hidden=None)
    new, y = cell.advance(weights, cell.nets(weights, sources), carry)
    return frozen(cell, step, new, carry, y)


def _as_one_kernel(matrices, carry) -> bool:
    lanes = jax.tree.leaves(carry)[0].shape[-1]
    most = MULTIPLICATIONS_IN_A_KERNEL_OF_ONE_LANE if lanes == 1 else MULTIPLICATIONS_IN_A_KERNEL
    return lanes * sum(matrix.size for matrix in jax.tree.leaves(matrices)) <= most


def _at(t, stack, one_kernel: bool, unknown):
    """What a stack has at step t of a loop.

    On the CPU XLA compiles a small loop into one kernel (`lstm_jax.runtime`), in which large matrix products are some
    thirty times slower than in its library. It does not do so with a loop that sorts something. Here the number of the
    step and a later one are sorted, which are always in order; the later one seems to depend on what is `unknown`, so
    that XLA cannot move the sorting out of the loop.
    """
    if not one_kernel and _on_cpu():
        more = jnp.isnan(jax.tree.leaves(unknown)[0].ravel()[0]).astype(t.dtype)
        t = lax.sort(jnp.stack([t, t + 1 + more]))[0]
    return jax.tree.map(lambda x: lax.dynamic_index_in_dim(x, t, keepdims=False), stack)
