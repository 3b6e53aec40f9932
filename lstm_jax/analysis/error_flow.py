"""How an error is scaled on its way back in time (sections 3.1, 3.2 and appendix A.2).

An error theta_u(t) at the net input of unit u makes an error theta_v(t-q) at that of unit v, q steps earlier. In an
ordinary net the factor between them is a sum over all paths of q connections (eq. 2). It is an entry of a product of
q Jacobians, and as such it is computed here, for every lag of a sequence in one pass back.

Factors leave the range of floating-point numbers. They are kept as numbers near one and powers of two; scaling by
those rounds nothing, so that a factor which is exactly one in theory is exactly one here.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from lstm_jax.cells import Cell, Elman
from lstm_jax.cells.incoming import Incoming, Sources, net_input
from lstm_jax.cells.squashing import Squashing
from lstm_jax.types import Array, Float, Int, Weights

Observe = Callable[[Any, Array], Array]
"""observe(carry, shown): where errors arise, numbers `[starts, *lanes]` of the last step."""


class Flow(NamedTuple):
    """Factors for every lag q, from where an error arises to where it arrives: `value * 2**exponent`."""

    net: Any
    """Factors at the net inputs q steps before the last step: `[lags, starts, units, *lanes]` for each group of units,
    in the structure of the cell's weights. At q = 0 it is the last step itself."""
    carry: Any
    """Factors at what the step of lag q started from: `[lags, starts, ..., *lanes]`, in the structure of the cell's
    carry."""
    exponent: Int[Array, "lags starts *lanes"]


def flow(
    cell: Cell,
    weights: Weights,
    inputs: Float[Array, "time inputs *#lanes"] | Int[Array, "time *#lanes"],
    truncate: bool = False,
    observe: Observe = lambda carry, shown: shown,
) -> Flow:
    """Follow errors from the last step of sequences back to their first.

    >>> from lstm_jax.cells import Carrousel
    >>> cell = Carrousel(inputs=1)
    >>> weights = cell.init(jax.random.key(0), jnp.float32(0.1))
    >>> found = flow(cell, weights, jnp.ones((5, 1)))
    >>> log10(found.net, found.exponent).ravel().tolist()
    [0.0, 0.0, 0.0, 0.0, 0.0]

    Args:
        cell: any whose groups of units are `Incoming`.
        weights: lanes may be broadcast against those of the inputs.
        inputs: without padding.
        truncate: errors do not go back through activations that re-enter the layer (appendix A.1).
        observe: where errors arise; by default at the activations that the layer shows.

    Returns:
        The factors for the lags 0 to time - 1.
    """
    first = jax.tree.leaves(weights)[0]
    lane_axes = first.ndim - 2
    lanes = np.broadcast_shapes(first.shape[2:], inputs.shape[inputs.ndim - lane_axes :])
    # A net input's own derivative is that by a bias, which not all groups have: every one gets a further one, of zero.
    nothing = jax.tree.map(lambda w: jnp.zeros((_units(w), *lanes), first.dtype), weights, is_leaf=_is_incoming)

    def step(extra, carry, x):
        return cell.step(jax.tree.map(_with_bias, weights, extra, is_leaf=_is_incoming), carry, x, truncate)

    def forward(carry, x):
        return step(nothing, carry, x)[0], carry

    def backward(state, step_start):
        error, exponent = state
        carry, x = step_start
        _, pull = jax.vjp(lambda extra, carry: step(extra, carry, x)[0], nothing, carry)
        net, error = jax.vmap(pull)(error)
        return scaled(net, error, exponent)

    def scaled(net, error, exponent):
        over = (jnp.max(jnp.abs(e), axis=range(1, e.ndim - lane_axes)) for e in jax.tree.leaves(error) if e.size)
        _, shift = jnp.frexp(jnp.max(jnp.stack(list(over)), axis=0))
        net, error = jax.tree.map(lambda e: jnp.ldexp(e, -_between(shift, e)), (net, error))
        exponent = exponent + shift
        return (error, exponent), Flow(net, error, exponent)

    earlier, last = inputs[:-1], inputs[-1]
    carry, before = lax.scan(forward, cell.initial_carry(lanes, first.dtype), earlier)
    seen, pull = jax.vjp(lambda extra, carry: observe(*step(extra, carry, last)), nothing, carry)
    one_by_one = jnp.eye(len(seen), dtype=seen.dtype).reshape(len(seen), len(seen), *(1,) * lane_axes)
    net, error = jax.vmap(pull)(jnp.broadcast_to(one_by_one, (len(seen), *seen.shape)))
    state, at_last = scaled(net, error, jnp.zeros((len(seen), *lanes), jnp.int32))
    _, at_others = lax.scan(backward, state, (before, earlier), reverse=True)
    # The scan stacks by time, and lags count backwards.
    return jax.tree.map(lambda a, b: jnp.concatenate([a[None], b[::-1]]), at_last, at_others)


def local_flow(
    cell: Elman, weights: Incoming, inputs: Float[Array, "time inputs *#lanes"] | Int[Array, "time *#lanes"]
) -> Flow:
    """The factor d theta_v(t-q) / d theta_u(t) of ordinary units (eqs. 1 and 2), t being the step after the inputs.

    >>> weights = Incoming(input=jnp.zeros((1, 1)), hidden=jnp.array([[0.1]]), bias=None)
    >>> found = local_flow(Elman(inputs=1, squashing="identity"), weights, jnp.zeros((3, 1)))
    >>> [round(x, 2) for x in log10(found.net, found.exponent).ravel().tolist()]
    [-1.0, -2.0, -3.0]

    Returns:
        In `net`, `[lags, u, v, *lanes]`, the factors for the lags 1 to time.
    """
    assert cell.recurrence
    recurrent = Incoming(input=None, hidden=weights.hidden, bias=None)
    return flow(cell, weights, inputs, observe=lambda _, shown: net_input(recurrent, Sources(None, shown)))


def log10(values: Float[Array, "lags starts units *lanes"], exponent: Int[Array, "lags starts *lanes"]) -> Array:
    """Logarithms of the absolute values of a flow's factors; -inf where no error arrives."""
    return jnp.log10(jnp.abs(values)) + exponent[:, :, None].astype(values.dtype) * np.log10(2)


def norm_bound(
    squashing: Squashing, recurrent: Float[Array, "n n *lanes"], lags: Int[Array, "lags"]
) -> Float[Array, "lags *lanes"]:
    """log10 of n (f'_max ||W||)^q, which no factor of `local_flow` exceeds; ||W|| is the largest row sum of |w|.

    >>> recurrent = jnp.array([[0.0, 2.0], [2.0, 0.0]])
    >>> [round(x, 2) for x in norm_bound((0.0, 1.0), recurrent, jnp.array([1, 2, 3])).tolist()]
    [0.0, -0.3, -0.6]
    """
    norm = jnp.max(jnp.sum(jnp.abs(recurrent), axis=1), axis=0)
    return _power(len(recurrent), steepest(squashing) * norm, lags)


def weight_bound(
    squashing: Squashing, recurrent: Float[Array, "n n *lanes"], lags: Int[Array, "lags"]
) -> Float[Array, "lags *lanes"]:
    """log10 of the looser n tau^q with tau = n w_max f'_max, for the logistic function n w_max / 4.

    >>> recurrent = jnp.array([[0.0, 2.0], [2.0, 0.0]])
    >>> [round(x, 2) for x in weight_bound((0.0, 1.0), recurrent, jnp.array([1, 2, 3])).tolist()]
    [0.3, 0.3, 0.3]
    """
    n = len(recurrent)
    return _power(n, steepest(squashing) * n * jnp.max(jnp.abs(recurrent), axis=(0, 1)), lags)


def steepest(squashing: Squashing) -> float:
    """f'_max, the largest slope of a squashing function: 1/4 for the logistic function.

    >>> steepest((0.0, 1.0)), steepest((-2.0, 2.0)), steepest("identity")
    (0.25, 1.0, 1.0)
    """
    return 1.0 if isinstance(squashing, str) else (squashing[1] - squashing[0]) / 4


def _power(n, factor, lags):
    return jnp.log10(n) + lags.reshape(-1, *(1,) * factor.ndim).astype(factor.dtype) * jnp.log10(factor)


def _is_incoming(tree) -> bool:
    return isinstance(tree, Incoming)


def _units(weights: Incoming) -> int:
    return len(jax.tree.leaves(weights)[0])


def _with_bias(weights: Incoming, extra):
    return weights._replace(bias=extra if weights.bias is None else weights.bias + extra)


def _between(shift: Int[Array, "starts *lanes"], like: Float[Array, "starts *rest"]) -> Int[Array, "starts *rest_"]:
    """One shift per start and lane, for all numbers that stand between."""
    return shift.reshape(len(shift), *(1,) * (like.ndim - shift.ndim), *shift.shape[1:])
