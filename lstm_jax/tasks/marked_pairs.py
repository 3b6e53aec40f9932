"""Sequences of pairs (value, marker) of which two are marked: what Experiments 4 and 5 have in common."""

from typing import Annotated, Literal, NamedTuple

import jax.numpy as jnp
from pydantic import Field

from lstm_jax.configuration import Varies, configuration
from lstm_jax.errors import InputError
from lstm_jax.random import integer, uniform
from lstm_jax.types import Array, Bool, Float, Int, Key, Sequence


class Pairs(NamedTuple):
    """Sequences of pairs and the two values that matter in each."""

    inputs: Float[Array, "time 2 *lanes"]
    length: Int[Array, "*lanes"]
    x1: Float[Array, "*lanes"]
    x2: Float[Array, "*lanes"]


@configuration
class MarkedPairs:
    """Pairs (value, marker), of length uniform in [length, length + length/10].

    One of the first ten pairs is marked (X1), then one of the first length/2 - 1 still unmarked pairs (X2). A mark is
    1.0; the first and the last pair's marker is -1; all others are 0. The value of a marked first pair does not count.
    """

    length: Annotated[int, Field(ge=22, le=1_000_000)] = 100
    """T, the shortest length; at least 22, so that ten pairs can take the second mark."""
    tolerance: Annotated[float, Field(gt=0), Varies] = 0.04
    """The largest absolute error of a correct answer."""
    first_marker: Literal[-1, 1] = -1
    """Reading: what a marked first pair shows. The paper marks it, and says that a first pair shows -1."""

    inputs = 2
    outputs = 1

    def __post_init__(self) -> None:
        if self.length % 10:
            raise InputError(f"length is {self.length}: it should be a multiple of 10, since lengths reach T + T/10.")

    @property
    def max_length(self) -> int:
        """The longest possible sequence."""
        return self.length + self.length // 10

    def pairs(self, key: Key[Array, "*lanes"], low: float, high: float, neutral: float) -> Pairs:
        """Draw sequences with values uniform in [low, high); `neutral` stands for the value of a marked first pair."""
        draws = uniform(key, 3 + self.max_length)
        length = integer(draws[0], self.length, self.max_length + 1)
        first = integer(draws[1], 0, 10)
        # Counting only pairs that are still unmarked: the position moves up by one from the first mark on.
        second = integer(draws[2], 0, self.length // 2 - 1)
        second = jnp.where(second >= first, second + 1, second)
        values = low + (high - low) * draws[3:]

        t = jnp.arange(self.max_length).reshape(-1, *(1,) * key.ndim)
        marked = (t == first) | (t == second)
        unmarked = jnp.where((t == 0) | (t == length - 1), -1.0, 0.0)
        markers = jnp.where(marked, jnp.where(t == 0, float(self.first_marker), 1.0), unmarked)

        def value_at(position):
            value = jnp.take_along_axis(values, position[None], axis=0, mode="promise_in_bounds")[0]
            return jnp.where(position == 0, neutral, value)

        return Pairs(jnp.stack([values, markers], axis=1), length, value_at(first), value_at(second))

    def correct(self, outputs: Float[Array, "1 *lanes"], sequence: Sequence) -> Bool[Array, "*lanes"]:
        """An answer is correct when its absolute error is below the tolerance."""
        return jnp.abs(outputs[0] - sequence.targets[0]) < self.tolerance
