"""Whether parts of somebody's own are what they should be: asked of shapes, and of some sequences, before compiling."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lstm_jax.configuration import arrays
from lstm_jax.criteria import Examined, Outcome
from lstm_jax.errors import InputError
from lstm_jax.own_code import Unfit, asked, failure, pair, shown, using, where
from lstm_jax.tasks import FiniteTask, Task, data_of
from lstm_jax.trials.parts import LANES, data, keys, shapes
from lstm_jax.types import Sequence

DRAWN = 32
"""Number of sequences of a task of one's own that are drawn and looked at."""


def check_task(name: str, task: Any) -> None:
    """Refuse a task of one's own whose sequences are not what it says, or that does not say of each lane whether its
    answer is right.

    Args:
        name: of its class, for messages.
        task: made by it.

    Raises:
        InputError: the task cannot be used; the sentence says why.
    """
    with using("task.name", name):
        for field in ("inputs", "outputs"):
            if not isinstance(number := getattr(task, field), int) or number < 1:
                raise Unfit(f"its {field} should be a positive integer, and is {number!r}")
        hash(task)
        sequence = jax.eval_shape(task.sample, keys(), *data(task))
        _check_shapes(task, task.sample, sequence, LANES)
        if isinstance(task, FiniteTask):
            for sets in (task.training, task.examination):
                found = jax.eval_shape(sets, *data(task))
                many = found.length.shape[:1] if isinstance(found, Sequence) else ()
                _check_shapes(task, sets, found, (*many, *LANES))
        outputs = jax.ShapeDtypeStruct(sequence.targets.shape, jnp.result_type(float))
        truth = jax.ShapeDtypeStruct(LANES, jnp.dtype(bool))
        asked(task.correct, truth, jax.eval_shape(task.correct, outputs, sequence), "a truth value [*lanes], ")
        _check_drawn(task)


def _check_shapes(task: Any, function: Callable[..., Any], sequence: Any, lanes: tuple[int, ...]) -> None:
    """Arrays that a function gives are those of `Sequence`, with the sizes of the task and lanes last."""
    at = where(function)
    if not isinstance(sequence, Sequence):
        raise Unfit(f"{at} should give a lstm_jax.types.Sequence, and gives {shown(sequence)}")
    steps, at_every_step = sequence.inputs.shape[:1], sequence.target_mask is not None
    symbols, targets = (*steps, *lanes), (*(steps if at_every_step else ()), task.outputs, *lanes)
    wanted = (
        ("inputs", "iu", symbols, "symbols, integers [time, *lanes]"),
        ("inputs", "f", (*steps, task.inputs, *lanes), "vectors [time, inputs, *lanes]"),
        ("targets", "iuf", targets, f"[{'time, ' * at_every_step}outputs, *lanes]"),
        ("length", "iu", lanes, "integers [*lanes]"),
        ("target_mask", "b", symbols, "truth values [time, *lanes], with targets at every step, or None"),
        ("expected", "iuf", targets, "of the shape of the targets, or None"),
    )
    for field in Sequence._fields:
        array = getattr(sequence, field)
        kinds = [each for each in wanted if each[0] == field]
        optional = field in ("target_mask", "expected")
        if not (array is None and optional) and not any(_is(array, kind, shape) for _, kind, shape, _ in kinds):
            should = ", or ".join(f"{words} ({list(shape)} for lanes {list(lanes)})" for _, _, shape, words in kinds)
            raise Unfit(f"{at} should give {field} as {should}, and gives {shown(array)}")


def _is(array: Any, kinds: str, shape: tuple[int, ...]) -> bool:
    letters = {"f": jnp.floating, "i": jnp.signedinteger, "u": jnp.unsignedinteger, "b": jnp.bool_}
    return (
        isinstance(array, jax.ShapeDtypeStruct)
        and array.shape == shape
        and any(jnp.issubdtype(array.dtype, letters[kind]) for kind in kinds)
    )


@lru_cache
def _check_drawn(task: Any) -> None:
    """Values of some sequences can be what they stand for."""
    own = data_of(task, np.zeros(DRAWN, int), np.arange(DRAWN))
    sequences = jax.device_get(jax.jit(task.sample)(jax.random.split(jax.random.key(0), DRAWN), *own))
    steps, at = len(sequences.inputs), where(task.sample)
    symbols = np.issubdtype(sequences.inputs.dtype, np.integer)
    if symbols and (wrong := _outside(sequences.inputs, 0, task.inputs - 1)) is not None:
        raise Unfit(f"{at} should give symbols from 0 to {task.inputs - 1}, as its inputs say, and gives {wrong}")
    if (wrong := _outside(sequences.length, 1, steps)) is not None:
        raise Unfit(f"{at} should give lengths from 1 to {steps}, the steps of its inputs, and gives {wrong}")
    for name in ("inputs", "targets"):
        if not np.isfinite(np.asarray(getattr(sequences, name), np.float64)).all():
            raise Unfit(f"{at} should give finite {name}, and gives nan or inf")
    if sequences.target_mask is not None:
        before = np.arange(steps)[:, None] < sequences.length
        if not np.any(sequences.target_mask & before):
            raise Unfit(f"{at} should give a target_mask that is true somewhere before length, and gives none such")


def _outside(values: np.ndarray, least: int, most: int) -> int | None:
    wrong = values[(values < least) | (values > most)]
    return int(wrong[0]) if wrong.size else None


def check_criterion(name: str, criterion: Any, task: Task) -> None:
    """Refuse a criterion of one's own that is not as `lstm_jax.criteria.Criterion` describes it.

    Args:
        name: of its class, for messages.
        criterion: made by it.
        task: whose sequences it judges.

    Raises:
        InputError: the criterion cannot be used; the sentence says why.
    """
    examined = Examined(jnp.zeros(LANES, jnp.int32), jnp.zeros(LANES))

    def examine(sequences: int, limit: int) -> Examined:
        if not isinstance(sequences, int) or not isinstance(limit, int):
            raise Unfit(f"{where(criterion.update)} should ask examine(sequences, limit) for two integers")
        return examined

    def judged(outputs: Any, sequence: Sequence) -> Any:
        return criterion.outcome(task.correct(outputs, sequence), outputs, sequence)

    with using("criterion.name", name):
        stages = len([(stage.sentence, stage.short) for stage in criterion.stages])
        fewest = criterion.fewest_presentations, criterion.uncounted
        if not stages or not all(isinstance(number, int) for number in fewest):
            raise Unfit("it should have stages, and integers for fewest_presentations and uncounted")
        criterion.check(1, None)
        sequence = shapes(task)
        outputs = jax.ShapeDtypeStruct(sequence.targets.shape, jnp.result_type(float))
        outcome = jax.eval_shape(judged, outputs, sequence)
        each: tuple[Any, ...] = tuple(jax.ShapeDtypeStruct(LANES, kind) for kind in (jnp.dtype(bool), outputs.dtype))
        asked(criterion.outcome, Outcome(*each), outcome, "one truth value and one error for each lane, ")
        state = jax.eval_shape(lambda: criterion.start(LANES))
        found = jax.eval_shape(lambda *now: criterion.update(now[0], jnp.int32(0), now[1], examine), state, outcome)
        after, met = pair(criterion.update, found, "(state, met)")
        flags = jax.ShapeDtypeStruct((stages, *LANES), jnp.dtype(bool))
        asked(criterion.update, state, after, "the state as it got it, ")
        asked(criterion.update, flags, met, "whether each stage is met, [stages, *lanes], ")


def check_step(names: Iterable[str], trial: Any) -> None:
    """Refuse parts of one's own with which a presentation cannot be computed, whatever the reason.

    Args:
        names: of these parts, for messages.
        trial: a `Training` made of them.

    Raises:
        InputError: as the sentence says.
    """
    numbers = arrays(trial, LANES)
    structure = jax.tree.structure(numbers)
    if structure in _computable:
        return
    try:
        state = jax.eval_shape(type(trial).start, numbers, keys(), data(trial.task))
        after = jax.eval_shape(type(trial).step, numbers, state)[0]
        for field, one, other in zip(state._fields, state, after, strict=True):
            asked(trial.step, one, other, f"{field} as it got it, ")
    except InputError:
        raise
    except Exception as error:  # somebody else's code may fail in any way
        told = f"{', '.join(names)} cannot be used together with the rest of this experiment"
        raise InputError(f"{told}: {failure(error)}.") from None
    _computable.add(structure)


_computable: set[Any] = set()
"""Structures of trials that have been found right: a sweep has a thousand of the same one."""
