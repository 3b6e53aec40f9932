"""The adding problem as it is used since 2015: not that of 1997, and not to be compared with its figures.

Q. V. Le, N. Jaitly and G. E. Hinton, "A simple way to initialize recurrent networks of rectified linear units" (2015),
and M. Arjovsky, A. Shah and Y. Bengio, "Unitary evolution recurrent neural networks" (2016), section 5.2.
"""

from typing import Annotated

import jax.numpy as jnp
from pydantic import Field

from lstm_jax.configuration import Varies, configuration
from lstm_jax.random import integer, uniform
from lstm_jax.types import Array, Bool, Float, Key, Sequence


@configuration
class ModernAdding:
    """Pairs of a value uniform in [0, 1) and a marker; the target at the end is the sum of the two marked values.

    All sequences have the same length. Markers are 0, but 1 at one place in the first half and one in the second, both
    uniform. Whoever always answers 1 has a mean squared error of 1/6, the variance of the sum.
    """

    length: Annotated[int, Field(ge=2, le=1_000_000)] = 100
    """T, the length of every sequence."""
    tolerance: Annotated[float, Field(gt=0), Varies] = 0.04
    """The largest absolute error of a correct answer. The problem itself has none: it is judged by its mean squared
    error."""

    inputs = 2
    outputs = 1

    def sample(self, key: Key[Array, "*lanes"]) -> Sequence:
        """Draw one sequence per lane."""
        draws = uniform(key, 2 + self.length)
        half, values = self.length // 2, draws[2:]
        first = integer(draws[0], 0, half)
        second = integer(draws[1], half, self.length)
        t = jnp.arange(self.length, dtype=first.dtype).reshape(-1, *(1,) * key.ndim)
        marked = (t == first) | (t == second)
        target = jnp.sum(jnp.where(marked, values, 0), axis=0)
        inputs = jnp.stack([values, marked.astype(values.dtype)], axis=1)
        return Sequence(inputs, target[None], jnp.full(key.shape, self.length))

    def correct(self, outputs: Float[Array, "1 *lanes"], sequence: Sequence) -> Bool[Array, "*lanes"]:
        """An answer is correct when its absolute error is below the tolerance."""
        return jnp.abs(outputs[0] - sequence.targets[0]) < self.tolerance
