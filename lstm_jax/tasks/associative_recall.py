"""Multi-query associative recall: several keys come with a value each, then keys alone, whose values are asked for.

After S. Arora et al., "Zoology: measuring and improving recall in efficient language models" (2023), with which
M. Beck et al., "xLSTM: extended long short-term memory" (2024), section 4.1, measure how much a memory holds.
"""

from typing import Annotated

import jax.numpy as jnp
from pydantic import Field

from lstm_jax.configuration import Varies, configuration
from lstm_jax.errors import InputError
from lstm_jax.random import integer, uniform
from lstm_jax.types import Array, Bool, Float, Key, Sequence


@configuration
class AssociativeRecall:
    """Pairs of different keys and any values, one pair at a step; then the same keys in random order, each once.

    Inputs are the key's one-hot vector beside the value's, which is zero where a value is asked for: there it is the
    target. Keys are drawn without replacement, values with equal probabilities, and all orders are equally probable.

    In the papers keys and values are tokens that follow one another, and queries lie among other tokens, the more
    probably the sooner after the pair. A pair in one step is ours: a single layer of cells that look at one input at a
    time, as mLSTM's do, could not bind what comes in two. Papers put a convolution in front of them for it.

    >>> import jax
    >>> sequence = AssociativeRecall(keys=3, values=2, pairs=2).sample(jax.random.key(0))
    >>> sequence.inputs.astype(int).tolist()
    [[0, 1, 0, 0, 1], [0, 0, 1, 1, 0], [0, 0, 1, 0, 0], [0, 1, 0, 0, 0]]
    >>> sequence.targets.astype(int).tolist()
    [[0, 0], [0, 0], [1, 0], [0, 1]]
    """

    keys: Annotated[int, Field(ge=1, le=1000)] = 8
    """Number of different keys."""
    values: Annotated[int, Field(ge=2, le=1000)] = 4
    """Number of different values."""
    pairs: Annotated[int, Field(ge=1, le=1000)] = 4
    """Number of pairs in a sequence, and of queries."""
    tolerance: Annotated[float, Field(gt=0), Varies] = 0.49
    """Bound on the absolute errors of all outputs at all queries, in a correct answer."""

    def __post_init__(self) -> None:
        if self.pairs > self.keys:
            raise InputError(f"pairs is {self.pairs}: it should be at most keys, {self.keys}.")

    @property
    def inputs(self) -> int:
        """Keys and values."""
        return self.keys + self.values

    @property
    def outputs(self) -> int:
        """One output unit per value."""
        return self.values

    def sample(self, key: Key[Array, "*lanes"]) -> Sequence:
        """Draw one sequence per lane."""
        draws = uniform(key, self.keys + 2 * self.pairs)
        shown = jnp.argsort(draws[: self.keys], axis=0)[: self.pairs]
        held = integer(draws[self.keys : self.keys + self.pairs], 0, self.values)
        order = jnp.argsort(draws[self.keys + self.pairs :], axis=0)
        asked = jnp.take_along_axis(shown, order, axis=0)
        wanted = _one_hot(jnp.take_along_axis(held, order, axis=0), self.values)
        silence = jnp.zeros_like(wanted)
        keys = _one_hot(jnp.concatenate([shown, asked]), self.keys)
        values = jnp.concatenate([_one_hot(held, self.values), silence])
        query = jnp.arange(2 * self.pairs).reshape(-1, *(1,) * key.ndim) >= self.pairs
        return Sequence(
            jnp.concatenate([keys, values], axis=1),
            jnp.concatenate([silence, wanted]),
            jnp.full(key.shape, 2 * self.pairs),
            jnp.broadcast_to(query, (2 * self.pairs, *key.shape)),
        )

    def correct(self, outputs: Float[Array, "time values *lanes"], sequence: Sequence) -> Bool[Array, "*lanes"]:
        """An answer is correct when every output's absolute error is below the tolerance at every query."""
        assert sequence.target_mask is not None
        errors = jnp.max(jnp.abs(outputs - sequence.targets), axis=1)
        return jnp.all((errors < self.tolerance) | ~sequence.target_mask, axis=0)


def _one_hot(symbols: Array, size: int) -> Float[Array, "time size *lanes"]:
    kinds = jnp.arange(size).reshape(-1, *(1,) * (symbols.ndim - 1))
    return jnp.where(symbols[:, None] == kinds, 1.0, 0.0)
