"""What the rest of the package asks of a learner."""

from typing import Any, NamedTuple, Protocol, runtime_checkable

import jax
import jax.numpy as jnp

from lstm_jax.random import fold_in
from lstm_jax.tasks import Task, training
from lstm_jax.types import Array, Float, Int, Key, Sequence, Weights


class Lessons(NamedTuple):
    """What a learner may be shown when it is its turn."""

    task: Task
    data: tuple[Any, ...]
    """What the task keeps for each lane, such as its training and its test set."""
    lane_key: Key[Array, "*lanes"]
    """Sequence number i of a lane is drawn with this key and i, whatever happened before."""
    presentations: Int[Array, ""]
    """Number of sequences that were shown before, the same for all lanes."""

    @property
    def key(self) -> Key[Array, "*lanes"]:
        """The keys of the next sequence, or for whatever else the learner draws."""
        return fold_in(self.lane_key, self.presentations)

    def next(self) -> Sequence:
        """The next sequence: arrays `[..., *lanes]`."""
        return self.task.sample(self.key, *self.data)

    def batch(self, sequences: int) -> Sequence:
        """The next sequences side by side: arrays `[..., sequences, *lanes]`."""
        axes = self.lane_key.ndim

        def sample(number):
            return self.task.sample(fold_in(self.lane_key, self.presentations + number), *self.data)

        many = jax.lax.map(sample, jnp.arange(sequences, dtype=self.presentations.dtype))
        return jax.tree.map(lambda x: jnp.moveaxis(x, 0, x.ndim - 1 - axes), many)

    def all(self) -> Sequence:
        """The task's whole training set: arrays `[..., sequences, *lanes]`."""
        return training(self.task, self.data)


class Learned(NamedTuple):
    """What has come of a turn: arrays `[..., *lanes]`, those of several sequences `[..., sequences, *lanes]`."""

    weights: Weights
    memory: Any
    outputs: Float[Array, "*outputs"]
    """The net's answers before the weights changed, or while they did."""
    sequences: Sequence
    """The sequences that were shown."""


@runtime_checkable
class Learner(Protocol):
    """Pure functions of weights and memory, for every lane its own."""

    def start(self, network: Any, weights: Weights, lanes: tuple[int, ...]) -> Any:
        """What it remembers before the first sequence: a tree of arrays `[..., *lanes]`."""
        ...

    def learn(self, network: Any, weights: Weights, memory: Any, lessons: Lessons) -> Learned:
        """Show one sequence or several to every lane and change its weights."""
        ...

    def grown(self, weights: Weights, memory: Any) -> Weights:
        """The weights of the net as it is now, without cells that have not joined it yet."""
        ...

    def turn(self, task: Task, seed: int) -> int:
        """How many sequences it shows at a time."""
        ...

    def check(self, network: Any, task: Task) -> None:
        """Refuse a network or a task that it cannot learn with.

        Raises:
            InputError: it cannot learn with one of the two.
        """
        ...
