"""Gradients by differentiating the unrolled network: full, cut after some steps, or cut where activations re-enter."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from lstm_jax.networks import Network, NetworkWeights
from lstm_jax.types import Array, Float, Int, Sequence, Weights


def bptt(
    network: Any, weights: Weights, sequence: Sequence, horizon: int | None = None
) -> tuple[Weights, Float[Array, "*outputs"]]:
    """Back-propagation through time. Memory grows with the sequence length.

    Args:
        network: what the weights belong to: a `Network` or, without a horizon, any that is `differentiable`.
        weights: of every lane.
        sequence: see `Sequence`.
        horizon: how many steps, the one where it arises among them, an error is propagated through; None for all,
            which gives the exact gradient of E/2. With errors at every step a horizon of k takes k times as long.
    """
    if horizon is None:
        return _differentiate(network, weights, sequence, truncate=False)
    return _differentiate_windows(network, weights, sequence, horizon)


def truncated_by_autodiff(
    network: Network, weights: NetworkWeights, sequence: Sequence
) -> tuple[NetworkWeights, Float[Array, "*outputs"]]:
    """The gradient of appendix A.1 as back-propagation stopped where activations re-enter the hidden layer.

    For Elman's cells it is Elman's own procedure, in which the context counts as an input.
    """
    return _differentiate(network, weights, sequence, truncate=True)


def half_squared_error(outputs: Float[Array, "*outputs"], sequence: Sequence) -> Float[Array, "*lanes"]:
    """E/2 of each lane: half the squared error summed over outputs and, with targets at every step, over steps."""
    squared = jnp.square(sequence.targets - outputs)
    if sequence.target_mask is None:
        return jnp.sum(squared, axis=0) / 2
    return jnp.sum(jnp.where(sequence.target_mask[:, None], squared, 0), axis=(0, 1)) / 2


def _differentiate(network, weights, sequence, truncate):
    def error(weights):
        outputs = network.apply(weights, sequence, truncate)
        # Lanes share no weights: the gradient of their sum is each lane's own gradient.
        return jnp.sum(half_squared_error(outputs, sequence)), outputs

    return jax.grad(error, has_aux=True)(weights)


def _differentiate_windows(network, weights, sequence, horizon):
    """Every step with an error ends a window of `horizon` steps; the windows are lanes that share their weights."""
    lanes = sequence.length.shape
    steps = len(sequence.inputs)
    horizon = min(horizon, steps)

    def forward(carry, x):
        new, _ = network.cell.step(weights.hidden, carry, x)
        return new, carry

    dtype = jax.tree.leaves(weights)[0].dtype
    _, carries = lax.scan(forward, network.cell.initial_carry(lanes, dtype), sequence.inputs)

    if sequence.target_mask is None:
        ends, counts, targets = sequence.length[None] - 1, True, sequence.targets[:, None]
    else:
        ends = jnp.broadcast_to(jnp.arange(steps).reshape(-1, *(1,) * len(lanes)), (steps, *lanes))
        counts, targets = sequence.target_mask, jnp.moveaxis(sequence.targets, 0, 1)
    first = ends - (horizon - 1)
    before = jax.tree.map(lambda c: lax.stop_gradient(_at(c, jnp.maximum(first, 0))), carries)

    def error(weights):
        shared = jax.tree.map(lambda w: jnp.expand_dims(w, w.ndim - len(lanes)), weights)

        def step(carry, offset):
            time = first + offset
            x = _at(sequence.inputs, jnp.maximum(time, 0))
            new, _ = network.cell.step(shared.hidden, carry, x)
            return jax.tree.map(lambda a, b: jnp.where(time >= 0, a, b), new, carry), None

        last, _ = lax.scan(step, before, jnp.arange(horizon - 1))
        x = _at(sequence.inputs, ends)
        _, y = network.cell.step(shared.hidden, last, x)
        outputs = network.output(shared, x, y)
        return jnp.sum(jnp.where(counts, jnp.square(targets - outputs), 0)) / 2, outputs

    gradients, outputs = jax.grad(error, has_aux=True)(weights)
    return gradients, outputs[:, 0] if sequence.target_mask is None else jnp.moveaxis(outputs, 1, 0)


def _at(stack: Array, times: Int[Array, "windows *lanes"]) -> Array:
    """What a stack `[time, ..., *lanes]` holds at the time of each window and lane: `[..., windows, *lanes]`."""
    features = stack.ndim - times.ndim
    index = times.reshape(len(times), *(1,) * features, *times.shape[1:])
    taken = jnp.take_along_axis(stack, index, axis=0, mode="promise_in_bounds")
    return jnp.moveaxis(taken, 0, features)
