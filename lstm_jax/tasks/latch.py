"""The latch problem and the 2-sequence problem of Bengio et al. (1994), as guessing was tried on them."""

from typing import Annotated

import jax.numpy as jnp
from pydantic import Field

from lstm_jax.configuration import Varies, configuration
from lstm_jax.errors import InputError
from lstm_jax.random import normal, uniform
from lstm_jax.tasks.two_classes import TwoClasses
from lstm_jax.types import Array, Key, Sequence


@configuration
class Latch(TwoClasses):
    """The first `informative` elements are +1 or -1 and tell the class; all others are Gaussian noise of mean 0.

    The two problems differ in their targets, 1 and -1 in the former, 1 and 0 in the latter.
    """

    targets: tuple[float, float] = (1.0, -1.0)
    """Targets of the class that begins with +1 and of the other; by default those of the latch problem."""
    informative: Annotated[int, Field(ge=1)] = 1
    """Reading: how many elements tell the class."""
    noise_variance: Annotated[float, Field(ge=0), Varies] = 0.2
    """Variance of the noise in all other elements."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.informative > self.min_length:
            raise InputError(f"informative is {self.informative}: it should be at most min_length, {self.min_length}.")

    def sample(self, key: Key[Array, "*lanes"]) -> Sequence:
        """Draw one sequence per lane; the classes are equally probable."""
        draws = uniform(key, 2 + self.max_length)
        first = draws[1] < 0.5
        t = jnp.arange(self.max_length).reshape(-1, *(1,) * key.ndim)
        noise = jnp.sqrt(self.noise_variance) * normal(draws[2:])
        line = jnp.where(t < self.informative, jnp.where(first, 1.0, -1.0), noise)
        return self.sequence(line, self.lengths(draws[0]), first)
