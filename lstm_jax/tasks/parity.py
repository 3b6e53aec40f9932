"""The parity problem: was the number of ones odd?"""

from typing import Annotated

import jax.numpy as jnp
from pydantic import Field

from lstm_jax.configuration import configuration
from lstm_jax.random import uniform
from lstm_jax.tasks.two_classes import TwoClasses
from lstm_jax.types import Array, Key, Sequence


@configuration
class Parity(TwoClasses):
    """Elements are 1 or -1, equally probable; sequences with an odd number of 1s are the first class."""

    noise: Annotated[float, Field(ge=0)] = 0.0
    """Bound of the noise, uniform in [-noise, noise), that is added to every element; 0.2 in the noisy problem."""

    def sample(self, key: Key[Array, "*lanes"]) -> Sequence:
        """Draw one sequence per lane."""
        draws = uniform(key, 1 + 2 * self.max_length)
        length = self.lengths(draws[0])
        one = draws[1 : 1 + self.max_length] < 0.5
        t = jnp.arange(self.max_length).reshape(-1, *(1,) * key.ndim)
        odd = jnp.sum(one & (t < length), axis=0) % 2 == 1
        line = jnp.where(one, 1.0, -1.0) + self.noise * (2 * draws[1 + self.max_length :] - 1)
        return self.sequence(line, length, odd)
