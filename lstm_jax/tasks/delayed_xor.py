"""Exclusive or over a long time lag: J. L. Elman, "Finding structure in time" (1990), asks for it at the next step.

The noise between question and answer is that of the latch problem of Bengio et al. (1994).
"""

from typing import Annotated

import jax.numpy as jnp
from pydantic import Field

from lstm_jax.configuration import Varies, configuration
from lstm_jax.random import normal, uniform
from lstm_jax.tasks.two_classes import TwoClasses
from lstm_jax.types import Array, Key, Sequence


@configuration
class DelayedXor(TwoClasses):
    """Two elements that are 1 or -1, then Gaussian noise of mean 0; sequences in which the two differ are class one.

    The end comes at least min_length - 2 steps after the second of them, and neither alone says anything of the class.

    >>> import jax
    >>> sequence = DelayedXor(min_length=5, max_length=5).sample(jax.random.key(1))
    >>> sequence.inputs[:2, 0].tolist(), sequence.inputs.shape, sequence.targets.tolist()
    ([1.0, -1.0], (5, 1), [1.0])
    """

    min_length: Annotated[int, Field(ge=2, le=1_000_000)] = 100
    """The shortest length, both elements included."""
    max_length: Annotated[int, Field(ge=2, le=1_000_000)] = 110
    """The longest length: lengths are uniform from `min_length` to this."""
    noise_variance: Annotated[float, Field(ge=0), Varies] = 0.2
    """Variance of the noise in all elements but the first two."""

    def sample(self, key: Key[Array, "*lanes"]) -> Sequence:
        """Draw one sequence per lane; all four pairs are equally probable."""
        draws = uniform(key, 1 + self.max_length)
        ones = draws[1:3] < 0.5
        noise = jnp.sqrt(self.noise_variance) * normal(draws[3:])
        line = jnp.concatenate([jnp.where(ones, 1.0, -1.0), noise])
        return self.sequence(line, self.lengths(draws[0]), ones[0] ^ ones[1])
