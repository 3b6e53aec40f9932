"""Causal attention over the whole past, with positions: an outsider among recurrent cells, which needs no memory.

A. Vaswani et al., "Attention is all you need" (2017): one layer of it. Nothing goes from step to step; every step looks
back at all before it, and pays by their number: time grows with the square of the length where answers are due at every
step, and in proportion to it where one is due at the end, as memory does always.
"""

from functools import partial
from typing import Annotated, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from pydantic import Field

from lstm_jax.cells import incoming
from lstm_jax.cells.incoming import Bias, Incoming, Sources, net_input
from lstm_jax.cells.squashing import Squashing, squash
from lstm_jax.configuration import configuration
from lstm_jax.errors import InputError
from lstm_jax.random import fold_in
from lstm_jax.types import Array, Float, Int, Key, Sequence

LONGEST = 10_000.0
"""The slowest of the sinusoids goes round in 2 pi times so many steps."""


class AttentionWeights(NamedTuple):
    """All weights of a layer of attention."""

    embedding: Incoming
    query: Incoming
    key: Incoming
    value: Incoming
    hidden: Incoming
    """`input`: from the embedding of the step that answers; `hidden`: from what it attends to."""
    output: Incoming


@configuration
class Attention:
    """One layer of causal attention; the answer at step t to inputs x:

        e(s) = E x(s) + b_e + p(s)                                   for all steps s up to t
        a(s) = softmax over s of (Q e(t)) (K e(s)) / sqrt(d)         in every head of d units
        h = tanh(W e(t) + U (sum over s of a(s) V e(s)) + b_h)
        y(t) = f(W_y h + b_y)

    p are sinusoids of the number of the step, sine and cosine by turns, whose rates fall from 1 to nearly 1 / 10000:
    they have no weights, and go on beyond the lengths that were learned.

    >>> from lstm_jax.tasks import TemporalOrder
    >>> network, task = Attention(inputs=8, outputs=4, units=6, heads=2), TemporalOrder()
    >>> weights = network.init(jax.random.key(0), jnp.float32(0.4))
    >>> network.apply(weights, task.sample(jax.random.key(1))).shape, network.weight_count
    ((4,), 268)
    """

    inputs: Annotated[int, Field(ge=1)]
    """Size of the input vector, or of the alphabet."""
    outputs: Annotated[int, Field(ge=1)]
    units: Annotated[int, Field(ge=1)] = 8
    """Size of embeddings, and of what is attended to; all heads together."""
    heads: Annotated[int, Field(ge=1)] = 1
    output_squashing: Squashing = (0, 1)
    """f, the squashing function of the output units."""

    answers_all = False
    """False: it answers at every step or only at the end, as the task has targets."""
    differentiable = True
    """Whether errors can be propagated back through `apply`."""
    wide = False
    """False: lanes are advanced several at a time."""

    def __post_init__(self) -> None:
        if self.units % self.heads:
            raise InputError(f"units is {self.units}: it should be a multiple of heads, {self.heads}.")

    @property
    def _sizes(self) -> list[tuple[int, int, int, Bias]]:
        """Of each group of weights its units, its sources of two kinds, and how its biases start."""
        inner: tuple[int, int, int, Bias] = (self.units, self.units, 0, "none")
        hidden: tuple[int, int, int, Bias] = (self.units, self.units, self.units, "random")
        return [
            (self.units, self.inputs, 0, "random"),
            *[inner] * 3,
            hidden,
            (self.outputs, 0, self.units, "random"),
        ]

    @property
    def weight_count(self) -> int:
        """Number of weights, biases included."""
        return sum(incoming.weight_count(*sizes) for sizes in self._sizes)

    def lanes(self, weights: AttentionWeights) -> tuple[int, ...]:
        """The sizes of the lane axes that weights have."""
        return jax.tree.leaves(weights)[0].shape[2:]

    def numbers(self, steps: int, every_step: bool) -> int:
        """Least number of floating-point numbers that stay in memory while a sequence is shown."""
        return steps * self.units * (6 if every_step else 3)

    def init(self, key: Key[Array, "*lanes"], weight_range: Float[Array, "*lanes"]) -> AttentionWeights:
        """Draw initial weights and biases, uniform in [-weight_range, weight_range)."""
        return AttentionWeights(
            *(incoming.init(fold_in(key, i), *sizes, weight_range) for i, sizes in enumerate(self._sizes))
        )

    def apply(
        self, weights: AttentionWeights, sequence: Sequence, truncate: bool = False
    ) -> Float[Array, "time outputs *lanes"] | Float[Array, "outputs *lanes"]:
        """Show a sequence.

        Args:
            weights: lanes may be broadcast against those of the sequence, as in `Network.apply`.
            sequence: see `Sequence`. Padding comes after all that counts, and nothing looks ahead.
            truncate: without effect: no activation re-enters.

        Returns:
            As `Network.apply`: the outputs at every step if there are targets at every step, else at the last.
        """
        steps = len(sequence.inputs)
        lanes = np.broadcast_shapes(sequence.length.shape, self.lanes(weights))
        # To sums the steps are one more axis of lanes, which share their weights.
        shared = jax.tree.map(lambda w: jnp.expand_dims(w, w.ndim - len(self.lanes(weights))), weights)
        times = jnp.arange(steps).reshape(-1, *(1,) * len(lanes))
        inputs = sequence.inputs
        embedded = self._embedded(shared, inputs if inputs.ndim == times.ndim else jnp.moveaxis(inputs, 0, 1), times)
        keys, values = (self._in_heads(net_input(w, Sources(embedded, None))) for w in (shared.key, shared.value))
        if sequence.target_mask is None:
            end = jnp.broadcast_to(sequence.length - 1, lanes)
            return self._answer(weights, self._embedded(weights, _at(inputs, end), end), end, keys, values)

        # What one step attends to is computed again when errors flow back, and takes no memory until then.
        @partial(jax.checkpoint, prevent_cse=False)
        def answer(time_and_embedded):
            t, own = time_and_embedded
            return self._answer(weights, own, jnp.broadcast_to(t, lanes), keys, values)

        return lax.map(answer, (jnp.arange(steps), jnp.moveaxis(embedded, 1, 0)))

    def _embedded(self, weights: AttentionWeights, x: Array, times: Int[Array, "*#lanes"]) -> Float[Array, "u *lanes"]:
        """e, from inputs and the numbers of their steps."""
        sums = net_input(weights.embedding, Sources(x, None))
        pairs = np.arange(self.units) // 2
        rates = jnp.asarray(LONGEST ** (-2 * pairs / self.units), sums.dtype).reshape(-1, *(1,) * times.ndim)
        angles = rates * times.astype(sums.dtype)
        is_sine = (jnp.arange(self.units) % 2 == 0).reshape(rates.shape)
        return sums + jnp.where(is_sine, jnp.sin(angles), jnp.cos(angles))

    def _in_heads(self, x: Float[Array, "units *lanes"]) -> Float[Array, "heads d *lanes"]:
        return x.reshape(self.heads, -1, *x.shape[1:])

    def _answer(self, weights: AttentionWeights, own: Array, at: Int[Array, "*lanes"], keys: Array, values: Array):
        """The outputs at one step of each lane; keys and values of all steps are `[heads, d, time, *lanes]`."""
        query = self._in_heads(net_input(weights.query, Sources(own, None)))
        scores = jnp.sum(query[:, :, None] * keys, axis=1) / (self.units // self.heads) ** 0.5
        seen = jnp.arange(keys.shape[2]).reshape(-1, *(1,) * at.ndim) <= at
        share = jax.nn.softmax(jnp.where(seen, scores, -jnp.inf), axis=1)
        attended = jnp.sum(share[:, None] * values, axis=2).reshape(self.units, *at.shape)
        h = jnp.tanh(net_input(weights.hidden, Sources(own, attended)))
        return squash(self.output_squashing, net_input(weights.output, Sources(None, h)))


def _at(inputs: Array, times: Int[Array, "*lanes"]) -> Array:
    """Each lane's input at a step of its own, `[inputs, *lanes]`, or its symbol, `[*lanes]`."""
    steps, features = len(inputs), inputs.shape[1 : inputs.ndim - times.ndim]
    inputs = jnp.broadcast_to(inputs, (steps, *features, *times.shape))
    index = times.reshape(1, *(1,) * len(features), *times.shape)
    return jnp.take_along_axis(inputs, index, axis=0, mode="promise_in_bounds")[0]
