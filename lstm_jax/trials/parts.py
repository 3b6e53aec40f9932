"""Whether the parts of an experiment can be used, and fit each other: asked of shapes, before anything is computed."""

import os
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lstm_jax.criteria import Criterion, Examined
from lstm_jax.errors import InputError
from lstm_jax.tasks import Task, data_of, examination
from lstm_jax.types import Sequence


def check_task(name: str, task: Any) -> None:
    """Refuse a task of one's own that draws no sequences, or does not say of each lane whether its answer is right.

    Args:
        name: of its class, for messages.
        task: made by it.

    Raises:
        InputError: the task cannot be used; the sentence says why.
    """
    try:
        outputs, sequence = _answers(task)
        correct = jax.eval_shape(task.correct, outputs, sequence)
        numbers = task.inputs, task.outputs
    except Exception as error:  # somebody else's code may fail in any way
        raise _unusable("task", name, error) from None
    if not all(isinstance(number, int) and number >= 1 for number in numbers):
        raise InputError(f"task.name is {name!r}: its inputs and outputs should be positive integers.")
    if (correct.shape, correct.dtype) != ((1,), bool):
        raise InputError(
            f"task.name is {name!r}: its correct should give one truth value for each lane, [*lanes]; for one lane it "
            f"gives {correct.dtype}{list(correct.shape)}."
        )


def check_criterion(name: str, criterion: Any, task: Task) -> None:
    """Refuse a criterion of one's own that is not as `lstm_jax.criteria.Criterion` describes it.

    Args:
        name: of its class, for messages.
        criterion: made by it.
        task: whose sequences it judges.

    Raises:
        InputError: the criterion cannot be used; the sentence says why.
    """

    def met(outputs: Any, sequence: Sequence) -> Any:
        outcome = criterion.outcome(task.correct(outputs, sequence), outputs, sequence)
        examined = Examined(jnp.zeros(1, jnp.int32), jnp.zeros(1))
        return criterion.update(criterion.start((1,)), jnp.int32(0), outcome, lambda *_: examined)[1]

    try:
        found = jax.eval_shape(met, *_answers(task))
        stages = len([(stage.sentence, stage.short) for stage in criterion.stages])
        fewest = criterion.fewest_presentations, criterion.uncounted
        criterion.check(1, None)
    except InputError:
        raise
    except Exception as error:  # somebody else's code may fail in any way
        raise _unusable("criterion", name, error) from None
    if not all(isinstance(number, int) for number in fewest):
        raise InputError(
            f"criterion.name is {name!r}: its fewest_presentations and uncounted should be integers, not {fewest}."
        )
    if (found.shape, found.dtype) != ((stages, 1), bool):
        raise InputError(
            f"criterion.name is {name!r}: its update should say of each stage and lane whether it is met, [stages, "
            f"*lanes]; for {stages} and 1 it gives {found.dtype}{list(found.shape)}."
        )


def _answers(task: Task) -> tuple[Any, Sequence]:
    """Shapes of a net's outputs for one sequence of a task, and of the sequence; one lane."""
    sequence = _shapes(task)
    return jax.ShapeDtypeStruct(sequence.targets.shape, sequence.targets.dtype), sequence


def _unusable(part: str, name: str, error: Exception) -> InputError:
    words = str(error).partition("\n")[0].rstrip(".") or type(error).__name__
    return InputError(f"{part}.name is {name!r}, which cannot be used: {words}.")


def check_fit(task: Task, network: Any) -> None:
    """Refuse a task whose sequences are not what it says, or that the network has no answers for.

    Raises:
        InputError: the two do not fit; the sentence says why.
    """
    sequence = _shapes(task)
    inputs, targets = sequence.inputs.shape, sequence.targets.shape
    symbols = len(inputs) == 2
    if (not symbols and inputs[1] != task.inputs) or targets[-2] != task.outputs:
        raise InputError(
            f"task is {type(task).__name__}, which has {task.inputs} inputs and {task.outputs} outputs: its sequences "
            f"should be of that kind, but inputs are {list(inputs)} and targets {list(targets)}."
        )
    if network.answers_all and sequence.target_mask is None:
        raise InputError(f"network is a {type(network).__name__}: the task should have targets at every step.")


def check_memory(task: Task, network: Any, learned: int, tested: int) -> None:
    """Refuse sequences that are too long for this machine, to a network whose `numbers` says what it keeps of them.

    Args:
        task: whose sequences are shown.
        network: to which; one that goes step by step is not asked.
        learned: number of sequences that are learned at the same time, at least.
        tested: number that are shown at the same time with the weights held still.

    Raises:
        InputError: the values, and for learning the errors, take more than there is.
    """
    if not hasattr(network, "numbers"):
        return
    sequence = _shapes(task)
    steps = longest(task)
    needed = 4 * network.numbers(steps, sequence.target_mask is not None) * max(2 * learned, tested)
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if needed > there:
        raise InputError(
            f"network is an {type(network).__name__}: {max(2 * learned, tested):,} sequences of {steps:,} steps at a "
            f"time take at least {needed / 2**30:,.0f} GiB of memory, and this machine has {there / 2**30:,.0f}."
        )


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
    return _shapes(task).inputs.shape[0]


@lru_cache
def _shapes(task: Task) -> Any:
    """Shapes of a task's sequences with one lane, cached: a sweep asks for the same ones a thousand times."""
    return jax.eval_shape(task.sample, _one_key(), *_data(task))


@lru_cache
def _own_sequences(task: Task) -> int | None:
    """How many sequences the task's own sets have; None if it draws fresh ones."""
    sets = jax.eval_shape(partial(examination, task), _data(task))
    return None if sets is None else sets.length.shape[0]


def _data(task: Task) -> tuple[Any, ...]:
    """What the task keeps for some trial."""
    return data_of(task, np.zeros(1, int), np.arange(1))


def _one_key() -> jax.Array:
    return jax.random.split(jax.random.key(0), 1)
