"""Telling how many steps ago something happened (the paper's discussion, on what LSTM does not count)."""

from typing import Annotated

import jax.numpy as jnp
from pydantic import Field

from lstm_jax.configuration import Varies, configuration
from lstm_jax.errors import InputError
from lstm_jax.random import uniform
from lstm_jax.types import Array, Bool, Key, Sequence


@configuration
class TwoDelays:
    """An event at the first step, then nothing: at the end, was it the shorter or the longer delay ago?

    The paper expects that 3 and 11 steps are easy to tell apart, and that 99 and 100 are not.

    >>> import jax
    >>> sequence = TwoDelays(delays=(2, 4)).sample(jax.random.key(0))
    >>> sequence.inputs[:, 0].tolist(), sequence.length.item(), sequence.targets.tolist()
    ([1.0, 0.0, 0.0, 0.0, 0.0], 5, [1.0])
    """

    delays: tuple[Annotated[int, Field(ge=1, le=1_000_000)], Annotated[int, Field(ge=1, le=1_000_000)]] = (99, 100)
    """Steps from the event to the end; the target is 0 for the first and 1 for the second, equally probable."""
    tolerance: Annotated[float, Field(gt=0), Varies] = 0.3
    """Bound on the absolute error of a correct answer. Reading: that of Experiment 6."""

    inputs = outputs = 1

    def __post_init__(self) -> None:
        if self.delays[0] >= self.delays[1]:
            raise InputError(f"delays is {list(self.delays)}: it should be a shorter delay and a longer one.")

    def sample(self, key: Key[Array, "*lanes"]) -> Sequence:
        """Draw one sequence per lane: one step more than the delay."""
        longer = uniform(key, 1)[0] < 0.5
        steps = jnp.arange(self.delays[1] + 1).reshape(-1, 1, *(1,) * key.ndim)
        event = jnp.broadcast_to(jnp.where(steps == 0, 1.0, 0.0), (len(steps), 1, *key.shape))
        length = 1 + jnp.where(longer, self.delays[1], self.delays[0])
        return Sequence(event, jnp.where(longer, 1.0, 0.0)[None], length)

    def correct(self, outputs: Array, sequence: Sequence) -> Bool[Array, "*lanes"]:
        """An answer is correct when its absolute error is below the tolerance."""
        return jnp.abs(outputs[0] - sequence.targets[0]) < self.tolerance
