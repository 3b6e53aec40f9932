"""Ordinary recurrent units (section 3.1): every unit sees the inputs and, one step late, all units."""

from typing import Annotated

import jax.numpy as jnp
from jax import lax
from pydantic import Field

from lstm_jax.cells import incoming
from lstm_jax.cells.incoming import Bias, Incoming, Sources, net_input
from lstm_jax.cells.squashing import Squashing, squash
from lstm_jax.configuration import configuration
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

    def __post_init__(self) -> None:
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
        """Draw initial weights, uniform in [-weight_range, weight_range); biases as configured."""
        return incoming.init(key, self.units, self.inputs, self.units * self.recurrence, self.bias, weight_range)

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
