"""Ordinary recurrent units (section 3.1): every unit sees the inputs and, one step late, all units."""

from typing import Annotated, Literal

import jax.numpy as jnp
from jax import lax
from pydantic import Field

from lstm_jax.cells import incoming
from lstm_jax.cells.incoming import Bias, Incoming, Sources, net_input
from lstm_jax.cells.squashing import Squashing, squash
from lstm_jax.configuration import configuration
from lstm_jax.errors import InputError
from lstm_jax.random import fold_in, normal, uniform
from lstm_jax.types import Array, Float, Int, Key


@configuration
class Elman:
    """A fully recurrent layer:

        y(t) = f(W x(t) + V y(t-1) + b)

    With an output layer above it, it is the net of Elman (1990).
    """

    inputs: Annotated[int, Field(ge=1)]
    """Size of the input vector, or of the alphabet."""
    units: Annotated[int, Field(ge=1)] = 1
    squashing: Squashing = (0, 1)
    """f, the squashing function; [-1, 1] is tanh of half the net input."""
    recurrence: bool = True
    """Whether units see the units of the previous step; if not, the layer is feedforward."""
    bias: Bias = "none"
    recurrent_start: Literal["random", "orthogonal", "identity"] = "random"
    """How V starts: as other weights; as a random rotation or reflection (Saxe, McClelland & Ganguli 2014); or as the
    identity, with "relu" the IRNN of Le, Jaitly & Hinton (2015)."""

    def __post_init__(self) -> None:
        if not self.recurrence and self.recurrent_start != "random":
            raise InputError(f"recurrent_start is {self.recurrent_start!r}: it should be 'random' without recurrence.")
        incoming.check_bias("bias", self.bias, self.units)

    @property
    def outputs(self) -> int:
        """Number of activations that the layer shows."""
        return self.units

    @property
    def weight_count(self) -> int:
        """Number of weights."""
        return incoming.weight_count(self.units, self.inputs, self.units * self.recurrence, self.bias)

    def init(self, key: Key[Array, "*lanes"], weight_range: Float[Array, "*lanes"]) -> Incoming:
        """Draw initial weights, uniform in [-weight_range, weight_range); biases and V as configured."""
        drawn = incoming.init(key, self.units, self.inputs, self.units * self.recurrence, self.bias, weight_range)
        if self.recurrent_start == "identity":
            identity = jnp.eye(self.units, dtype=weight_range.dtype).reshape(self.units, -1, *(1,) * key.ndim)
            return drawn._replace(hidden=jnp.broadcast_to(identity, (self.units, self.units, *key.shape)))
        if self.recurrent_start == "orthogonal":
            return drawn._replace(hidden=_orthogonal(fold_in(key, 0), self.units).astype(weight_range.dtype))
        return drawn

    def initial_carry(self, lanes: tuple[int, ...], dtype: jnp.dtype) -> Float[Array, "units *lanes"]:
        """All activations are zero before a sequence."""
        return jnp.zeros((self.units, *lanes), dtype)

    def step(
        self,
        weights: Incoming,
        carry: Float[Array, "units *lanes"],
        x: Float[Array, "inputs *#lanes"] | Int[Array, "*#lanes"],
        truncate: bool = False,
    ) -> tuple[Float[Array, "units *lanes"], Float[Array, "units *lanes"]]:
        """One step. With `truncate` the context is treated as an input, which is Elman's training procedure."""
        context = lax.stop_gradient(carry) if truncate else carry
        y = squash(self.squashing, net_input(weights, Sources(x, context if self.recurrence else None)))
        return y, y


def _orthogonal(key: Key[Array, "*lanes"], n: int) -> Float[Array, "{n} {n} *lanes"]:
    """Orthogonal matrices, each as likely as any other: QR of Gaussian ones, with a positive diagonal of R."""
    draws = normal(uniform(key, n * n)).reshape(n, n, *key.shape)
    q, r = jnp.linalg.qr(jnp.moveaxis(draws, (0, 1), (-2, -1)))
    q = q * jnp.where(jnp.diagonal(r, axis1=-2, axis2=-1) < 0, -1.0, 1.0)[..., None, :]
    return jnp.moveaxis(q, (-2, -1), (0, 1))
