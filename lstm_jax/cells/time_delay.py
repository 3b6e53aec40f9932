"""A time-delay layer (Lang, Waibel & Hinton 1990; section 2): units that see the last few inputs and nothing else."""

from typing import Annotated

import jax
import jax.numpy as jnp
from pydantic import Field

from lstm_jax.cells import incoming
from lstm_jax.cells.incoming import Bias, Incoming, Sources, net_input
from lstm_jax.cells.squashing import Squashing, squash
from lstm_jax.configuration import configuration
from lstm_jax.types import Array, Float, Int, Key


@configuration
class TimeDelay:
    """A feedforward layer over a window of inputs.

        y(t) = f(sum over d from 0 to delays of W_d x(t-d), + b)    with x(t) = 0 before the sequence

    It sees nothing of what lies more than `delays` steps back.
    """

    inputs: Annotated[int, Field(ge=1)]
    """Size of the input vector, or of the alphabet."""
    units: Annotated[int, Field(ge=1)] = 10
    delays: Annotated[int, Field(ge=0, le=1000)] = 10
    """How many earlier inputs are seen besides the present one."""
    squashing: Squashing = (0, 1)
    """f, the squashing function."""
    bias: Bias = "random"

    def __post_init__(self) -> None:
        incoming.check_bias("bias", self.bias, self.units)

    @property
    def outputs(self) -> int:
        """Number of activations that the layer shows."""
        return self.units

    @property
    def _window(self) -> int:
        return self.inputs * (self.delays + 1)

    @property
    def weight_count(self) -> int:
        """Number of weights."""
        return incoming.weight_count(self.units, self._window, 0, self.bias)

    def init(self, key: Key[Array, "*lanes"], weight_range: Float[Array, "*lanes"]) -> Incoming:
        """Draw initial weights, uniform in [-weight_range, weight_range); biases as configured."""
        return incoming.init(key, self.units, self._window, 0, self.bias, weight_range)

    def initial_carry(self, lanes: tuple[int, ...], dtype: jnp.dtype) -> Float[Array, "window *lanes"]:
        """The inputs of the last `delays` steps, the most recent first: zero before a sequence."""
        return jnp.zeros((self.inputs * self.delays, *lanes), dtype)

    def step(
        self,
        weights: Incoming,
        carry: Float[Array, "window *lanes"],
        x: Float[Array, "inputs *#lanes"] | Int[Array, "*#lanes"],
        truncate: bool = False,
    ) -> tuple[Float[Array, "window *lanes"], Float[Array, "units *lanes"]]:
        """One step. Nothing re-enters, so that `truncate` changes nothing."""
        lanes = carry.shape[1:]
        if x.ndim < carry.ndim:
            x = jnp.moveaxis(jax.nn.one_hot(x, self.inputs, dtype=carry.dtype), -1, 0)
        window = jnp.concatenate([jnp.broadcast_to(x, (self.inputs, *lanes)), carry])
        return window[: len(carry)], squash(self.squashing, net_input(weights, Sources(window, None)))
