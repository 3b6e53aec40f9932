"""sLSTM: scalar memories with exponential gates and a normaliser.

M. Beck et al., "xLSTM: extended long short-term memory" (2024), section 2.2.
"""

from typing import Annotated, Literal, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from pydantic import Field

from lstm_jax.cells import incoming
from lstm_jax.cells.gated import Gated, Group, zeros
from lstm_jax.cells.incoming import Bias, Incoming, Sources
from lstm_jax.configuration import configuration
from lstm_jax.errors import InputError
from lstm_jax.types import Array, Float

BEFORE = -1e30
"""The stabiliser before a sequence: minus infinity, but finite, so that differences of it are numbers."""


class SLSTMWeights(NamedTuple):
    """Weights into gates and cells; recurrent ones `[units, units per head]`."""

    input_gate: Incoming
    forget_gate: Incoming
    cell: Incoming
    output_gate: Incoming


class SLSTMCarry(NamedTuple):
    """What goes from step to step."""

    state: Float[Array, "units *lanes"]
    """c exp(-m), the internal states."""
    normaliser: Float[Array, "units *lanes"]
    """n exp(-m), the normalisers."""
    stabiliser: Float[Array, "units *lanes"]
    """m, the stabilisers of the exponential gates."""
    output: Float[Array, "units *lanes"]
    """h, what the layer shows."""


@configuration
class SLSTM(Gated):
    """A layer of sLSTM cells; one step, with u = (x(t), h(t-1) of the unit's own head):

        i = exp(W_i u + b_i)    phi = exp or f(W_f u + b_f)    o = f(W_o u + b_o)    z = tanh(W_c u + b_c)
        c(t) = phi c(t-1) + i z
        n(t) = phi n(t-1) + i
        h(t) = o c(t) / n(t)

    c and n are kept as c exp(-m) and n exp(-m), with m(t) = max(log phi + m(t-1), log i), so that no exponential
    overflows (eqs. 15-17); h does not depend on m.
    """

    inputs: Annotated[int, Field(ge=1)]
    """Size of the input vector, or of the alphabet."""
    units: Annotated[int, Field(ge=1)] = 4
    heads: Annotated[int, Field(ge=1)] = 1
    """Number of heads, whose units do not see each other; `units` is a multiple of it."""
    forget_gate: Literal["logistic", "exponential"] = "logistic"
    input_gate_bias: Bias = "random"
    forget_gate_bias: Bias = "random"
    output_gate_bias: Bias = "random"
    cell_bias: Bias = "random"

    Weights = SLSTMWeights

    def __post_init__(self) -> None:
        check_heads(self.units, self.heads)
        for name in SLSTMWeights._fields:
            incoming.check_bias(f"{name}_bias", getattr(self, f"{name}_bias"), self.units)

    @property
    def outputs(self) -> int:
        """Number of activations that the layer shows."""
        return self.units

    @property
    def hidden_sources(self) -> int:
        """Number of hidden activations that every unit receives: h of its own head."""
        return self.units // self.heads

    @property
    def groups(self) -> dict[str, Group | None]:
        """Gates and cells, one of each per unit."""
        return {name: Group(self.units, getattr(self, f"{name}_bias")) for name in SLSTMWeights._fields}

    def initial_carry(self, lanes: tuple[int, ...], dtype: jnp.dtype) -> SLSTMCarry:
        """All is zero before a sequence, and m minus infinity."""
        nothing = zeros(self.units, lanes, dtype)
        return SLSTMCarry(nothing, nothing, nothing + BEFORE, nothing)

    def hidden(self, carry: SLSTMCarry) -> Float[Array, "units *lanes"]:
        """h(t-1), what the layer showed in the previous step."""
        return carry.output

    def nets(self, weights: SLSTMWeights, sources: Sources) -> dict[str, Float[Array, "units *lanes"]]:
        """The net input of every group: each head's from its own part of h."""
        if self.heads == 1 or sources.hidden is None:
            return super().nets(weights, sources)
        parts = []
        for head, hidden in enumerate(jnp.split(sources.hidden, self.heads)):
            rows = slice(head * self.hidden_sources, (head + 1) * self.hidden_sources)
            own = jax.tree.map(lambda w, rows=rows: w[rows], weights)
            parts.append(super().nets(own, sources._replace(hidden=hidden)))
        return jax.tree.map(lambda *of_heads: jnp.concatenate(of_heads), *parts)

    def advance(
        self, weights: SLSTMWeights, nets: dict[str, Array], carry: SLSTMCarry, truncate: bool = False
    ) -> tuple[SLSTMCarry, Float[Array, "units *lanes"]]:
        """c, n, m and h from the net inputs."""
        stays, enters, stabiliser = stabilised(self.forget_gate, nets, carry.stabiliser)
        state = stays * carry.state + enters * jnp.tanh(nets["cell"])
        normaliser = stays * carry.normaliser + enters
        output = jax.nn.sigmoid(nets["output_gate"]) * state / normaliser
        return SLSTMCarry(state, normaliser, stabiliser, output), output


def stabilised(
    forget_gate: Literal["logistic", "exponential"], nets: dict[str, Array], before: Float[Array, "units *lanes"]
) -> tuple[Float[Array, "units *lanes"], Float[Array, "units *lanes"], Float[Array, "units *lanes"]]:
    """phi exp(m(t-1) - m(t)), i exp(-m(t)) and m(t), from the net inputs of the gates and m(t-1) (eqs. 15-17).

    What a cell shows does not depend on m, so that no error is propagated through it.
    """
    forget_net, input_net = nets["forget_gate"], nets["input_gate"]
    log_stays = jax.nn.log_sigmoid(forget_net) if forget_gate == "logistic" else forget_net
    after = lax.stop_gradient(jnp.maximum(log_stays + before, input_net))
    return jnp.exp(log_stays + before - after), jnp.exp(input_net - after), after


def check_heads(units: int, heads: int) -> None:
    """Refuse units that cannot be shared out evenly.

    Raises:
        InputError: `units` is not a multiple of `heads`.
    """
    if units % heads:
        raise InputError(f"units is {units}: it should be a multiple of heads, {heads}.")
