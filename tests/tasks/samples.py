"""Many sequences of a task at once, as NumPy arrays `[sequences, ...]`."""

from typing import Any

import jax
import numpy as np

from lstm_jax.tasks import Task


def many(task: Task, seed: int, sequences: int) -> Any:
    """A `Sequence` whose arrays are those of NumPy, which its annotations do not say."""
    keys = jax.random.split(jax.random.key(seed), sequences)
    return jax.tree.map(lambda leaf: np.moveaxis(np.asarray(leaf), -1, 0), jax.jit(task.sample)(keys))
