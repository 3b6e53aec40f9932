"""Long sequences of two classes on one input line, to be told apart at the end: the tasks of weight guessing.

S. Hochreiter and J. Schmidhuber, "LSTM can solve hard long time lag problems" (1996), section 1; J. Schmidhuber,
S. Hochreiter and Y. Bengio, "Evaluating benchmark problems by random guessing" (2001).
"""

from typing import Annotated

import jax.numpy as jnp
from pydantic import Field

from lstm_jax.configuration import Varies, configuration
from lstm_jax.errors import InputError
from lstm_jax.random import integer
from lstm_jax.types import Array, Bool, Float, Int, Sequence


@configuration
class TwoClasses:
    """Sequences of lengths uniform from `min_length` to `max_length`."""

    min_length: Annotated[int, Field(ge=2, le=1_000_000)] = 500
    max_length: Annotated[int, Field(ge=2, le=1_000_000)] = 600
    """The longest length: lengths are uniform from `min_length` to this."""
    targets: tuple[float, float] = (1.0, 0.0)
    """Targets at the end, for sequences of the first class (odd, legal, beginning with +1) and of the second."""
    tolerance: Annotated[float, Field(gt=0), Varies] = 0.1
    """Bound on the absolute error of a correct answer."""

    inputs = outputs = 1

    def __post_init__(self) -> None:
        if self.max_length < self.min_length:
            raise InputError(f"max_length is {self.max_length}: it should be at least min_length, {self.min_length}.")

    def lengths(self, draw: Float[Array, "*lanes"]) -> Int[Array, "*lanes"]:
        """Lengths from uniform numbers."""
        return integer(draw, self.min_length, self.max_length + 1)

    def sequence(
        self,
        line: Float[Array, "time *lanes"],
        length: Int[Array, "*lanes"],
        first: Bool[Array, "*lanes"],
    ) -> Sequence:
        """Sequences from what the input line shows and whether each belongs to the first class."""
        return Sequence(line[:, None], jnp.where(first, *self.targets)[None], length)

    def correct(self, outputs: Float[Array, "1 *lanes"], sequence: Sequence) -> Bool[Array, "*lanes"]:
        """An answer is correct when its absolute error is below the tolerance."""
        return jnp.abs(outputs[0] - sequence.targets[0]) < self.tolerance
