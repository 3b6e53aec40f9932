"""LSTM with coupled gates: what enters a state takes the place of what leaves it.

K. Greff, R. K. Srivastava, J. Koutník, B. R. Steunebrink and J. Schmidhuber, "LSTM: a search space odyssey" (2017),
variant CIFG.
"""

from typing import NamedTuple

import jax

from lstm_jax.cells.gated import Group, Slopes
from lstm_jax.cells.incoming import Incoming
from lstm_jax.cells.lstm import LSTM, LSTMCarry
from lstm_jax.cells.squashing import LOGISTIC, slope, squash
from lstm_jax.configuration import configuration
from lstm_jax.errors import InputError
from lstm_jax.types import Array, Float


class CoupledWeights(NamedTuple):
    """Weights into gates and cells."""

    forget_gate: Incoming
    cell: Incoming
    output_gate: Incoming


@configuration
class Coupled(LSTM):
    """An `LSTM` with i = 1 - phi:

        c(t) = phi c(t-1) + (1 - phi) g(W_c u + b_c)

    It has no input gate, and `input_gate_bias` keeps its default.
    """

    Weights = CoupledWeights

    state_groups = ("forget_gate", "cell")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.input_gate_bias != "random":
            raise InputError(f"input_gate_bias is {self.input_gate_bias!r}: coupled has no input gate; leave it out.")

    @property
    def groups(self) -> dict[str, Group | None]:
        """The groups of the contemporary LSTM without the input gates."""
        return {name: group for name, group in super().groups.items() if name != "input_gate"}

    def gates(self, nets: dict[str, Array]) -> tuple[Float[Array, "units *lanes"], Float[Array, "units *lanes"]]:
        """How much enters the states and how much of them stays: 1 - phi and phi."""
        stays = jax.nn.sigmoid(nets["forget_gate"])
        return 1 - stays, stays

    def state_slopes(self, nets: dict[str, Array], carry: LSTMCarry, new: LSTMCarry) -> Slopes:
        """dc/dnet_f = (c(t-1) - g) phi', dc/dnet_c = (1 - phi) g'."""
        enters, stays = self.gates(nets)
        cell_input = squash(self.cell_input_squashing, nets["cell"])
        by_net = {
            "forget_gate": (carry.state - cell_input) * slope(LOGISTIC, stays),
            "cell": enters * slope(self.cell_input_squashing, cell_input),
        }
        return Slopes(stays, by_net)
