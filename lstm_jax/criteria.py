"""When a trial has succeeded: the paper's stopping criteria as pure automata."""

import math
from typing import Annotated, Literal, NamedTuple

import jax.numpy as jnp
from jax import lax
from pydantic import Field

from lstm_jax.configuration import configuration
from lstm_jax.errors import InputError
from lstm_jax.types import Array, Bool, Float, Int


class Outcome(NamedTuple):
    """How the presentation of one sequence went."""

    correct: Bool[Array, "*lanes"]
    error: Float[Array, "*lanes"]
    """The training error: absolute or squared, averaged or summed over the outputs, as the criterion asks."""


class WindowState(NamedTuple):
    """The most recent presentations."""

    recent: Int[Array, "size 2 *lanes"]
    """For each the training error in fixed point, and 1 if it was wrong."""
    oldest: Int[Array, "2 *lanes"]
    """The one that the next presentation replaces; read in advance, so that the window is changed in place."""
    totals: Int[Array, "2 *lanes"]
    """Their sums. In integers, so that what leaves the window is taken off exactly however long training lasts."""


@configuration
class Window:
    """Few enough of the most recent training sequences were wrong, and their average error is small enough.

    Experiments 4 and 6 stop when none of the 2000 most recent sequences was wrong and the average error is below a
    bound; Experiment 5 records when fewer than 140, then fewer than 13 were. Tested after every presentation.
    """

    size: Annotated[int, Field(ge=1)]
    """Number of most recent sequences."""
    fewer_wrong_than: tuple[Annotated[int, Field(ge=1)], ...]
    """One bound, or several in turn: each is a stage whose time is recorded; the last one ends the trial."""
    mean_error_below: Annotated[float, Field(gt=0)] | None = None
    """Bound on the average error over the window, in which an error above 1 counts as 1."""
    error: Literal["absolute", "squared"] = "absolute"
    """Reading: what "average training error" averages."""
    over_outputs: Literal["mean", "sum"] = "mean"
    """Reading: how the error of several output units is put together."""

    def __post_init__(self) -> None:
        if not self.fewer_wrong_than:
            raise InputError("fewer_wrong_than is []: it should have at least one bound.")

    @property
    def stages(self) -> tuple[str, ...]:
        """A name for each stage."""
        return tuple(
            f"fewer than {bound} of {self.size} wrong" if bound > 1 else f"none of {self.size} wrong"
            for bound in self.fewer_wrong_than
        )

    @property
    def fewest_presentations(self) -> int:
        """No trial can succeed before the window is full."""
        return self.size

    @property
    def _unit(self) -> int:
        """Fixed-point value of an error of 1: as fine as float32 and the sum over a window in 32 bits can hold."""
        return min(2**24, (2**31 - 1) // self.size)

    def outcome(
        self, correct: Bool[Array, "*lanes"], outputs: Float[Array, "*outputs"], targets: Float[Array, "*outputs"]
    ) -> Outcome:
        """Judge one presentation: outputs and targets are `[outputs, *lanes]`."""
        difference = jnp.abs(outputs - targets) if self.error == "absolute" else jnp.square(outputs - targets)
        return Outcome(correct, (jnp.mean if self.over_outputs == "mean" else jnp.sum)(difference, axis=0))

    def start(self, lanes: tuple[int, ...]) -> WindowState:
        """An empty window; presentations that never were count as wrong."""
        nothing = jnp.stack([jnp.zeros(lanes, jnp.int32), jnp.ones(lanes, jnp.int32)])
        return WindowState(jnp.broadcast_to(nothing, (self.size, *nothing.shape)), nothing, nothing * self.size)

    def update(
        self, state: WindowState, presentations: Int[Array, ""], outcome: Outcome
    ) -> tuple[WindowState, Bool[Array, "stages *lanes"]]:
        """Take in one presentation.

        Args:
            state: the window so far.
            presentations: how many there were before this one, the same for all lanes.
            outcome: of this one. Errors above 1, and NaN, count as 1; NaN is never correct.

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
