"""The paper's tasks, one file per section: on-device generators and what "correct" means.

A task has the static sizes `inputs`, `outputs`, `symbolic` (inputs are integers that stand for one-hot vectors) and

    sample(key) -> Sequence                       one random sequence per lane, from keys `[*lanes]`
    correct(outputs, sequence) -> bool [*lanes]   whether the network's answer counts as right
"""

from typing import Protocol, runtime_checkable

from lstm_jax.tasks.adding import Adding
from lstm_jax.tasks.multiplication import Multiplication
from lstm_jax.tasks.temporal_order import TemporalOrder
from lstm_jax.types import Array, Bool, Float, Key, Sequence

TASKS = {"adding": Adding, "multiplication": Multiplication, "temporal_order": TemporalOrder}


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

    def sample(self, key: Key[Array, "*lanes"]) -> Sequence:
        """Draw one sequence per lane."""
        ...

    def correct(self, outputs: Float[Array, "*outputs"], sequence: Sequence) -> Bool[Array, "*lanes"]:
        """Whether the answer to a sequence counts as right."""
        ...


__all__ = ["TASKS", "Adding", "Multiplication", "Task", "TemporalOrder"]
