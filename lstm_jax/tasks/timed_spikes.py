"""Generating timed spikes: the net has to fall silent and to fire at the right moment, again and again.

After the task GTS of F. A. Gers, N. N. Schraudolph and J. Schmidhuber, "Learning precise timing with LSTM recurrent
networks" (2002).
"""

from typing import Annotated

import jax.numpy as jnp
from pydantic import Field

from lstm_jax.configuration import Varies, configuration
from lstm_jax.random import integer, uniform
from lstm_jax.types import Array, Bool, Float, Key, Sequence


@configuration
class TimedSpikes:
    """The target is a spike, 1, some steps after the one before, and 0 at all other steps; the input tells how many.

    Spike n comes interval + I(n) steps after spike n - 1, the first one so long after the first step. I(n) is a whole
    number from 0 to `most_extra`; the input shows it at the step of spike n - 1 (at the first step for n = 1), and is 0
    at all other steps. Nobody tells the net when it has fired, or when it should have.

    We know the paper's task from one reader's notes, which leave open when the input is shown. That, and trains of a
    few spikes that begin anew with every sequence, are ours; the paper's go on for up to 100 spikes in training, until
    the first error.

    >>> import jax
    >>> sequence = TimedSpikes(interval=3, spikes=2).sample(jax.random.key(1))
    >>> sequence.inputs[:, 0].tolist(), sequence.targets[:, 0].tolist(), int(sequence.length)
    ([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0], 8)
    """

    interval: Annotated[int, Field(ge=2, le=1_000_000)] = 10
    """The shortest number of steps between two spikes, F in the paper."""
    most_extra: Annotated[int, Field(ge=0, le=1_000_000)] = 1
    """The largest I(n): it is uniform from 0 to this."""
    spikes: Annotated[int, Field(ge=1, le=1000)] = 3
    """Number of spikes in a sequence, which ends with the last one."""
    tolerance: Annotated[float, Field(gt=0), Varies] = 0.49
    """Bound on the absolute error at every step of a correct answer."""

    inputs = outputs = 1

    def sample(self, key: Key[Array, "*lanes"]) -> Sequence:
        """Draw one sequence per lane."""
        extra = integer(uniform(key, self.spikes), 0, self.most_extra + 1)
        at = jnp.cumsum(self.interval + extra, axis=0)
        last = self.spikes * (self.interval + self.most_extra)
        t = jnp.arange(last + 1).reshape(-1, 1, *(1,) * key.ndim)
        told_at = jnp.concatenate([jnp.zeros_like(at[:1]), at[:-1]])
        inputs = jnp.sum(jnp.where(t == told_at, extra.astype(jnp.float32), 0.0), axis=1, keepdims=True)
        fires = jnp.any(t == at, axis=1, keepdims=True)
        length = 1 + at[-1]
        return Sequence(inputs, jnp.where(fires, 1.0, 0.0), length, t[:, 0] < length)

    def correct(self, outputs: Float[Array, "time 1 *lanes"], sequence: Sequence) -> Bool[Array, "*lanes"]:
        """An answer is correct when its absolute error is below the tolerance at every step."""
        assert sequence.target_mask is not None
        close = jnp.abs(outputs - sequence.targets)[:, 0] < self.tolerance
        return jnp.all(close | ~sequence.target_mask, axis=0)
