"""Experiment 2c (section 5.2): very long time lags full of distractors, without local regularities."""

from typing import Annotated

import jax.numpy as jnp
from pydantic import Field

from lstm_jax.configuration import Varies, configuration
from lstm_jax.random import integer, uniform
from lstm_jax.types import Array, Bool, Float, Key, Sequence

LONGEST_TAIL = 200
"""Room for distractors beyond the fewest possible: more than a draw of 23 bits can ask for, which is 151."""


@configuration
class Distractors:
    """b, then x or y, then at least q distractors, then e: tell at the end whether it was x or y.

    After q distractors each further one comes with probability 9/10, else e. Symbols: the distractors a_1 .. a_p are
    0 .. p-1, then e, b, x, y.
    """

    p: Annotated[int, Field(ge=1, le=1_000_000)] = 50
    """Number of distractors in the alphabet."""
    q: Annotated[int, Field(ge=0, le=1_000_000)] = 50
    """The fewest distractors in a sequence; the shortest lag is q + 1."""
    tolerance: Annotated[float, Field(gt=0), Varies] = 0.2
    """Bound on the absolute errors of both outputs of a right answer."""

    outputs = 2

    @property
    def inputs(self) -> int:
        """Size of the alphabet."""
        return self.p + 4

    def sample(self, key: Key[Array, "*lanes"]) -> Sequence:
        """Draw one sequence per lane."""
        most = self.q + LONGEST_TAIL
        draws = uniform(key, 2 + most)
        is_y = integer(draws[0], 0, 2)
        # P(tail >= n) = 0.9^n; one minus the draw is in (0, 1].
        tail = jnp.floor(jnp.log(1 - draws[1]) / jnp.log(0.9)).astype(jnp.int32)
        end = 2 + self.q + jnp.minimum(tail, LONGEST_TAIL)
        e, b, x = self.p, self.p + 1, self.p + 2
        t = jnp.arange(3 + most).reshape(-1, *(1,) * key.ndim)
        distractors = integer(draws[2:], 0, self.p)
        symbols = jnp.concatenate(
            [jnp.full((1, *key.shape), b), (x + is_y)[None], distractors, jnp.full((1, *key.shape), e)]
        )
        targets = jnp.arange(2).reshape(-1, *(1,) * key.ndim) == is_y
        return Sequence(jnp.where(t == end, e, symbols), jnp.where(targets, 1.0, 0.0), end + 1)

    def correct(self, outputs: Float[Array, "2 *lanes"], sequence: Sequence) -> Bool[Array, "*lanes"]:
        """An answer is right when both errors are below the tolerance."""
        return jnp.max(jnp.abs(outputs - sequence.targets), axis=0) < self.tolerance
