"""minGRU: a gated recurrent unit whose gate and candidate see inputs only.

L. Feng et al., "Were RNNs all we needed?" (2024), section 3.1, in its sequential mode. Left out are the log-space form
for parallel training, and with it the function g of its candidates.
"""

from typing import Annotated, NamedTuple

import jax
import jax.numpy as jnp
from pydantic import Field

from lstm_jax.cells import incoming
from lstm_jax.cells.gated import Gated, Group, zeros
from lstm_jax.cells.incoming import Bias, Incoming
from lstm_jax.configuration import configuration
from lstm_jax.types import Array, Float, Key


class MinGRUWeights(NamedTuple):
    """Weights from the inputs into gates and candidates; nothing else is seen."""

    update_gate: Incoming
    candidate: Incoming


@configuration
class MinGRU(Gated):
    """A layer of minGRU units; one step:

        z = f(W_z x + b_z)    n = W_h x + b_h
        h(t) = (1 - z) h(t-1) + z n

    z is the update gate, n the candidate; f is the logistic function. Gates do not see h(t-1): what is stored cannot
    depend on what was stored before, except in a second layer (`stacked`).

    >>> import jax
    >>> cell = MinGRU(inputs=3, units=4)
    >>> weights = cell.init(jax.random.key(0), jnp.float32(0.1))
    >>> carry, shown = cell.step(weights, cell.initial_carry((), jnp.dtype("float32")), jnp.ones(3))
    >>> cell.weight_count, shown.shape
    (32, (4,))
    """

    inputs: Annotated[int, Field(ge=1)]
    """Size of the input vector, or of the alphabet."""
    units: Annotated[int, Field(ge=1)] = 4
    update_gate_bias: Bias = "random"
    candidate_bias: Bias = "random"

    Weights = MinGRUWeights

    def __post_init__(self) -> None:
        for name in MinGRUWeights._fields:
            incoming.check_bias(f"{name}_bias", getattr(self, f"{name}_bias"), self.units)

    @property
    def outputs(self) -> int:
        """Number of activations that the layer shows."""
        return self.units

    @property
    def hidden_sources(self) -> int:
        """0: no activation re-enters the layer."""
        return 0

    @property
    def groups(self) -> dict[str, Group | None]:
        """Gates and candidates, one of each per unit."""
        return {name: Group(self.units, getattr(self, f"{name}_bias")) for name in MinGRUWeights._fields}

    def init(self, key: Key[Array, "*lanes"], weight_range: Float[Array, "*lanes"]) -> MinGRUWeights:
        """Draw initial weights as PyTorch's nn.Linear: uniform within 1 / sqrt(inputs), not `weight_range`."""
        return super().init(key, jnp.full_like(weight_range, self.inputs**-0.5))

    def initial_carry(self, lanes: tuple[int, ...], dtype: jnp.dtype) -> Float[Array, "units *lanes"]:
        """h is zero before a sequence."""
        return zeros(self.units, lanes, dtype)

    def hidden(self, carry: Float[Array, "units *lanes"]) -> None:
        """None: no activation re-enters the layer, so that `truncate` changes nothing."""

    def advance(
        self,
        weights: MinGRUWeights,
        nets: dict[str, Array],
        carry: Float[Array, "units *lanes"],
        truncate: bool = False,
    ) -> tuple[Float[Array, "units *lanes"], Float[Array, "units *lanes"]]:
        """h(t) from the net inputs."""
        update = jax.nn.sigmoid(nets["update_gate"])
        h = (1 - update) * carry + update * nets["candidate"]
        return h, h
