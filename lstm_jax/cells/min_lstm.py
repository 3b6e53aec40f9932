"""minLSTM: an LSTM whose gates and candidates see inputs only, without an output gate and with gates that add up to 1.

L. Feng et al., "Were RNNs all we needed?" (2024), section 3.2, in its sequential mode. Left out are the log-space form
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


class MinLSTMWeights(NamedTuple):
    """Weights from the inputs into gates and candidates; nothing else is seen."""

    forget_gate: Incoming
    input_gate: Incoming
    candidate: Incoming


@configuration
class MinLSTM(Gated):
    """A layer of minLSTM units; one step:

        phi = f(W_f x + b_f)    i = f(W_i x + b_i)    n = W_h x + b_h
        h(t) = (phi h(t-1) + i n) / (phi + i)

    phi is the forget gate, i the input gate, n the candidate; f is the logistic function. Gates do not see h(t-1): what
    is stored cannot depend on what was stored before, except in a second layer (`stacked`).

    >>> import jax
    >>> cell = MinLSTM(inputs=3, units=4)
    >>> weights = cell.init(jax.random.key(0), jnp.float32(0.1))
    >>> carry, shown = cell.step(weights, cell.initial_carry((), jnp.dtype("float32")), jnp.ones(3))
    >>> cell.weight_count, shown.shape
    (48, (4,))
    """

    inputs: Annotated[int, Field(ge=1)]
    """Size of the input vector, or of the alphabet."""
    units: Annotated[int, Field(ge=1)] = 4
    forget_gate_bias: Bias = "random"
    """A number above 0 lets units remember from the start, as the paper recommends."""
    input_gate_bias: Bias = "random"
    candidate_bias: Bias = "random"

    Weights = MinLSTMWeights

    def __post_init__(self) -> None:
        for name in MinLSTMWeights._fields:
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
        return {name: Group(self.units, getattr(self, f"{name}_bias")) for name in MinLSTMWeights._fields}

    def init(self, key: Key[Array, "*lanes"], weight_range: Float[Array, "*lanes"]) -> MinLSTMWeights:
        """Draw initial weights as PyTorch's nn.Linear: uniform within 1 / sqrt(inputs), not `weight_range`."""
        return super().init(key, jnp.full_like(weight_range, self.inputs**-0.5))

    def initial_carry(self, lanes: tuple[int, ...], dtype: jnp.dtype) -> Float[Array, "units *lanes"]:
        """h is zero before a sequence."""
        return zeros(self.units, lanes, dtype)

    def hidden(self, carry: Float[Array, "units *lanes"]) -> None:
        """None: no activation re-enters the layer, so that `truncate` changes nothing."""

    def advance(
        self,
        weights: MinLSTMWeights,
        nets: dict[str, Array],
        carry: Float[Array, "units *lanes"],
        truncate: bool = False,
    ) -> tuple[Float[Array, "units *lanes"], Float[Array, "units *lanes"]]:
        """h(t) from the net inputs."""
        # phi / (phi + i) = f(log phi - log i), a number also where both gates are too small for one.
        log_ratio = jax.nn.log_sigmoid(nets["forget_gate"]) - jax.nn.log_sigmoid(nets["input_gate"])
        h = jax.nn.sigmoid(log_ratio) * carry + jax.nn.sigmoid(-log_ratio) * nets["candidate"]
        return h, h
