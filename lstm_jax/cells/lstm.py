"""The contemporary LSTM, as PyTorch, Keras and Flax define it: forget gates, tanh, one cell per block, no truncation.

It is the net of Gers, Schmidhuber and Cummins (2000) with the full gradient of Graves and Schmidhuber (2005).
"""

from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
from pydantic import Field

from lstm_jax.cells import incoming
from lstm_jax.cells.gated import Gated, Group, Slopes, zeros
from lstm_jax.cells.incoming import Bias, Incoming
from lstm_jax.cells.squashing import LOGISTIC, Squashing, slope, squash
from lstm_jax.configuration import configuration
from lstm_jax.types import Array, Float


class LSTMWeights(NamedTuple):
    """Weights into gates and cells, in the order of PyTorch."""

    input_gate: Incoming
    forget_gate: Incoming
    cell: Incoming
    output_gate: Incoming


class LSTMCarry(NamedTuple):
    """What goes from step to step."""

    state: Float[Array, "units *lanes"]
    """c, the internal states"""
    output: Float[Array, "units *lanes"]
    """h, what the layer shows"""


@configuration
class LSTM(Gated):
    """A layer of LSTM cells; one step, with u = (x(t), h(t-1)):

        i = f(W_i u + b_i)    phi = f(W_f u + b_f)    o = f(W_o u + b_o)
        c(t) = phi c(t-1) + i g(W_c u + b_c)
        h(t) = o h(c(t))

    f is the logistic function; g and h are tanh unless said otherwise.
    """

    inputs: Annotated[int, Field(ge=1)]
    """Size of the input vector, or of the alphabet."""
    units: Annotated[int, Field(ge=1)] = 4
    cell_input_squashing: Squashing = "tanh"
    """g, the squashing function of the cells' net inputs."""
    cell_output_squashing: Squashing = "tanh"
    """h, the squashing function of the internal states."""
    input_gate_bias: Bias = "random"
    forget_gate_bias: Bias = "random"
    output_gate_bias: Bias = "random"
    cell_bias: Bias = "random"

    Weights = LSTMWeights

    unitwise = True
    state_groups = ("input_gate", "forget_gate", "cell")

    def __post_init__(self) -> None:
        for name, group in self.groups.items():
            if group:
                incoming.check_bias(f"{name}_bias", group.bias, self.units)

    @property
    def outputs(self) -> int:
        """Number of activations that the layer shows."""
        return self.units

    @property
    def hidden_sources(self) -> int:
        """Number of hidden activations that every unit receives: all of h."""
        return self.units

    @property
    def groups(self) -> dict[str, Group | None]:
        """Gates and cells, one of each per unit."""
        return {
            "input_gate": Group(self.units, self.input_gate_bias),
            "forget_gate": Group(self.units, self.forget_gate_bias),
            "cell": Group(self.units, self.cell_bias),
            "output_gate": Group(self.units, self.output_gate_bias),
        }

    def initial_carry(self, lanes: tuple[int, ...], dtype: jnp.dtype) -> LSTMCarry:
        """States and outputs are zero before a sequence."""
        return LSTMCarry(zeros(self.units, lanes, dtype), zeros(self.units, lanes, dtype))

    def hidden(self, carry: LSTMCarry) -> Float[Array, "units *lanes"]:
        """h(t-1), what the layer showed in the previous step."""
        return carry.output

    def gates(self, nets: dict[str, Array]) -> tuple[Float[Array, "units *lanes"], Float[Array, "units *lanes"]]:
        """How much enters the states and how much of them stays: i and phi."""
        return jax.nn.sigmoid(nets["input_gate"]), jax.nn.sigmoid(nets["forget_gate"])

    def advance(
        self, weights: Any, nets: dict[str, Array], carry: LSTMCarry, truncate: bool = False
    ) -> tuple[LSTMCarry, Float[Array, "units *lanes"]]:
        """c(t) and h(t) from the net inputs."""
        enters, stays = self.gates(nets)
        state = stays * carry.state + enters * squash(self.cell_input_squashing, nets["cell"])
        output = jax.nn.sigmoid(nets["output_gate"]) * squash(self.cell_output_squashing, state)
        return LSTMCarry(state, output), output

    def state_slopes(self, nets: dict[str, Array], carry: LSTMCarry, new: LSTMCarry) -> Slopes:
        """dc/dnet_i = g i', dc/dnet_f = c(t-1) phi', dc/dnet_c = i g'."""
        enters, stays = self.gates(nets)
        cell_input = squash(self.cell_input_squashing, nets["cell"])
        by_net = {
            "input_gate": cell_input * slope(LOGISTIC, enters),
            "forget_gate": carry.state * slope(LOGISTIC, stays),
            "cell": enters * slope(self.cell_input_squashing, cell_input),
        }
        return Slopes(stays, by_net)

    def errors(
        self, weights: Any, nets: dict[str, Array], new: LSTMCarry, at_cells: Float[Array, "units *lanes"]
    ) -> tuple[Float[Array, "units *lanes"], Float[Array, "units *lanes"]]:
        """dE/dc(t) and dE/dnet_o from dE/dh(t)."""
        output_gate = jax.nn.sigmoid(nets["output_gate"])
        squashed = squash(self.cell_output_squashing, new.state)
        at_gate = at_cells * squashed * slope(LOGISTIC, output_gate)
        return at_cells * output_gate * slope(self.cell_output_squashing, squashed), at_gate
