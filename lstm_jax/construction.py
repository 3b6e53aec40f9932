"""Sequential network construction, the paper's first remedy of the abuse problem (section 4).

A net starts without its memory cells; they join, with their gates, when the error has stopped decreasing. Until then
no output unit sees them: they change nothing and learn nothing.
"""

from typing import Annotated, Literal, NamedTuple

import jax.numpy as jnp
from pydantic import Field

from lstm_jax.configuration import configuration
from lstm_jax.criteria import largest_error, mean_error
from lstm_jax.networks import NetworkWeights
from lstm_jax.types import Array, Bool, Float, Int, Sequence


class ConstructionState(NamedTuple):
    """How the error has gone so far."""

    joined: Bool[Array, "*lanes"]
    """Whether the cells have joined the net."""
    total: Float[Array, "*lanes"]
    """Error of the present interval, summed over its sequences."""
    previous: Float[Array, "*lanes"]
    """Error of the previous interval, summed over its sequences; infinite before the first one has ended."""


@configuration
class Construction:
    """All cells join when the error of one interval is not lower than that of the interval before it.

    The paper says "when the error stops decreasing" and no more; this is our reading of it. We take a sequence's
    largest error, which is also what decides about success in 2a. There it soon stays where x and y cannot be told
    apart, and the cell joins. In 2b it even rises while outputs learn to be silent, so that the cell joins after two
    intervals. The mean error takes a hundred times as long: without cells it keeps falling, as one over the square root
    of the number of sequences, towards what the cells are needed for.
    """

    interval: Annotated[int, Field(ge=1)]
    """Number of sequences over which errors are averaged."""
    error: Literal["largest", "mean"] = "largest"
    """Which error of a sequence is meant: the largest absolute error of any output at any step, or the mean."""
    decrease: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """What counts as decreasing: the error falls by more than this fraction from one interval to the next."""

    def start(self, lanes: tuple[int, ...]) -> ConstructionState:
        """The state before the first sequence."""
        return ConstructionState(jnp.zeros(lanes, bool), jnp.zeros(lanes), jnp.full(lanes, jnp.inf))

    def update(
        self, state: ConstructionState, presentations: Int[Array, ""], outputs: Array, sequence: Sequence
    ) -> ConstructionState:
        """Take in the answer to one more sequence, after `presentations` others."""
        measure = largest_error if self.error == "largest" else mean_error
        total = state.total + measure(outputs, sequence)
        over = (presentations + 1) % self.interval == 0
        stopped = over & (total >= (1 - self.decrease) * state.previous)
        return ConstructionState(
            joined=state.joined | stopped,
            total=jnp.where(over, 0.0, total),
            previous=jnp.where(over, total, state.previous),
        )


def visible(weights: NetworkWeights, joined: Bool[Array, "*lanes"]) -> NetworkWeights:
    """The weights (or their gradient) of a net whose cells have joined in some lanes: elsewhere outputs see none."""
    output = weights.output
    assert output.hidden is not None  # output units always see the cells
    return weights._replace(output=output._replace(hidden=jnp.where(joined, output.hidden, 0)))
