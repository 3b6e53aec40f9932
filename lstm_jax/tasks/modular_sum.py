"""The sum of all symbols, modulo a small number: a state that every element changes.

It is the word problem of the cyclic group of `modulus` elements, as in W. Merrill, J. Petty and A. Sabharwal, "The
illusion of state in state-space models" (2024); of two elements it is parity.
"""

from typing import Annotated

import jax.numpy as jnp
from pydantic import Field

from lstm_jax.configuration import Varies, configuration
from lstm_jax.errors import InputError
from lstm_jax.random import integer, uniform
from lstm_jax.types import Array, Bool, Float, Key, Sequence


@configuration
class ModularSum:
    """Symbols 0 .. modulus - 1, equally probable; the class to tell at the end is their sum modulo `modulus`.

    >>> import jax
    >>> sequence = ModularSum(modulus=5, min_length=7, max_length=7).sample(jax.random.key(0))
    >>> sequence.inputs.tolist(), sequence.targets.tolist()
    ([1, 1, 4, 0, 4, 0, 4], [0.0, 0.0, 0.0, 0.0, 1.0])
    """

    modulus: Annotated[int, Field(ge=2, le=1000)] = 3
    """Number of symbols, and of answers."""
    min_length: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    max_length: Annotated[int, Field(ge=1, le=1_000_000)] = 110
    """The longest length: lengths are uniform from `min_length` to this."""
    tolerance: Annotated[float, Field(gt=0), Varies] = 0.3
    """Bound on the absolute errors of all outputs of a correct answer."""

    def __post_init__(self) -> None:
        if self.max_length < self.min_length:
            raise InputError(f"max_length is {self.max_length}: it should be at least min_length, {self.min_length}.")

    @property
    def inputs(self) -> int:
        """Size of the alphabet."""
        return self.modulus

    @property
    def outputs(self) -> int:
        """One output unit per residue."""
        return self.modulus

    def sample(self, key: Key[Array, "*lanes"]) -> Sequence:
        """Draw one sequence per lane."""
        draws = uniform(key, 1 + self.max_length)
        length = integer(draws[0], self.min_length, self.max_length + 1)
        symbols = integer(draws[1:], 0, self.modulus)
        t = jnp.arange(self.max_length).reshape(-1, *(1,) * key.ndim)
        residue = jnp.sum(jnp.where(t < length, symbols, 0), axis=0) % self.modulus
        residues = jnp.arange(self.modulus).reshape(-1, *(1,) * key.ndim)
        return Sequence(symbols, jnp.where(residues == residue, 1.0, 0.0), length)

    def correct(self, outputs: Float[Array, "outputs *lanes"], sequence: Sequence) -> Bool[Array, "*lanes"]:
        """An answer is correct when every output's absolute error is below the tolerance."""
        return jnp.max(jnp.abs(outputs - sequence.targets), axis=0) < self.tolerance
