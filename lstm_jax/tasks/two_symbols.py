"""Experiments 2a and 2b (section 5.2): which of two symbols stood at the beginning, p steps before it is needed."""

from typing import Annotated, Literal

import jax.numpy as jnp
from pydantic import Field

from lstm_jax.configuration import Varies, configuration
from lstm_jax.random import integer, uniform
from lstm_jax.types import Array, Bool, Float, Key, Sequence


@configuration
class TwoSymbols:
    """(y, a_1 .. a_{p-1}, y) or (x, a_1 .. a_{p-1}, x), equally probable: predict the next symbol at every step.

    In 2b the middle is a random string over a_1 .. a_{p-1} of the same length. Symbols: a_1 is 0, x is p-1, y is p.
    """

    p: Annotated[int, Field(ge=2, le=1_000_000)] = 100
    """The lag, in steps."""
    middle: Literal["regular", "random"] = "regular"
    """Whether the middle is always the same, as in 2a, or a random string, as in 2b."""
    errors_at: Literal["every step", "end"] = "every step"
    """Reading: where there is an error to learn from."""
    judged_at: Literal["every step", "end"] = "every step"
    """Where an answer has to be right; at the end in 2b."""
    tolerance: Annotated[float, Field(gt=0), Varies] = 0.25
    """Bound on the absolute errors of all outputs of a right answer."""

    @property
    def inputs(self) -> int:
        """Size of the alphabet."""
        return self.p + 1

    @property
    def outputs(self) -> int:
        """One output unit per symbol."""
        return self.p + 1

    def sample(self, key: Key[Array, "*lanes"]) -> Sequence:
        """Draw one sequence per lane: p steps, at each of which the next symbol is the target."""
        first = self.p - 1 + integer(uniform(key, 1)[0], 0, 2)
        if self.middle == "regular":
            middle = jnp.arange(self.p - 1).reshape(-1, *(1,) * key.ndim)
            middle = jnp.broadcast_to(middle, (self.p - 1, *key.shape))
        else:
            middle = integer(uniform(key, self.p)[1:], 0, self.p - 1)
        symbols = jnp.concatenate([first[None], middle, first[None]])
        alphabet = jnp.arange(self.outputs).reshape(-1, *(1,) * key.ndim)
        length = jnp.full(key.shape, self.p)
        targets = jnp.where(symbols[1:, None] == alphabet, 1.0, 0.0)
        if self.errors_at == "end":
            return Sequence(symbols[:-1], targets[-1], length)
        return Sequence(symbols[:-1], targets, length, jnp.ones((self.p, *key.shape), bool))

    def correct(self, outputs: Float[Array, "*outputs"], sequence: Sequence) -> Bool[Array, "*lanes"]:
        """An answer is right when all errors are below the tolerance, at every step or at the last one."""
        errors = jnp.abs(outputs - sequence.targets)
        if sequence.target_mask is not None:
            errors = jnp.max(errors, axis=0) if self.judged_at == "every step" else errors[-1]
        return jnp.max(errors, axis=0) < self.tolerance
