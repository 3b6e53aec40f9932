"""The weights into a group of units, what they multiply, and the three things one does with them.

`net_input` multiplies, `outer` gives the derivative of a net input by its weights, `accumulate` adds that derivative to
a running sum. Symbols are integers throughout: a one-hot vector is never formed nor multiplied.
"""

from functools import partial, reduce
from math import prod
from operator import add
from typing import Annotated, Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_derivatives import SymbolicZero

from lstm_jax.configuration import Varies
from lstm_jax.errors import InputError
from lstm_jax.random import uniform
from lstm_jax.types import Array, Float, Int, Key

LARGE_ALPHABET = 64
"""Number of symbols from which on a loop over lanes is faster than a select over all symbols, vectorised over lanes.
Row 2c-9, with 54: 453 µs per presentation of 16 lanes by select, 654 by the loop; 2c-8, with 104: 873 and 657."""

LONG = 32
"""Number of weights from which on a column is fetched faster lane after lane than for all lanes at once."""

MANY = 32
"""Number of units or sources from which on a matrix product is faster than a sum of columns, if lanes share the
weights."""

Bias = Annotated[Literal["none", "random"] | float | tuple[float, ...], Varies]
"""How a group's biases start: "none" for no biases, "random" as other weights, one value for all units, or one for
each."""


def check_bias(name: str, bias: Bias, units: int) -> None:
    """Refuse a list of biases of the wrong length.

    Raises:
        InputError: `name` has not one value for each unit.
    """
    if isinstance(bias, tuple) and len(bias) != units:
        raise InputError(f"{name} is {list(bias)}: it needs one value for each of the {units} units.")


class Incoming(NamedTuple):
    """The weights into a group of units, by source; or one value per weight, such as a gradient.

    A source that the group does not have is None.
    """

    input: Float[Array, "units inputs *lanes"] | None
    hidden: Float[Array, "units hidden *lanes"] | None
    bias: Float[Array, "units *lanes"] | None
    peephole: Float[Array, "units *lanes"] | None = None
    """Weight of each unit from the internal state of its own cell."""


class Sources(NamedTuple):
    """Activations that the weights of `Incoming` multiply (the bias weight's source is always one)."""

    input: Float[Array, "inputs *lanes"] | Int[Array, "*lanes"] | None
    """An input vector, or one symbol; None if the weights have no inputs."""
    hidden: Float[Array, "hidden *lanes"] | None
    state: Float[Array, "units *lanes"] | None = None
    """Internal states for peepholes, one for each unit; None if there are no peepholes."""


def init(
    key: Key[Array, "*lanes"],
    units: int,
    inputs: int,
    hidden: int,
    bias: Any,
    weight_range: Float[Array, "*lanes"],
    peephole: bool = False,
) -> Incoming:
    """Draw weights uniformly from [-weight_range, weight_range); biases as `bias` says (Table 10).

    Args:
        key: typed keys, one per lane.
        units: size of the group.
        inputs: number of inputs it receives; 0 for none.
        hidden: number of hidden activations it receives; 0 for none.
        bias: see `Bias`; numbers may be arrays `[*lanes]`.
        weight_range: r of Table 10.
        peephole: whether each unit has a weight from its own cell's internal state.
    """
    lanes = key.shape
    columns = inputs + hidden + 1 + peephole
    draws = weight_range * (2 * uniform(key, units * columns).astype(weight_range.dtype) - 1)
    draws = draws.reshape(units, columns, *lanes)
    if isinstance(bias, str):
        biases = draws[:, inputs + hidden] if bias == "random" else None
    else:
        values = bias if isinstance(bias, tuple) else (bias,) * units
        biases = jnp.stack([jnp.broadcast_to(jnp.asarray(value, weight_range.dtype), lanes) for value in values])
    return Incoming(
        input=draws[:, :inputs] if inputs else None,
        hidden=draws[:, inputs : inputs + hidden] if hidden else None,
        bias=biases,
        peephole=draws[:, -1] if peephole else None,
    )


def shifted(weights: Incoming, shift: Any) -> Incoming:
    """Weights with a number added to each of those from an input; the number may be an array `[*lanes]`.

    >>> weights = Incoming(jnp.zeros((2, 3)), hidden=jnp.zeros((2, 1)), bias=None)
    >>> shifted(weights, -3.0).input[0].tolist(), shifted(weights, -3.0).hidden[0].tolist()
    ([-3.0, -3.0, -3.0], [0.0])
    """
    if weights.input is None or (isinstance(shift, float) and shift == 0):
        return weights
    return weights._replace(input=weights.input + jnp.asarray(shift, weights.input.dtype))


def weight_count(units: int, inputs: int, hidden: int, bias: Any, peephole: bool = False) -> int:
    """Number of weights `init` draws or sets for the same arguments.

    >>> weight_count(units=2, inputs=3, hidden=2, bias="none")
    10
    >>> weight_count(units=2, inputs=3, hidden=2, bias=-1.0, peephole=True)
    14
    """
    has_bias = not (isinstance(bias, str) and bias == "none")  # numbers may be arrays of lanes
    return units * (inputs + hidden + has_bias + peephole)


@jax.custom_jvp
def net_input(weights: Incoming, sources: Sources) -> Float[Array, "units *lanes"]:
    """net = W u: the weighted sum over the sources.

    Its derivatives are written out: those of a sum of columns cost as many passes over a matrix as it has columns. On
    the way there and back XLA is kept from computing a product anew for each of its users (barriers).
    """
    terms = [] if weights.bias is None else [weights.bias]
    if weights.input is not None and sources.input is not None:
        if _is_symbol(weights.input, sources.input):
            terms.append(_column(weights.input, sources.input))
        else:
            terms.append(_product(weights.input, sources.input))
    if weights.hidden is not None and sources.hidden is not None:
        terms.append(_product(weights.hidden, sources.hidden))
    if weights.peephole is not None and sources.state is not None:
        terms.append(weights.peephole * sources.state)
    return reduce(add, terms)


@partial(net_input.defjvp, symbolic_zeros=True)
def _with_change(primals: tuple[Incoming, Sources], changes: tuple[Incoming, Sources]):
    net = lax.optimization_barrier(net_input(*primals))
    changes = jax.tree.map(lambda change: None if isinstance(change, SymbolicZero) else change, changes)
    # To go back, all is computed again: what is kept is what goes in.
    change = jax.checkpoint(_change, prevent_cse=False)(*primals, *changes)
    return net, lax.optimization_barrier(jnp.broadcast_to(change, net.shape))


def _change(weights: Incoming, sources: Sources, by_weights: Incoming, by_sources: Sources):
    """How net inputs change with weights and sources, in terms whose transposes are what is fast: errors go back."""
    terms = [] if by_weights.bias is None else [by_weights.bias]
    for name in ("input", "hidden"):
        matrix, source = getattr(weights, name), getattr(sources, name)
        if matrix is None or source is None:
            continue
        if getattr(by_weights, name) is not None:
            terms.append(_by_matrix(getattr(by_weights, name), source))
        if getattr(by_sources, name) is not None:
            terms.append(_by_source(matrix, getattr(by_sources, name)))
    if by_weights.peephole is not None and sources.state is not None:
        terms.append(by_weights.peephole * sources.state)
    if weights.peephole is not None and by_sources.state is not None:
        terms.append(weights.peephole * by_sources.state)
    return reduce(add, terms)


def _by_matrix(change, source):
    """The product, linear in the matrix: its transpose is coefficient ⊗ source."""
    if _is_symbol(change, source):
        return jnp.sum(jnp.where(_one_hot(change, source), change, jnp.zeros_like(change)), axis=1)
    if _for_a_dot(change):
        return _product(change, source)
    lanes = jnp.broadcast_shapes(change.shape[2:], source.shape[1:])
    return jnp.sum(_spread(change, (*change.shape[:2], *lanes)) * source, axis=1)


def _by_source(matrix, change):
    """The product, linear in the source: its transpose is a sum of scaled columns of the transposed matrix."""
    if _for_a_dot(matrix):
        return _product(matrix, lax.optimization_barrier(change))
    lanes = jnp.broadcast_shapes(matrix.shape[2:], change.shape[1:])
    change = lax.optimization_barrier(_spread(change, (len(change), *lanes)))
    # Errors are added up in the opposite order, that is from the first unit on.
    rows = [jnp.sum(matrix[unit] * change, axis=0) for unit in reversed(range(len(matrix)))]
    return jnp.stack(rows[::-1])


def accumulate(total: Incoming, coefficient: Float[Array, "units *lanes"], sources: Sources) -> Incoming:
    """total + coefficient ⊗ sources, the running sum of d net / d w scaled unit by unit.

    Of the weights from a large alphabet only the symbol's own are touched: the cost does not grow with the alphabet.
    """
    x = sources.input
    if total.input is None or x is None or not _is_symbol(total.input, x) or total.input.shape[1] < LARGE_ALPHABET:
        return jax.tree.map(jnp.add, total, outer(total, coefficient, sources))
    rest = total._replace(input=None)
    rest = jax.tree.map(jnp.add, rest, outer(rest, coefficient, sources._replace(input=None)))
    return rest._replace(input=_add_to_column(total.input, x, coefficient))


def outer(like: Incoming, coefficient: Float[Array, "units *lanes"], sources: Sources) -> Incoming:
    """coefficient ⊗ sources: the derivative of `net_input` by its weights, scaled unit by unit.

    Args:
        like: an `Incoming` of the wanted structure; its values are not used.
        coefficient: what each unit's derivative is multiplied with.
        sources: as given to `net_input`.
    """
    by_input = by_hidden = None
    if like.input is not None and sources.input is not None:
        if _is_symbol(like.input, sources.input):
            own = _one_hot(like.input, sources.input)
            by_input = jnp.where(own, coefficient[:, None], jnp.zeros_like(coefficient[:, None]))
        else:
            by_input = coefficient[:, None] * sources.input
    if like.hidden is not None and sources.hidden is not None:
        by_hidden = coefficient[:, None] * sources.hidden
    by_peephole = None
    if like.peephole is not None and sources.state is not None:
        by_peephole = coefficient * sources.state
    return Incoming(by_input, by_hidden, None if like.bias is None else coefficient, by_peephole)


def scale(coefficient: Float[Array, "units *lanes"], values: Incoming) -> Incoming:
    """Multiply one value per weight with one coefficient per unit."""
    return Incoming(
        input=None if values.input is None else coefficient[:, None] * values.input,
        hidden=None if values.hidden is None else coefficient[:, None] * values.hidden,
        bias=None if values.bias is None else coefficient * values.bias,
        peephole=None if values.peephole is None else coefficient * values.peephole,
    )


def _is_symbol(weights, source) -> bool:
    """Whether the source is a symbol: an integer where the weights have two axes more."""
    return source.ndim == weights.ndim - 2


def _one_hot(weights, symbol):
    """Where a matrix of weights belongs to the symbol, `[symbols, *lanes]`."""
    return jnp.arange(weights.shape[1], dtype=symbol.dtype).reshape(-1, *(1,) * symbol.ndim) == symbol


def _column(weights, symbol):
    """Each lane's own column: selected from a small alphabet, fetched from a large one; a long one lane after lane."""
    if weights.shape[1] < LARGE_ALPHABET:
        column = weights[:, 0]
        for other in range(1, weights.shape[1]):
            column = jnp.where(symbol == other, weights[:, other], column)
        return column
    if len(weights) >= LONG and weights.shape[2:] == symbol.shape:
        return _long_column(weights, symbol)
    index = jnp.broadcast_to(symbol, jnp.broadcast_shapes(symbol.shape, weights.shape[2:]))[None, None]
    return jnp.take_along_axis(weights, index, axis=1, mode="promise_in_bounds")[:, 0]


def _long_column(weights, symbol):
    units, symbols, *lanes = weights.shape
    flat, which = weights.reshape(units, symbols, -1), symbol.reshape(-1)

    def fetch(lane, columns):
        zero = jnp.zeros_like(lane)
        own = lax.dynamic_slice(flat, (zero, which[lane].astype(lane.dtype), lane), (units, 1, 1))
        return lax.dynamic_update_slice(columns, own[:, 0], (zero, lane))

    nothing = jnp.zeros((units, len(which)), weights.dtype)
    return lax.fori_loop(0, len(which), fetch, nothing).reshape(units, *lanes)


def _add_to_column(total, symbol, column):
    """Lane after lane, in place: a scatter is slower, and a select costs as much as the whole alphabet."""
    units, symbols, *lanes = jnp.broadcast_shapes(total.shape, (1, 1, *symbol.shape))
    flat = jnp.broadcast_to(total, (units, symbols, *lanes)).reshape(units, symbols, -1)
    columns = jnp.broadcast_to(column, (units, *lanes)).reshape(units, 1, -1)
    which = jnp.broadcast_to(symbol, lanes).reshape(-1)

    def add(lane, flat):
        zero = jnp.zeros_like(lane)
        at, own = (zero, which[lane].astype(lane.dtype), lane), (zero, zero, lane)
        one = lax.dynamic_slice(flat, at, (units, 1, 1)) + lax.dynamic_slice(columns, own, (units, 1, 1))
        return lax.dynamic_update_slice(flat, one, at)

    return lax.fori_loop(0, flat.shape[-1], add, flat).reshape(units, symbols, *lanes)


def _spread(value, shape):
    """Give all lanes what they share; its transpose is their sum.

    A sum of few is written out: a reduction over a middle axis is not SIMD.
    """
    shared = tuple(axis for axis, size in enumerate(value.shape) if size != shape[axis])
    if not 0 < prod(shape[axis] for axis in shared) <= MANY:
        return jnp.broadcast_to(value, shape)
    for axis in shared:
        value = jnp.concatenate([value] * shape[axis], axis=axis)
    return value


def _product(weights, source):
    """A sum of scaled columns: over lanes this is SIMD; a dot or a reduction over the middle axis is not."""
    if _for_a_dot(weights):
        lanes = jnp.broadcast_shapes(weights.shape[2:], source.shape[1:])
        flat = weights.reshape(weights.shape[:2]) @ source.reshape(source.shape[0], -1)
        return flat.reshape(weights.shape[0], *lanes)
    return reduce(add, (weights[:, i] * source[i] for i in range(source.shape[0])))


def _for_a_dot(weights) -> bool:
    """Whether all lanes share the weights, and there are many: that is what a dot is made for."""
    return max(weights.shape[:2]) >= MANY and prod(weights.shape[2:]) == 1
