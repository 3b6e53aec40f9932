"""What all contenders have in common, and row 4-1 for those of other libraries. Imports neither JAX nor PyTorch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

LENGTH = 100
"""T of the adding problem; sequences have 100 to 110 steps."""
CELLS = 4
"""Memory cells of the peers' hidden layer: as many as ours has."""
LEARNING_RATE = 0.5
"""alpha of Table 10; it multiplies the gradient of half the squared error."""


@dataclass
class Contestant:
    """A training in progress that is timed: call it to go on."""

    state: Any
    advance: Callable[[Any, int], tuple[Any, float]]
    """Train on so many further sequences in every trial, to the end: new state, mean absolute error."""
    weights: int
    """How many a trial has."""

    def __call__(self, sequences: int) -> float:
        """Show every trial so many further sequences and return their mean absolute error."""
        self.state, error = self.advance(self.state, sequences)
        return error
