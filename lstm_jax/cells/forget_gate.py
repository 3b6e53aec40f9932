"""Memory blocks with forget gates, and with states that decay at a fixed rate.

F. A. Gers, J. Schmidhuber and F. Cummins, "Learning to forget: continual prediction with LSTM" (2000).
"""

from typing import Annotated, NamedTuple

import jax.numpy as jnp
from pydantic import Field

from lstm_jax.cells import incoming
from lstm_jax.cells.gated import Group, Slopes
from lstm_jax.cells.incoming import Bias, Incoming
from lstm_jax.cells.memory_block import Activations, MemoryBlocks
from lstm_jax.cells.squashing import LOGISTIC, slope, squash
from lstm_jax.configuration import configuration
from lstm_jax.types import Array, Float


class ForgetGateWeights(NamedTuple):
    """Weights into the gates (units are blocks) and into the cells (block by block)."""

    input_gate: Incoming
    output_gate: Incoming | None
    cell: Incoming
    forget_gate: Incoming


@configuration
class ForgetGates(MemoryBlocks):
    """Memory blocks whose states are scaled by a gate at every step, so that they can be emptied.

        y_phi = f(W_phi u)
        s(t)  = y_phi s(t-1) + y_in g(W_c u)

    All else is as in `MemoryBlocks`. The derivatives that the truncated gradient carries decay as the states do:

        d s(t)/d w_phi = y_phi d s(t-1)/d w_phi + s(t-1) f'(net_phi) u
    """

    gate_recurrence: bool = False
    """Whether gates and cells receive the gate activations of the previous step; in 2000 they do not."""
    forget_gate_bias: Bias = "random"

    Weights = ForgetGateWeights

    state_groups = ("input_gate", "cell", "forget_gate")

    def __post_init__(self) -> None:
        super().__post_init__()
        incoming.check_bias("forget_gate_bias", self.forget_gate_bias, self.blocks)

    @property
    def groups(self) -> dict[str, Group | None]:
        """The groups of memory blocks, and the forget gates."""
        return super().groups | {"forget_gate": Group(self.blocks, self.forget_gate_bias)}

    def decay(self, nets: dict[str, Array], carry: Activations) -> Float[Array, "cells *lanes"]:
        """y_phi of each cell's block."""
        return self.per_cell(squash(LOGISTIC, nets["forget_gate"]))

    def state_slopes(self, nets: dict[str, Array], carry: Activations, new: Activations) -> Slopes:
        """As in memory blocks, and d s(t)/d net_phi = s(t-1) f'(net_phi)."""
        slopes = super().state_slopes(nets, carry, new)
        by_forget_gate = carry.state * self.per_cell(slope(LOGISTIC, squash(LOGISTIC, nets["forget_gate"])))
        return slopes._replace(by_net=slopes.by_net | {"forget_gate": by_forget_gate})


@configuration
class StateDecay(MemoryBlocks):
    """Memory blocks whose states lose a fixed share at every step: s(t) = r s(t-1) + y_in g(W_c u).

    Gers, Schmidhuber and Cummins (2000) compare forget gates with it.
    """

    gate_recurrence: bool = False
    """Whether gates and cells receive the gate activations of the previous step, as in `ForgetGates`."""
    remaining: Annotated[float, Field(gt=0, lt=1)] = 0.9
    """r, the share of a state that is left after one step, between 0 and 1."""

    def decay(self, nets: dict[str, Array], carry: Activations) -> Float[Array, "cells *lanes"]:
        """r for every cell."""
        return jnp.full_like(carry.state, self.remaining)
