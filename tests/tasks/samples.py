"""Many sequences of a task at once, as NumPy arrays `[sequences, ...]`."""

import jax
import numpy as np

from lstm_jax.tasks import Task
from lstm_jax.types import Sequence


def many(task: Task, seed: int, sequences: int) -> Sequence:
    keys = jax.random.split(jax.random.key(seed), sequences)
    return jax.tree.map(lambda leaf: np.moveaxis(np.asarray(leaf), -1, 0), jax.jit(task.sample)(keys))
