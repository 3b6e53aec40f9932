"""Reading the marks of Experiments 4 and 5 back from raw sequences, one sequence at a time."""

from typing import Any

import numpy as np
from hypothesis import settings

from lstm_jax.tasks.marked_pairs import MarkedPairs
from tests.distributions import distributed

# Every example compiles a task of its own; each of them shows hundreds of sequences.
few_examples = settings(max_examples=4, deadline=None, derandomize=True, database=None)


def marks(inputs: np.ndarray, length: int, first_marker: int) -> list[int]:
    """The two marked positions in rising order."""
    markers = inputs[:length, 1]
    positions = [t for t in range(length) if markers[t] == 1]
    # A marked first pair that does not show it leaves one mark only.
    if first_marker == -1 and len(positions) == 1:
        positions = [0, *positions]
    assert len(positions) == 2
    return positions


def marked_values(sequences: Any, first_marker: int, neutral: float) -> np.ndarray:
    """[sequences, 2]: X1 and X2 in the order of the sequence; `neutral` for a marked first pair."""
    values = []
    for inputs, length in zip(sequences.inputs, sequences.length, strict=True):
        positions = marks(inputs, length, first_marker)
        values.append([neutral if t == 0 else inputs[t, 0] for t in positions])
    return np.array(values)


def check_structure(task: MarkedPairs, sequences: Any, low: float, high: float) -> None:
    """Lengths, ranges, and where markers may stand."""
    shortest = task.length
    for inputs, length in zip(sequences.inputs, sequences.length, strict=True):
        assert shortest <= length <= shortest + shortest / 10
        assert inputs.shape[0] >= length
        assert np.all((inputs[:length, 0] >= low) & (inputs[:length, 0] <= high))
        earlier, later = marks(inputs, length, task.first_marker)
        assert earlier < 10
        # The first T/2 - 1 pairs besides the one that is already marked.
        assert later <= shortest / 2 - 1
        wanted = np.zeros(length)
        wanted[[earlier, later]] = 1
        wanted[0] = task.first_marker if earlier == 0 else -1
        wanted[-1] = -1
        np.testing.assert_array_equal(inputs[:length, 1], wanted)


def placed_as_told(task: MarkedPairs, sequences: Any) -> float:
    """Chi-square of the pairs of marked positions: one of ten, then one of T/2 - 1 others."""
    others = task.length // 2 - 1
    counts = np.zeros((10, others + 1), int)
    for inputs, length in zip(sequences.inputs, sequences.length, strict=True):
        earlier, later = marks(inputs, length, task.first_marker)
        counts[earlier, later] += 1
    earlier, later = np.indices(counts.shape)
    # Two marks among the first ten can come in either order.
    probabilities = np.where(later < 10, 2.0, 1.0) / (10 * others)
    possible = later > earlier
    assert counts[~possible].sum() == 0
    return distributed(counts[possible], probabilities[possible])
