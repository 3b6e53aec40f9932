"""Nearest-neighbour search: keep the value that came with the vector most like the first one, and revise it.

M. Beck et al., "xLSTM: extended long short-term memory" (2024), Figure 2 and its description in the appendix.
"""

from typing import Annotated, Literal

import jax.numpy as jnp
from jax import lax
from pydantic import Field

from lstm_jax.configuration import Varies, configuration
from lstm_jax.random import uniform
from lstm_jax.types import Array, Bool, Float, Key, Sequence


@configuration
class NearestNeighbour:
    """Unit vectors of two dimensions, each with a value; the first vector is the reference.

    From the second step on the target is the value of that vector so far, the reference aside, which is nearest to the
    reference. Directions are uniform, values uniform in [0, 1); inputs are the vector and its value.

    So much is as in the paper, as far as we recall it; it has 64 steps, and does not say when a single answer is right,
    since it measures a mean squared error. Sequences of a few steps, the tolerance, and `reference` are ours.

    >>> import jax
    >>> sequence = NearestNeighbour(steps=4).sample(jax.random.key(0))
    >>> sequence.inputs.shape, sequence.target_mask.tolist()
    ((4, 3), [False, True, True, True])
    """

    steps: Annotated[int, Field(ge=2, le=100_000)] = 16
    """Length of every sequence, the reference included."""
    reference: Literal["drawn", "fixed"] = "drawn"
    """Whether the reference is drawn for every sequence, or is always (1, 0). With a fixed one, how near a vector is
    can be read off its first component, and what has to be learned is to revise."""
    tolerance: Annotated[float, Field(gt=0), Varies] = 0.2
    """Bound on the absolute error at every step with a target, in a correct answer."""

    inputs = 3
    outputs = 1

    def sample(self, key: Key[Array, "*lanes"]) -> Sequence:
        """Draw one sequence per lane."""
        draws = uniform(key, 2 * self.steps)
        angles, values = 2 * jnp.pi * draws[: self.steps], draws[self.steps :]
        if self.reference == "fixed":
            angles = angles.at[0].set(0.0)
        near = jnp.cos(angles[1:] - angles[0])
        t = jnp.arange(self.steps).reshape(-1, *(1,) * key.ndim)
        nearest = lax.cummax(jnp.where(near == lax.cummax(near), t[1:], 0))
        kept = jnp.take_along_axis(values, nearest, axis=0, mode="promise_in_bounds")
        return Sequence(
            jnp.stack([jnp.cos(angles), jnp.sin(angles), values], axis=1),
            jnp.concatenate([jnp.zeros_like(values[:1]), kept])[:, None],
            jnp.full(key.shape, self.steps),
            jnp.broadcast_to(t > 0, angles.shape),
        )

    def correct(self, outputs: Float[Array, "time 1 *lanes"], sequence: Sequence) -> Bool[Array, "*lanes"]:
        """An answer is correct when its absolute error is below the tolerance at every step with a target."""
        assert sequence.target_mask is not None
        close = jnp.abs(outputs - sequence.targets)[:, 0] < self.tolerance
        return jnp.all(close | ~sequence.target_mask, axis=0)
