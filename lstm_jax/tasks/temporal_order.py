"""Experiment 6 (section 5.6): which order did a few widely separated symbols come in."""

from typing import Annotated

import jax.numpy as jnp
from pydantic import Field

from lstm_jax.configuration import Varies, configuration
from lstm_jax.errors import InputError
from lstm_jax.random import integer, uniform
from lstm_jax.types import Array, Bool, Float, Key, Sequence

ALPHABET = "EBabcdXY"
E, B, A, X = (ALPHABET.index(symbol) for symbol in "EBaX")


@configuration
class TemporalOrder:
    """A string that starts with E and ends with B; X or Y at a few positions, the rest random from a, b, c, d.

    The class to tell at the end is the order of the X and Y, as a binary number with X = 0: for two of them
    XX, XY, YX, YY (Q, R, S, U in the paper), for three XXX, XXY, ... YYY.

    >>> import jax
    >>> sequence = TemporalOrder().sample(jax.random.key(0))
    >>> symbols = "".join(ALPHABET[i] for i in sequence.inputs[: int(sequence.length)])
    >>> symbols[0], symbols[-1], symbols.count("X") + symbols.count("Y"), sequence.targets.shape
    ('E', 'B', 2, (4,))
    """

    positions: Annotated[tuple[tuple[int, int], ...], Varies] = ((10, 20), (50, 60))
    """For each X or Y the first and the last step where it may stand, counting from 0; by default those of 6a."""
    min_length: Annotated[int, Field(ge=3)] = 100
    max_length: Annotated[int, Field(ge=3, le=1_000_000)] = 110
    """The longest length: lengths are uniform from `min_length` to this."""
    tolerance: Annotated[float, Field(gt=0), Varies] = 0.3
    """The largest absolute error of any output of a correct answer."""

    inputs = len(ALPHABET)

    def __post_init__(self) -> None:
        if self.max_length < self.min_length:
            raise InputError(f"max_length is {self.max_length}: it should be at least min_length, {self.min_length}.")
        bounds = [bound for pair in self.positions for bound in pair]
        apart = all(last < first for last, first in zip([0, *bounds[1::2]], bounds[::2], strict=False))
        if not bounds or not apart or bounds != sorted(bounds) or bounds[-1] > self.min_length - 2:
            raise InputError(
                f"positions is {[list(pair) for pair in self.positions]}: it should be pairs [first, last] that follow "
                f"one another between step 1 and step {self.min_length - 2}."
            )

    @property
    def outputs(self) -> int:
        """One output unit per order."""
        return 2 ** len(self.positions)

    def sample(self, key: Key[Array, "*lanes"]) -> Sequence:
        """Draw one string per lane."""
        places = len(self.positions)
        draws = uniform(key, 2 + places + self.max_length)
        length = integer(draws[0], self.min_length, self.max_length + 1)
        order = integer(draws[1], 0, self.outputs)
        symbols = integer(draws[2 + places :], A, A + 4)
        t = jnp.arange(self.max_length).reshape(-1, *(1,) * key.ndim)
        for i, (first, last) in enumerate(self.positions):
            position = integer(draws[2 + i], first, last + 1)
            is_y = (order >> (places - 1 - i)) & 1
            symbols = jnp.where(t == position, X + is_y, symbols)
        symbols = jnp.where(t == 0, E, jnp.where(t == length - 1, B, symbols))
        orders = jnp.arange(self.outputs).reshape(-1, *(1,) * key.ndim)
        return Sequence(symbols, jnp.where(orders == order, 1.0, 0.0), length)

    def correct(self, outputs: Float[Array, "outputs *lanes"], sequence: Sequence) -> Bool[Array, "*lanes"]:
        """An answer is correct when every output's absolute error is below the tolerance."""
        return jnp.max(jnp.abs(outputs - sequence.targets), axis=0) < self.tolerance
