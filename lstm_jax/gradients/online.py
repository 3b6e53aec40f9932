"""The truncated gradient with a weight change at every step, a reading of "on-line learning" (section 5.1).

The derivatives that are carried belong to weights that have changed since, as in any on-line use of such a rule.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax

from lstm_jax.gradients.truncated import add_gradient, advance, start
from lstm_jax.networks import Network, NetworkWeights
from lstm_jax.types import Array, Float, Sequence


def truncated_online(
    network: Network,
    weights: NetworkWeights,
    sequence: Sequence,
    changed: Callable[[NetworkWeights], NetworkWeights],
) -> tuple[NetworkWeights, Float[Array, "time outputs *lanes"]]:
    """Show a sequence with targets at every step and change the weights after each of them.

    Args:
        network: what the weights belong to.
        weights: before the sequence.
        sequence: with targets at every step.
        changed: the weights as one change by a gradient makes them; linear in the gradient, as gradient descent is.

    Returns:
        The sum of the gradients of E/2, each taken at the weights of its step (so that one change by it leads to the
        weights after the last step), and the outputs.
    """
    cell, mask = network.cell, sequence.target_mask
    assert mask is not None

    def step(t, carry):
        activations, derivatives, total, all_outputs = carry
        now = changed(total)
        x = sequence.inputs[t]
        activations, derivatives, sources = advance(cell, now.hidden, activations, derivatives, x, t < sequence.length)
        outputs = network.output(now, x, activations.cell_output)
        errors = jnp.where(mask[t], outputs - sequence.targets[t], 0)
        total = add_gradient(total, network, now, x, sources, activations, derivatives, outputs, errors)
        return activations, derivatives, total, lax.dynamic_update_index_in_dim(all_outputs, outputs, t, axis=0)

    nothing = jax.tree.map(jnp.zeros_like, (weights, sequence.targets))
    before = (*start(cell, weights, sequence), *nothing)
    _, _, total, outputs = lax.fori_loop(0, jnp.max(sequence.length, initial=1), step, before)
    return total, outputs
