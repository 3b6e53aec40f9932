"""What looks like a task and is none."""

import jax.numpy as jnp

from lstm_jax.configuration import configuration
from lstm_jax.types import Sequence


@configuration
class Negative:
    """Its sequences have fewer than no steps."""

    inputs = outputs = 1
    max_length = 1

    def sample(self, key):
        return Sequence(jnp.zeros((-3, 1, *key.shape)), jnp.zeros((1, *key.shape)), jnp.zeros(key.shape, int))

    def correct(self, outputs, sequence):
        return outputs[0] == sequence.targets[0]
