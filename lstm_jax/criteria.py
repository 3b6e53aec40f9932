"""When a trial has succeeded: the paper's stopping criteria as pure automata."""

import math
from collections.abc import Callable
from typing import Annotated, Any, Literal, NamedTuple, Protocol, runtime_checkable

import jax.numpy as jnp
from jax import lax
from pydantic import Field

from lstm_jax.configuration import configuration
from lstm_jax.errors import InputError
from lstm_jax.stages import Stage, named
from lstm_jax.types import Array, Bool, Float, Int, Sequence

ErrorKind = Literal["absolute", "squared"]
OverOutputs = Literal["mean", "sum"]


class Outcome(NamedTuple):
    """How the presentation of one sequence went."""

    correct: Bool[Array, "*lanes"]
    error: Float[Array, "*lanes"]
    """The training error: absolute or squared, averaged or summed over the outputs, as the criterion asks."""


class Examined(NamedTuple):
    """How a net does on a set of sequences with its weights held still."""

    wrong: Int[Array, "*lanes"]
    error: Float[Array, "*lanes"]
    """Mean absolute error over the set."""


Examine = Callable[[int, int], Examined]
"""examine(sequences, limit): show so many fresh sequences, or the task's own sets, to the present weights.

It may stop early when every lane has at least `limit` wrong answers."""


@runtime_checkable
class Criterion(Protocol):
    """What the rest of the package asks of a criterion."""

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The names of each stage; the last one ends the trial."""
        ...

    @property
    def fewest_presentations(self) -> int:
        """Number of presentations before which no trial can succeed."""
        ...

    @property
    def uncounted(self) -> int:
        """How many of the presentations up to success do not count as needed for it."""
        ...

    def check(self, turn: int, own: int | None) -> None:
        """Refuse a learner or a task that the criterion cannot be used with.

        Args:
            turn: how many sequences the learner shows at a time.
            own: how many sequences the task's own sets have; None if it draws fresh ones.

        Raises:
            InputError: the criterion cannot be used with one of the two.
        """
        ...

    def outcome(self, correct: Bool[Array, "*lanes"], outputs: Array, sequence: Sequence) -> Outcome:
        """Judge one presentation."""
        ...

    def start(self, lanes: tuple[int, ...]) -> Any:
        """The state before the first presentation."""
        ...

    def update(
        self, state: Any, presentations: Int[Array, ""], outcome: Outcome, examine: Examine
    ) -> tuple[Any, Bool[Array, "stages *lanes"]]:
        """Take in one presentation; say for every stage whether it is reached now."""
        ...


class WindowState(NamedTuple):
    """The most recent presentations of every lane."""

    recent: Int[Array, "size 2 *lanes"]
    """The training error of each presentation in fixed point, and 1 if its answer was wrong, else 0."""
    oldest: Int[Array, "2 *lanes"]
    """The two numbers that the next presentation replaces, read in advance so that the window is changed in place."""
    totals: Int[Array, "2 *lanes"]
    """Sums over the window, in integers, so that what leaves it is subtracted exactly however long training lasts."""


@configuration
class Window:
    """Few enough of the most recent training sequences were wrong, and their average error is small enough.

    Experiments 4 and 6 stop when none of the 2000 most recent sequences was wrong and the average error is below a
    bound; Experiment 5 records when fewer than 140, then fewer than 13 were. Tested after every presentation.

    >>> window = Window(size=3)
    >>> state = window.start(lanes=())
    >>> for n, right in enumerate([False, True, True, True]):
    ...     outcome = Outcome(correct=jnp.array(right), error=jnp.array(0.0))
    ...     state, met = window.update(state, jnp.array(n), outcome)
    ...     print(n, met.tolist())
    0 [False]
    1 [False]
    2 [False]
    3 [True]
    """

    size: Annotated[int, Field(ge=1)] = 2000
    """Number of most recent sequences in the window."""
    fewer_wrong_than: tuple[Annotated[int, Field(ge=1)], ...] = (1,)
    """Bounds on the wrong answers in the window, one per stage; the last one ends the trial."""
    mean_error_below: Annotated[float, Field(gt=0)] | None = None
    """Bound on the average error over the window, in which an error above 1 counts as 1; None for no bound."""
    error: ErrorKind = "absolute"
    """Reading: which error the "average training error" averages."""
    over_outputs: OverOutputs = "mean"
    """Reading: how the error of several output units is put together."""
    counted: bool = True
    """Reading: whether the sequences of the last window count as presentations that were needed."""

    def __post_init__(self) -> None:
        if not self.fewer_wrong_than:
            raise InputError("fewer_wrong_than is []: it should have at least one bound.")

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The names of each stage; the bound on the error is the same for all."""
        return named(self.fewer_wrong_than, self.size)

    @property
    def fewest_presentations(self) -> int:
        """No trial can succeed before the window is full."""
        return self.size

    @property
    def uncounted(self) -> int:
        """The size of the last window if its sequences do not count, else 0."""
        return 0 if self.counted else self.size

    @property
    def _unit(self) -> int:
        """Fixed-point value of an error of 1: as fine as float32 and the sum over a window in 32 bits can hold."""
        return min(2**24, (2**31 - 1) // self.size)

    def check(self, turn: int, own: int | None) -> None:
        """Accept every learner and every task."""

    def outcome(self, correct: Bool[Array, "*lanes"], outputs: Array, sequence: Sequence) -> Outcome:
        """Judge one presentation."""
        return Outcome(correct, mean_error(outputs, sequence, self.error, self.over_outputs))

    def start(self, lanes: tuple[int, ...]) -> WindowState:
        """An empty window; presentations that never were count as wrong."""
        nothing = jnp.stack([jnp.zeros(lanes, jnp.int32), jnp.ones(lanes, jnp.int32)])
        return WindowState(jnp.broadcast_to(nothing, (self.size, *nothing.shape)), nothing, nothing * self.size)

    def update(
        self, state: WindowState, presentations: Int[Array, ""], outcome: Outcome, examine: Examine | None = None
    ) -> tuple[WindowState, Bool[Array, "stages *lanes"]]:
        """Take in one presentation.

        Args:
            state: the window so far.
            presentations: how many there were before this one, the same for all lanes.
            outcome: of this one. Errors above 1, and NaN, count as 1; NaN is never correct.
            examine: not needed here.

        Returns:
            The new window, and for every stage whether its bounds are met now.
        """
        error = jnp.where(outcome.error < 1, outcome.error, 1)
        new = jnp.stack([jnp.round(error * self._unit).astype(jnp.int32), 1 - outcome.correct.astype(jnp.int32)])
        recent = lax.dynamic_update_index_in_dim(state.recent, new, presentations % self.size, axis=0)
        oldest = lax.dynamic_index_in_dim(recent, (presentations + 1) % self.size, axis=0, keepdims=False)
        totals = state.totals + new - state.oldest
        met = jnp.stack([totals[1] < bound for bound in self.fewer_wrong_than])
        if self.mean_error_below is not None:
            met &= totals[0] < math.ceil(min(self.mean_error_below, 1.0) * self._unit * self.size)
        # A bound above 1 could be met by a window that is not full yet.
        return WindowState(recent, oldest, totals), met & (presentations + 1 >= self.size)


@configuration
class Examination:
    """Few enough of a set of test sequences are wrong and their mean error is small enough, tested now and then.

    Experiment 3 shows 256 fresh sequences with the weights held still; Experiment 1 all strings of the training and
    the test set.
    """

    sequences: Annotated[int, Field(ge=1, le=1_000_000)] = 256
    """Number of sequences that a test shows."""
    fewer_wrong_than: tuple[Annotated[int, Field(ge=1)], ...] = (1,)
    """Bounds on the wrong answers in a test, one per stage; the last one ends the trial."""
    mean_error_below: tuple[Annotated[float, Field(gt=0)] | None, ...] = (None,)
    """Bounds on the mean absolute error in a test, one per stage; null for no bound."""
    interval: Annotated[int, Field(ge=1)] = 100
    """Reading: how many presentations there are between two tests."""

    def __post_init__(self) -> None:
        if not self.fewer_wrong_than:
            raise InputError("fewer_wrong_than is []: it should have at least one bound.")
        if len(self.mean_error_below) != len(self.fewer_wrong_than):
            raise InputError(
                f"mean_error_below is {list(self.mean_error_below)}: it needs one value (or null) for each of the "
                f"{len(self.fewer_wrong_than)} stages."
            )

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The names of each stage."""
        return named(self.fewer_wrong_than, self.sequences, self.mean_error_below)

    @property
    def fewest_presentations(self) -> int:
        """No trial can succeed before the first test."""
        return self.interval

    @property
    def uncounted(self) -> int:
        """0: the sequences of tests do not count as presentations."""
        return 0

    def check(self, turn: int, own: int | None) -> None:
        """Refuse a number of sequences that is not that of the task's own sets, and an interval within a turn.

        Raises:
            InputError: one of the two does not fit.
        """
        if own is not None and self.sequences != own:
            raise InputError(f"sequences is {self.sequences}: it should be {own}, the size of the task's own sets.")
        if self.interval % turn:
            raise InputError(
                f"interval is {self.interval}: it should be a multiple of {turn}, the number of sequences shown at a "
                "time."
            )

    def outcome(self, correct: Bool[Array, "*lanes"], outputs: Array, sequence: Sequence) -> Outcome:
        """Judge one presentation, for the learning curves."""
        return Outcome(correct, mean_error(outputs, sequence))

    def start(self, lanes: tuple[int, ...]) -> tuple[()]:
        """An empty state: nothing is carried from one presentation to the next."""
        return ()

    def update(
        self, state: tuple[()], presentations: Int[Array, ""], outcome: Outcome, examine: Examine
    ) -> tuple[tuple[()], Bool[Array, "stages *lanes"]]:
        """Take in one presentation, and examine the net when its time has come.

        Returns:
            Nothing, and for every stage whether its bounds are met now. NaN never meets them.
        """
        stages, lanes = len(self.fewer_wrong_than), outcome.correct.shape

        def examined():
            found = examine(self.sequences, max(self.fewer_wrong_than))
            bounds = zip(self.fewer_wrong_than, self.mean_error_below, strict=True)
            return jnp.stack(
                [
                    (found.wrong < wrong) & (jnp.isfinite(found.error) if error is None else found.error < error)
                    for wrong, error in bounds
                ]
            )

        due = (presentations + 1) % self.interval == 0
        return (), lax.cond(due, examined, lambda: jnp.zeros((stages, *lanes), bool))


CRITERIA: dict[str, type] = {"window": Window, "examination": Examination}
"""Criteria by the names that configurations use."""


def largest_error(outputs: Array, sequence: Sequence) -> Float[Array, "*lanes"]:
    """The largest absolute error of any output, at the end or at any step where it counts.

    >>> sequence = Sequence(jnp.zeros((5, 1)), targets=jnp.array([0.0, 1.0]), length=jnp.array(5))
    >>> float(largest_error(jnp.array([0.25, 0.5]), sequence))
    0.5
    """
    errors = jnp.max(jnp.abs(outputs - _wanted(sequence)), axis=0 if sequence.target_mask is None else 1)
    return errors if sequence.target_mask is None else jnp.max(jnp.where(sequence.target_mask, errors, 0), axis=0)


def mean_error(
    outputs: Array, sequence: Sequence, error: ErrorKind = "absolute", over_outputs: OverOutputs = "mean"
) -> Float[Array, "*lanes"]:
    """The error of each lane's answer: over outputs as asked, and over the steps where it counts the mean.

    Where targets are random it is the distance from their expectation.

    >>> sequence = Sequence(jnp.zeros((5, 1)), targets=jnp.array([0.0, 1.0]), length=jnp.array(5))
    >>> outputs = jnp.array([0.25, 0.5])
    >>> float(mean_error(outputs, sequence)), float(mean_error(outputs, sequence, "squared", "sum"))
    (0.375, 0.3125)
    """
    difference = outputs - _wanted(sequence)
    difference = jnp.abs(difference) if error == "absolute" else jnp.square(difference)
    reduce = jnp.mean if over_outputs == "mean" else jnp.sum
    if sequence.target_mask is None:
        return reduce(difference, axis=0)
    steps = jnp.sum(sequence.target_mask, axis=0).astype(difference.dtype)
    return jnp.sum(jnp.where(sequence.target_mask, reduce(difference, axis=1), 0), axis=0) / steps


def _wanted(sequence: Sequence) -> Array:
    return sequence.targets if sequence.expected is None else sequence.expected
