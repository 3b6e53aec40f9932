"""Tasks of one's own: one that is none, and one with sets of its own."""

import jax.numpy as jnp

from lstm_jax.configuration import configuration
from lstm_jax.tasks import EmbeddedReber
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


@configuration
class Strings:
    """A task of one's own that has sets of its own, those of another."""

    inputs = outputs = 7

    data = staticmethod(EmbeddedReber().data)
    training = staticmethod(EmbeddedReber().training)
    examination = staticmethod(EmbeddedReber().examination)
    sample = staticmethod(EmbeddedReber().sample)
    correct = staticmethod(EmbeddedReber().correct)
