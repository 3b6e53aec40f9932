"""What the paper compares LSTM with, where it takes more than other cells: nets that learn in ways of their own."""

from typing import Any, Protocol, runtime_checkable

from lstm_jax.baselines.cascade_correlation import CascadeCorrelation
from lstm_jax.baselines.chunker import Chunker
from lstm_jax.types import Array, Float, Key, Sequence, Weights


@runtime_checkable
class Learner(Protocol):
    """A network that learns in a way of its own from whole training sets, not by a gradient and its descent."""

    def begin(self, weights: Weights) -> Any:
        """What it remembers before the first epoch: a tree of arrays `[..., *lanes]`."""
        ...

    def learn(
        self,
        weights: Weights,
        memory: Any,
        sequences: Sequence,
        key: Key[Array, "*lanes"],
        rate: Float[Array, "*lanes"],
        weight_range: Float[Array, "*lanes"],
    ) -> tuple[Weights, Any, Float[Array, "*outputs"]]:
        """Show all training sequences, `[..., sequences, *lanes]`, and change the weights once."""
        ...


__all__ = ["CascadeCorrelation", "Chunker", "Learner"]
