"""Experiment 5 (section 5.5): multiply two marked numbers over a long time lag."""

from lstm_jax.configuration import configuration
from lstm_jax.tasks.marked_pairs import MarkedPairs
from lstm_jax.types import Array, Key, Sequence


@configuration
class Multiplication(MarkedPairs):
    """Values uniform in [0, 1]; the target at the end is X1 X2."""

    def sample(self, key: Key[Array, "*lanes"]) -> Sequence:
        """Draw one sequence per lane. The value of a marked first pair counts as 1."""
        pairs = self.pairs(key, low=0.0, high=1.0, neutral=1.0)
        return Sequence(pairs.inputs, (pairs.x1 * pairs.x2)[None], pairs.length)
