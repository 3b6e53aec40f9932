"""Experiment 3 (section 5.3): noise and signal on the same line, the two-sequence problem."""

from typing import Annotated

import jax.numpy as jnp
from pydantic import Field

from lstm_jax.configuration import Varies, configuration
from lstm_jax.errors import InputError
from lstm_jax.random import integer, normal, uniform
from lstm_jax.types import Array, Bool, Float, Key, Sequence

Variance = Annotated[float, Field(ge=0), Varies]


@configuration
class TwoSequences:
    """The first `informative` elements tell the class, +1 or -1; all others are Gaussian noise.

    Lengths are uniform in [length, length + length/10]; the classes are equally probable.
    """

    length: Annotated[int, Field(ge=10, le=1_000_000)] = 100
    """T, the shortest length."""
    informative: Annotated[int, Field(ge=1)] = 3
    """N, the number of elements that tell the class."""
    noise_variance: Variance = 0.2
    """Variance of the noise in the elements that tell nothing."""
    signal_noise_variance: Variance = 0.0
    """Variance of the Gaussian noise that is added to the elements that tell the class (3b, 3c)."""
    targets: tuple[float, float] = (1.0, 0.0)
    """Targets of the class that begins with +1 and of the one that begins with -1; [0.2, 0.8] in 3c."""
    target_noise_variance: Variance = 0.0
    """Variance of the Gaussian noise that is added to the target (3c)."""
    tolerance: Annotated[float, Field(gt=0), Varies] = 0.2
    """The largest absolute error of a correct answer, against the target without noise; 0.1 in 3c."""

    inputs = outputs = 1

    def __post_init__(self) -> None:
        if self.length % 10:
            raise InputError(f"length is {self.length}: it should be a multiple of 10, since lengths reach T + T/10.")
        if self.informative > self.length:
            raise InputError(f"informative is {self.informative}: it should be at most length, {self.length}.")

    @property
    def max_length(self) -> int:
        """The longest possible sequence."""
        return self.length + self.length // 10

    def sample(self, key: Key[Array, "*lanes"]) -> Sequence:
        """Draw one sequence per lane; the expected target is the one without noise."""
        draws = uniform(key, 3 + self.max_length)
        length = integer(draws[0], self.length, self.max_length + 1)
        first_class = draws[1] < 0.5
        noise = normal(draws[2:])
        t = jnp.arange(self.max_length).reshape(-1, *(1,) * key.ndim)
        signal = jnp.where(first_class, 1.0, -1.0) + jnp.sqrt(self.signal_noise_variance) * noise[1:]
        inputs = jnp.where(t < self.informative, signal, jnp.sqrt(self.noise_variance) * noise[1:])
        expected = jnp.where(first_class, *self.targets)[None]
        return Sequence(
            inputs[:, None], expected + jnp.sqrt(self.target_noise_variance) * noise[:1], length, expected=expected
        )

    def correct(self, outputs: Float[Array, "1 *lanes"], sequence: Sequence) -> Bool[Array, "*lanes"]:
        """An answer is correct when its absolute error is at most the tolerance."""
        assert sequence.expected is not None
        return jnp.abs(outputs[0] - sequence.expected[0]) <= self.tolerance
