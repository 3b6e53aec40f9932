"""Sequences of pairs (value, marker) of which two are marked: what Experiments 4 and 5 have in common."""

from typing import Annotated, Literal, NamedTuple

import jax
import jax.numpy as jnp
from pydantic import Field

from lstm_jax.configuration import configuration
from lstm_jax.errors import InputError
from lstm_jax.types import Array, Bool, Float, Int, PRNGKeyArray, Sequence


class Pairs(NamedTuple):
    """A sequence of pairs and the two values that matter in it."""

    inputs: Float[Array, "time 2"]
    length: Int[Array, ""]
    x1: Float[Array, ""]
    x2: Float[Array, ""]


@configuration
class MarkedPairs:
    """Pairs (value, marker), of length uniform in [length, length + length/10].

    One of the first ten pairs is marked (X1), then one of the first length/2 - 1 still unmarked pairs (X2). A mark is
    1.0; the first and the last pair's marker is -1; all others are 0. The value of a marked first pair does not count.
    """

    length: Annotated[int, Field(ge=22)]
    """T, the shortest length; at least 22, so that ten pairs can take the second mark."""
    tolerance: Annotated[float, Field(gt=0)] = 0.04
    """The largest absolute error of a correct answer."""
    first_marker: Literal[-1, 1] = -1
    """Reading: what a marked first pair shows. The paper marks it, and says that a first pair shows -1."""

    inputs = 2
    outputs = 1
    symbolic = False

    def __post_init__(self) -> None:
        if self.length % 10:
            raise InputError(f"length is {self.length}: it should be a multiple of 10, since lengths reach T + T/10.")

    @property
    def max_length(self) -> int:
        """The longest possible sequence."""
        return self.length + self.length // 10

    def pairs(self, key: PRNGKeyArray, low: float, high: float, neutral: float) -> Pairs:
        """Draw a sequence with values uniform in [low, high]; `neutral` stands for the value of a marked first pair."""
        for_values, for_length, for_first, for_second = jax.random.split(key, 4)
        values = jax.random.uniform(for_values, (self.max_length,), minval=low, maxval=high)
        length = jax.random.randint(for_length, (), self.length, self.max_length + 1)
        first = jax.random.randint(for_first, (), 0, 10)
        # Counting only pairs that are still unmarked: the position moves up by one from the first mark on.
        second = jax.random.randint(for_second, (), 0, self.length // 2 - 1)
        second = jnp.where(second >= first, second + 1, second)

        t = jnp.arange(self.max_length)
        markers = jnp.where((t == first) | (t == second), 1.0, 0.0)
        marked_first_pair = (t == 0) & (markers > 0)
        markers = jnp.where((t == 0) | (t == length - 1), -1.0, markers)
        markers = jnp.where(marked_first_pair, jnp.float32(self.first_marker), markers)

        def value_at(position):
            value = jnp.sum(jnp.where(t == position, values, 0))
            return jnp.where(position == 0, neutral, value)

        return Pairs(jnp.stack([values, markers], axis=1), length, value_at(first), value_at(second))

    def correct(self, outputs: Float[Array, "1 *lanes"], sequence: Sequence) -> Bool[Array, "*lanes"]:
        """An answer is correct when its absolute error is below the tolerance."""
        return jnp.abs(outputs[0] - sequence.targets[0]) < self.tolerance
