"""The naive constant error carrousel (section 3.2): what a memory cell is without its gates."""

from typing import Annotated

import jax.numpy as jnp
from pydantic import Field

from lstm_jax.cells import incoming
from lstm_jax.cells.incoming import Bias, Incoming, Sources, net_input
from lstm_jax.configuration import configuration
from lstm_jax.types import Array, Float, Int, Key


@configuration
class Carrousel:
    """Linear units, each connected to itself with weight 1.

        y(t) = y(t-1) + W x(t) + b

    The error flows back unscaled for ever. But one weight has to store some inputs and ignore others, and one output
    weight has to read the unit at some steps and not at others: the conflicts that gates resolve.

    >>> cell = Carrousel(inputs=1)
    >>> weights = Incoming(input=jnp.array([[0.5]]), hidden=None, bias=None)
    >>> y = cell.initial_carry((), jnp.dtype("float32"))
    >>> for x in [1.0, 0.0, 2.0]:
    ...     y, _ = cell.step(weights, y, jnp.array([x]))
    >>> y.tolist()
    [1.5]
    """

    inputs: Annotated[int, Field(ge=1)]
    """Size of the input vector, or of the alphabet."""
    units: Annotated[int, Field(ge=1)] = 1
    bias: Bias = "none"

    def __post_init__(self) -> None:
        incoming.check_bias("bias", self.bias, self.units)

    @property
    def outputs(self) -> int:
        """Number of activations that the layer shows."""
        return self.units

    @property
    def weight_count(self) -> int:
        """Number of weights; the self-connections are fixed and do not count."""
        return incoming.weight_count(self.units, self.inputs, 0, self.bias)

    def init(self, key: Key[Array, "*lanes"], weight_range: Float[Array, "*lanes"]) -> Incoming:
        """Draw initial weights, uniform in [-weight_range, weight_range); biases as configured."""
        return incoming.init(key, self.units, self.inputs, 0, self.bias, weight_range)

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
        """One step. Nothing re-enters but the carrousel itself, so that `truncate` changes nothing."""
        y = carry + net_input(weights, Sources(x, None))
        return y, y
