"""How an error becomes a gradient: pure functions of one signature.

    gradient(network, weights, sequence) -> (gradients of E/2, outputs)

E is the summed squared error of a sequence; the paper's update rule drops the factor 2, so its learning rate
multiplies the gradient of E/2. Outputs are as `Network.apply` returns them. Every lane gets its own gradient.

>>> import jax
>>> import jax.numpy as jnp
>>> from lstm_jax.cells import MemoryBlocks
>>> from lstm_jax.networks import Network
>>> from lstm_jax.tasks import Adding
>>> network = Network(MemoryBlocks(inputs=2), outputs=1)
>>> weights = network.init(jax.random.key(0), jnp.float32(0.1))
>>> gradients, outputs = truncated(network, weights, Adding().sample(jax.random.key(1)))
>>> gradients.hidden.cell.hidden.shape, outputs.shape
((4, 8), (1,))
"""

from functools import partial

from lstm_jax.gradients.autodiff import bptt, truncated_by_autodiff
from lstm_jax.gradients.forward import ForwardRule, gradient, online, step_gradient
from lstm_jax.gradients.present import PRESENT
from lstm_jax.gradients.rtrl import RTRL
from lstm_jax.gradients.truncated import TRUNCATED, TRUNCATED_BY_OUTPUT

truncated = partial(gradient, TRUNCATED)
"""The paper's truncated gradient in closed form; for memory blocks only."""

truncated_by_output = partial(gradient, TRUNCATED_BY_OUTPUT)
"""A reading of the truncated gradient, with h' computed from y_c as if y_c = h(s)."""

rtrl = partial(gradient, RTRL)
"""The exact gradient of any cell by real-time recurrent learning."""

present = partial(gradient, PRESENT)
"""Elman's procedure: errors are not propagated to earlier steps."""

__all__ = [
    "PRESENT",
    "RTRL",
    "TRUNCATED",
    "TRUNCATED_BY_OUTPUT",
    "ForwardRule",
    "bptt",
    "online",
    "present",
    "rtrl",
    "step_gradient",
    "truncated",
    "truncated_by_autodiff",
    "truncated_by_output",
]
