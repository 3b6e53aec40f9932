"""Gradients by differentiating the unrolled network: the full one and, as a reference, the truncated one."""

import jax
import jax.numpy as jnp

from lstm_jax.networks import Network, NetworkWeights
from lstm_jax.types import Array, Float, Sequence


def bptt(
    network: Network, weights: NetworkWeights, sequence: Sequence
) -> tuple[NetworkWeights, Float[Array, "*outputs"]]:
    """Full back-propagation through time: the exact gradient of E/2. Memory grows with the sequence length."""
    return _differentiate(network, weights, sequence, truncate=False)


def truncated_by_autodiff(
    network: Network, weights: NetworkWeights, sequence: Sequence
) -> tuple[NetworkWeights, Float[Array, "*outputs"]]:
    """The gradient of appendix A.1 as back-propagation stopped where activations re-enter the hidden layer."""
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
