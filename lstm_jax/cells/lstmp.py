"""LSTM with a projection: many cells, of whose activations fewer numbers are shown and re-enter.

H. Sak, A. Senior and F. Beaufays, "Long short-term memory recurrent neural network architectures for large scale
acoustic modeling" (2014), without their peepholes and their second projection, which does not re-enter: PyTorch's
`proj_size`.
"""

from typing import Annotated, Any, NamedTuple

import jax.numpy as jnp
from pydantic import Field

from lstm_jax.cells import incoming
from lstm_jax.cells.gated import zeros
from lstm_jax.cells.incoming import Incoming, Sources, net_input
from lstm_jax.cells.lstm import LSTM, LSTMCarry
from lstm_jax.configuration import configuration
from lstm_jax.random import fold_in
from lstm_jax.types import Array, Float, Key


class LSTMPWeights(NamedTuple):
    """Weights into gates and cells, in the order of PyTorch, and from the cells to what is shown."""

    input_gate: Incoming
    forget_gate: Incoming
    cell: Incoming
    output_gate: Incoming
    projection: Incoming
    """W_r as `hidden`, `[projection, units]`, and nothing else."""


@configuration
class LSTMP(LSTM):
    """An `LSTM` with a linear map between its cells and what is shown; one step, with u = (x(t), r(t-1)):

        m(t) = o h(c(t))
        r(t) = W_r m(t)

    r is what the layer shows and what re-enters; all else is as in `LSTM`.
    """

    projection: Annotated[int, Field(ge=1)] = 2
    """Size of r."""

    Weights = LSTMPWeights

    state_groups = ()
    at_once = False

    @property
    def outputs(self) -> int:
        """Number of activations that the layer shows."""
        return self.projection

    @property
    def hidden_sources(self) -> int:
        """Number of hidden activations that every unit receives: all of r."""
        return self.projection

    @property
    def weight_count(self) -> int:
        """Number of weights."""
        return super().weight_count + self.projection * self.units

    def init(self, key: Key[Array, "*lanes"], weight_range: Float[Array, "*lanes"]) -> LSTMPWeights:
        """Draw initial weights, uniform in [-weight_range, weight_range); biases as configured."""
        drawn = self.drawn(key, weight_range)
        projection = incoming.init(fold_in(key, len(drawn)), self.projection, 0, self.units, "none", weight_range)
        return LSTMPWeights(**drawn, projection=projection)

    def initial_carry(self, lanes: tuple[int, ...], dtype: jnp.dtype) -> LSTMCarry:
        """States and what is shown are zero before a sequence."""
        return LSTMCarry(zeros(self.units, lanes, dtype), zeros(self.projection, lanes, dtype))

    def advance(
        self, weights: Any, nets: dict[str, Array], carry: LSTMCarry, truncate: bool = False
    ) -> tuple[LSTMCarry, Float[Array, "projection *lanes"]]:
        """c(t) and r(t) from the net inputs."""
        new, activations = super().advance(weights, nets, carry, truncate)
        shown = net_input(weights.projection, Sources(None, activations))
        return LSTMCarry(new.state, shown), shown
