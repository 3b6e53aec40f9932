"""LSTM with peepholes: gates that see the states they guard, even behind a closed output gate.

F. A. Gers, N. N. Schraudolph and J. Schmidhuber, "Learning precise timing with LSTM recurrent networks" (2002).
"""

import jax
from jax import lax

from lstm_jax.cells.gated import Group
from lstm_jax.cells.incoming import Sources
from lstm_jax.cells.lstm import LSTM, LSTMCarry, LSTMWeights
from lstm_jax.cells.squashing import squash
from lstm_jax.configuration import configuration
from lstm_jax.types import Array, Float, Int


@configuration
class Peephole(LSTM):
    """An `LSTM` with a weight from each state to each of its gates:

        i   = f(W_i u + p_i c(t-1) + b_i)
        phi = f(W_f u + p_f c(t-1) + b_f)
        o   = f(W_o u + p_o c(t) + b_o)

    Input and forget gate see the old state, the output gate the new one. With a truncated gradient, no error leaves a
    cell through a peephole.
    """

    @property
    def groups(self) -> dict[str, Group | None]:
        """The groups of the contemporary LSTM, whose gates have peepholes."""
        return {
            name: group if name == "cell" or group is None else group._replace(sees_state=True)
            for name, group in super().groups.items()
        }

    def sources(
        self, carry: LSTMCarry, x: Float[Array, "inputs *#lanes"] | Int[Array, "*#lanes"], truncate: bool = False
    ) -> Sources:
        """The input, h(t-1) and c(t-1)."""
        return (
            super()
            .sources(carry, x, truncate)
            ._replace(state=lax.stop_gradient(carry.state) if truncate else carry.state)
        )

    def nets(self, weights: LSTMWeights, sources: Sources) -> dict[str, Float[Array, "units *lanes"]]:
        """Net inputs, those of the output gates without their peepholes: c(t) is not known yet."""
        blind = weights._replace(output_gate=weights.output_gate._replace(peephole=None))
        return super().nets(blind, sources)

    def advance(
        self, weights: LSTMWeights, nets: dict[str, Array], carry: LSTMCarry, truncate: bool = False
    ) -> tuple[LSTMCarry, Float[Array, "units *lanes"]]:
        """c(t) and h(t) from the net inputs and the peepholes of the output gates."""
        state = super().advance(weights, nets, carry)[0].state
        output_gate = jax.nn.sigmoid(self._output_net(weights, nets, lax.stop_gradient(state) if truncate else state))
        output = output_gate * squash(self.cell_output_squashing, state)
        return LSTMCarry(state, output), output

    def errors(
        self, weights: LSTMWeights, nets: dict[str, Array], new: LSTMCarry, at_cells: Float[Array, "units *lanes"]
    ) -> tuple[Float[Array, "units *lanes"], Float[Array, "units *lanes"]]:
        """dE/dc(t) and dE/dnet_o from dE/dh(t)."""
        nets = nets | {"output_gate": self._output_net(weights, nets, new.state)}
        return super().errors(weights, nets, new, at_cells)

    def output_gate_sources(self, sources: Sources, new: LSTMCarry) -> Sources:
        """The output gates see c(t)."""
        return sources._replace(state=new.state)

    def _output_net(self, weights: LSTMWeights, nets: dict[str, Array], state: Float[Array, "units *lanes"]) -> Array:
        peephole = weights.output_gate.peephole
        assert peephole is not None
        return nets["output_gate"] + peephole * state
