"""The selective state space (S6): a diagonal recurrence whose step size, writing and reading depend on the input.

A. Gu and T. Dao, "Mamba: linear-time sequence modeling with selective state spaces" (2023), algorithm 2, between the
two halves of its block (figure 3). Left out are the short convolution with the SiLU behind it, normalisation, the
projection back to the inputs' size, and the skip connection (`residual` has the last).
"""

import math
from typing import Annotated, NamedTuple

import jax
import jax.numpy as jnp
from pydantic import Field

from lstm_jax.cells import incoming
from lstm_jax.cells.incoming import Incoming, Sources, net_input
from lstm_jax.configuration import configuration
from lstm_jax.random import fold_in, uniform
from lstm_jax.types import Array, Float, Int, Key

STEP_SIZES = (0.001, 0.1)
"""Between which delta starts if the inputs are zero."""


class SelectiveWeights(NamedTuple):
    """What is learned. u are the channels."""

    channel: Incoming
    """W_u: `[units, inputs]`."""
    gate: Incoming
    """W_z: `[units, inputs]`."""
    step_from_channels: Incoming
    """W_delta: `[rank, units]`."""
    step: Incoming
    """V and b: `[units, rank]` and `[units]`."""
    write: Incoming
    """W_B: `[state, units]`."""
    read: Incoming
    """W_C: `[state, units]`."""
    decay: Float[Array, "units state *lanes"]
    """The logarithm of -A."""
    skip: Float[Array, "units *lanes"]
    """D."""


@configuration
class Selective:
    """A layer of selective state spaces, one of `state` numbers per channel; one step:

        u = W_u x    z = W_z x
        delta = softplus(V W_delta u + b)    B = W_B u    C = W_C u
        h(t) = exp(delta A) h(t-1) + delta u B'
        y(t) = (h(t) C + D u) silu(z)

    h and A are `[units, state]`; delta, u, D and z have a number per unit, B and C one per state, and products of what
    has the same units or states are number by number. A, which is negative, starts at -1, -2, ..., -state in each unit
    (S4D-Real), D at 1.

    >>> import jax
    >>> cell = Selective(inputs=3, units=4, state=2)
    >>> weights = cell.init(jax.random.key(0), jnp.float32(0.1))
    >>> carry, shown = cell.step(weights, cell.initial_carry((), jnp.dtype("float32")), jnp.ones(3))
    >>> cell.weight_count, carry.shape, shown.shape
    (64, (4, 2), (4,))
    """

    inputs: Annotated[int, Field(ge=1)]
    """Size of the input vector, or of the alphabet."""
    units: Annotated[int, Field(ge=1)] = 4
    """Number of channels."""
    state: Annotated[int, Field(ge=1)] = 16
    """N, the states of each channel."""
    rank: Annotated[int, Field(ge=1)] = 1
    """Of the matrix from channels to step sizes. Its authors take one for every 16 inputs."""

    @property
    def outputs(self) -> int:
        """Number of activations that the layer shows."""
        return self.units

    @property
    def weight_count(self) -> int:
        """Number of weights: W_u and W_z, W_delta and V, W_B, W_C and A, b and D."""
        return self.units * (2 * self.inputs + 2 * self.rank + 3 * self.state + 2)

    def init(self, key: Key[Array, "*lanes"], weight_range: Float[Array, "*lanes"]) -> SelectiveWeights:
        """Draw initial weights as the authors' code does, whatever `weight_range` is.

        Matrices are uniform within 1 / sqrt(columns); softplus(b) is log-uniform in `STEP_SIZES`.
        """
        lanes, dtype = key.shape, weight_range.dtype

        def linear(number: int, rows: int, inputs: int, hidden: int) -> Incoming:
            bound = jnp.full_like(weight_range, (inputs + hidden) ** -0.5)
            return incoming.init(fold_in(key, number), rows, inputs, hidden, "none", bound)

        low, high = (math.log(size) for size in STEP_SIZES)
        delta = jnp.exp(low + (high - low) * uniform(fold_in(key, 6), self.units))
        bias = delta + jnp.log(-jnp.expm1(-delta))  # softplus of it is delta
        decay = jnp.log(jnp.arange(1, self.state + 1, dtype=dtype)).reshape(-1, *(1,) * len(lanes))
        return SelectiveWeights(
            channel=linear(0, self.units, self.inputs, 0),
            gate=linear(1, self.units, self.inputs, 0),
            step_from_channels=linear(2, self.rank, 0, self.units),
            step=linear(3, self.units, 0, self.rank)._replace(bias=bias.astype(dtype)),
            write=linear(4, self.state, 0, self.units),
            read=linear(5, self.state, 0, self.units),
            decay=jnp.broadcast_to(decay, (self.units, self.state, *lanes)),
            skip=jnp.ones((self.units, *lanes), dtype),
        )

    def initial_carry(self, lanes: tuple[int, ...], dtype: jnp.dtype) -> Float[Array, "units state *lanes"]:
        """h is zero before a sequence."""
        return jnp.zeros((self.units, self.state, *lanes), dtype)

    def step(
        self,
        weights: SelectiveWeights,
        carry: Float[Array, "units state *lanes"],
        x: Float[Array, "inputs *#lanes"] | Int[Array, "*#lanes"],
        truncate: bool = False,
    ) -> tuple[Float[Array, "units state *lanes"], Float[Array, "units *lanes"]]:
        """One step. Nothing re-enters but each state itself, so that `truncate` changes nothing."""
        u, z = (net_input(w, Sources(x, None)) for w in (weights.channel, weights.gate))
        write, read, low_rank = (
            net_input(w, Sources(None, u)) for w in (weights.write, weights.read, weights.step_from_channels)
        )
        delta = jax.nn.softplus(net_input(weights.step, Sources(None, low_rank)))
        stays = jnp.exp(-delta[:, None] * jnp.exp(weights.decay))
        h = stays * carry + (delta * u)[:, None] * write
        y = jnp.sum(h * read, axis=1) + weights.skip * u
        return h, y * jax.nn.silu(z)
