"""How an error becomes a gradient: pure functions of one signature, chosen by name.

    gradient(network, weights, sequence) -> (gradients of E/2, outputs)

E is the summed squared error of a sequence; the paper's update rule drops the factor 2, so its learning rate
multiplies the gradient of E/2. Outputs are as `Network.apply` returns them. Every lane gets its own gradient.
"""

from collections.abc import Callable

from lstm_jax.gradients.autodiff import bptt, truncated_by_autodiff
from lstm_jax.gradients.truncated import truncated
from lstm_jax.networks import Network
from lstm_jax.types import Array, Sequence, Weights

Gradient = Callable[[Network, Weights, Sequence], tuple[Weights, Array]]

GRADIENTS: dict[str, Gradient] = {
    "truncated": truncated,
    "truncated_by_autodiff": truncated_by_autodiff,
    "bptt": bptt,
}

__all__ = ["GRADIENTS", "Gradient", "bptt", "truncated", "truncated_by_autodiff"]
