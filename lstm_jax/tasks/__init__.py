"""Tasks of the paper, of weight guessing and of later work, a file each: generators and what "correct" means.

A task has the static sizes `inputs` (of the input vector, or of the alphabet) and `outputs`, and

    sample(key) -> Sequence                       one random sequence per lane, from keys `[*lanes]`
    correct(outputs, sequence) -> bool [*lanes]   whether the network's answer counts as right

A `FiniteTask` has a training and a test set for each lane, which `sample` is given after the key.
"""

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import numpy as np

from lstm_jax.tasks.adding import Adding
from lstm_jax.tasks.associative_recall import AssociativeRecall
from lstm_jax.tasks.continual_reber import ContinualReber
from lstm_jax.tasks.copy_memory import CopyMemory
from lstm_jax.tasks.delayed_xor import DelayedXor
from lstm_jax.tasks.distractors import Distractors
from lstm_jax.tasks.embedded_reber import EmbeddedReber
from lstm_jax.tasks.latch import Latch
from lstm_jax.tasks.modern_adding import ModernAdding
from lstm_jax.tasks.modular_sum import ModularSum
from lstm_jax.tasks.multiplication import Multiplication
from lstm_jax.tasks.nearest_neighbour import NearestNeighbour
from lstm_jax.tasks.parity import Parity
from lstm_jax.tasks.temporal_order import TemporalOrder
from lstm_jax.tasks.timed_spikes import TimedSpikes
from lstm_jax.tasks.tomita import Tomita
from lstm_jax.tasks.two_delays import TwoDelays
from lstm_jax.tasks.two_sequences import TwoSequences
from lstm_jax.tasks.two_symbols import TwoSymbols
from lstm_jax.types import Array, Bool, Float, Int, Sequence

TASKS = {
    "embedded_reber": EmbeddedReber,
    "two_symbols": TwoSymbols,
    "distractors": Distractors,
    "two_sequences": TwoSequences,
    "adding": Adding,
    "modern_adding": ModernAdding,
    "multiplication": Multiplication,
    "temporal_order": TemporalOrder,
    "latch": Latch,
    "parity": Parity,
    "tomita": Tomita,
    "copy_memory": CopyMemory,
    "modular_sum": ModularSum,
    "delayed_xor": DelayedXor,
    "two_delays": TwoDelays,
    "timed_spikes": TimedSpikes,
    "nearest_neighbour": NearestNeighbour,
    "associative_recall": AssociativeRecall,
}


STREAMS = {"continual_reber": ContinualReber}
"""Tasks that never end, by their names."""


@runtime_checkable
class Task(Protocol):
    """What the rest of the package asks of a task."""

    @property
    def inputs(self) -> int:
        """Size of the input vectors, or of the alphabet."""
        ...

    @property
    def outputs(self) -> int:
        """Number of targets."""
        ...

    @property
    def sample(self) -> Callable[..., Sequence]:
        """Draw one sequence per lane, from keys `[*lanes]`."""
        ...

    def correct(self, outputs: Float[Array, "*outputs"], sequence: Sequence) -> Bool[Array, "*lanes"]:
        """Whether the answer to a sequence counts as right."""
        ...


@runtime_checkable
class FiniteTask(Task, Protocol):
    """A task that shows sequences of a fixed set, one set for each lane."""

    def data(self, seed: int | Int[np.ndarray, "lanes"], numbers: Int[np.ndarray, "lanes"]) -> tuple[Any, ...]:
        """Make the sets of trials with these numbers, on the host: a tuple of arrays, or of trees of them.

        Sets of several trials may be padded to a common size; what is computed from them does not depend on it.
        """
        ...

    def training(self, *data: Any) -> Sequence:
        """All sequences of each lane's training set, `[..., sequences, *lanes]`."""
        ...

    def examination(self, *data: Any) -> Sequence:
        """All sequences of each lane's sets, `[..., sequences, *lanes]`."""
        ...


def data_of(task: Task, seeds: np.ndarray, numbers: np.ndarray) -> tuple[Any, ...]:
    """What a task keeps for each trial, `[..., trials]`: nothing unless its sequences are of a fixed set.

    Args:
        task: whose.
        seeds: of the trials' experiments, `[trials]`.
        numbers: of the trials in their experiments, `[trials]`.
    """
    return task.data(seeds, numbers) if isinstance(task, FiniteTask) else ()


def training(task: Task, data: tuple[Any, ...]) -> Sequence:
    """The whole training set of each lane, `[..., sequences, *lanes]`, of a task that has one."""
    assert isinstance(task, FiniteTask)
    return task.training(*data)


def examination(task: Task, data: tuple[Any, ...]) -> Sequence | None:
    """All sequences of each lane's sets, `[..., sequences, *lanes]`; None for a task that draws fresh ones."""
    return task.examination(*data) if isinstance(task, FiniteTask) else None


__all__ = ["STREAMS", "TASKS", "FiniteTask", "Task", "data_of", "examination", "training"]
