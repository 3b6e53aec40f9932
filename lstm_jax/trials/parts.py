"""Whether the parts of an experiment fit each other, and what they take: asked of shapes before anything starts."""

from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lstm_jax.criteria import Criterion
from lstm_jax.errors import InputError
from lstm_jax.tasks import Task, data_of, examination

LANES = (3,)
"""Lanes that parts are asked for: a number that hardly is a size of anything else."""


def check_fit(task: Task, network: Any) -> None:
    """Refuse a task whose sequences are not what it says, or that the network has no answers for.

    Raises:
        InputError: the two do not fit; the sentence says why.
    """
    sequence = shapes(task)
    inputs, targets = sequence.inputs.shape, sequence.targets.shape
    symbols = len(inputs) == 2
    if (not symbols and inputs[1] != task.inputs) or targets[-2] != task.outputs:
        raise InputError(
            f"task is {type(task).__name__}, which has {task.inputs} inputs and {task.outputs} outputs: its sequences "
            f"should be of that kind, but inputs are {list(inputs)} and targets {list(targets)}."
        )
    if network.answers_all and sequence.target_mask is None:
        raise InputError(f"network is a {type(network).__name__}: the task should have targets at every step.")


def sequence_bytes(task: Task, network: Any, errors: bool) -> int:
    """The least number of bytes that one sequence takes while it is shown, with what the network keeps of it.

    Args:
        task: whose sequence.
        network: to which it is shown; one whose `numbers` does not say what it keeps goes step by step.
        errors: whether errors flow back, for which as much is kept again.
    """
    sequence = shapes(task)
    shown = sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(sequence)) // LANES[0]
    kept = network.numbers(longest(task), sequence.target_mask is not None) if hasattr(network, "numbers") else 0
    return shown + 4 * kept * (2 if errors else 1)


def carry_bytes(network: Any) -> int:
    """Bytes of what a network of cells carries from step to step, for one lane; 0 for another network."""
    if not hasattr(network, "cell"):
        return 0
    carry = jax.eval_shape(lambda: network.cell.initial_carry((), jnp.result_type(float)))
    return sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(carry))


def check_own_sets(task: Task, criterion: Criterion, turn: int, test_sequences: int) -> None:
    """Refuse other numbers of test sequences than a task's own sets have.

    Args:
        task: with sets of its own, or without.
        criterion: which may examine the sets.
        turn: how many sequences the learner shows at a time.
        test_sequences: how many a trained net is tested with.

    Raises:
        InputError: a number is another than that of the sets, or within a turn.
    """
    own = _own_sequences(task)
    if own is not None and test_sequences != own:
        raise InputError(f"test_sequences is {test_sequences}: it should be {own}, the size of the task's own sets.")
    try:
        criterion.check(turn, own)
    except InputError as error:
        raise InputError(f"criterion.{error}") from None


def longest(task: Task) -> int:
    """Time steps of a task's longest sequence."""
    return shapes(task).inputs.shape[0]


@lru_cache
def shapes(task: Task) -> Any:
    """Shapes of a task's sequences, cached: a sweep asks for the same ones a thousand times."""
    return jax.eval_shape(task.sample, keys(), *data(task))


@lru_cache
def _own_sequences(task: Task) -> int | None:
    """How many sequences the task's own sets have; None if it draws fresh ones."""
    sets = jax.eval_shape(partial(examination, task), data(task))
    return None if sets is None else sets.length.shape[0]


@lru_cache
def own_bytes(task: Task) -> int:
    """Bytes that the task keeps for one trial."""
    return sum(leaf.nbytes for leaf in jax.tree.leaves(data(task))) // LANES[0]


@lru_cache
def data(task: Task) -> tuple[Any, ...]:
    """What the task keeps for some trials."""
    return data_of(task, np.zeros(LANES, int), np.arange(*LANES))


def keys() -> jax.Array:
    """Keys of these trials."""
    return jax.random.split(jax.random.key(0), LANES)
