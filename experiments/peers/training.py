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


RATE = 0.003
"""Learning rate of Adam, with gradients of at most length 1, in `CELL_ROWS`: as in the arena."""
CELL_ROWS = {
    "lstm, batch 1": {"cell": "lstm", "units": 4, "batch": 1},
    "gru, batch 1": {"cell": "gru", "units": 4, "batch": 1},
    "lstm, batch 16": {"cell": "lstm", "units": 14, "batch": 16},
    "gru, batch 16": {"cell": "gru", "units": 16, "batch": 16},
}
"""Cells, their number and the sequences for each change of the weights, where these learn row 4-1 by BPTT."""


@dataclass
class Contestant:
    """A training in progress that is timed: call it to go on."""

    state: Any
    advance: Callable[[Any, int], tuple[Any, float]]
    """Train on so many further batches in every trial, to the end: new state, mean absolute error."""
    weights: int
    """How many a trial has."""
    batch: int = 1
    """Sequences for each change of the weights; `advance` counts such batches."""
    compiling: float | None = None
    """Seconds that tracing and compiling took, where that was measured."""

    def __call__(self, batches: int) -> float:
        """Show every trial so many further batches and return their mean absolute error."""
        self.state, error = self.advance(self.state, batches)
        return error
