"""Experiment 4 (section 5.4): add two marked numbers over a long time lag."""

from lstm_jax.configuration import configuration
from lstm_jax.tasks.marked_pairs import MarkedPairs
from lstm_jax.types import Array, Key, Sequence


@configuration
class Adding(MarkedPairs):
    """Values uniform in [-1, 1]; the target at the end is 0.5 + (X1 + X2)/4.

    >>> import jax
    >>> sequence = Adding(length=100).sample(jax.random.key(0))
    >>> sequence.inputs.shape, 100 <= int(sequence.length) <= 110
    ((110, 2), True)
    >>> many = Adding(length=100).sample(jax.random.split(jax.random.key(0), 8))  # lanes stand last
    >>> many.inputs.shape, many.targets.shape
    ((110, 2, 8), (1, 8))
    """

    def sample(self, key: Key[Array, "*lanes"]) -> Sequence:
        """Draw one sequence per lane. The value of a marked first pair counts as 0."""
        pairs = self.pairs(key, low=-1.0, high=1.0, neutral=0.0)
        return Sequence(pairs.inputs, (0.5 + (pairs.x1 + pairs.x2) / 4)[None], pairs.length)
