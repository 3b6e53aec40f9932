"""The gated recurrent unit: no memory apart from what is shown.

K. Cho et al., "Learning phrase representations using RNN encoder-decoder for statistical machine translation" (2014),
and the form of cuDNN, PyTorch and Flax, where the reset gate acts after the product with the recurrent weights.
"""

from typing import Annotated, Literal, NamedTuple

import jax
import jax.numpy as jnp
from pydantic import Field

from lstm_jax.cells import incoming
from lstm_jax.cells.gated import Gated, Group, zeros
from lstm_jax.cells.incoming import Bias, Incoming, Sources, net_input
from lstm_jax.configuration import configuration
from lstm_jax.types import Array, Float


class GRUWeights(NamedTuple):
    """Weights into gates and candidates."""

    reset_gate: Incoming
    update_gate: Incoming
    candidate: Incoming
    """Weights from the inputs to the candidates; with the reset before the product, from r h(t-1), too."""
    recurrent_candidate: Incoming | None
    """Weights from h(t-1) to the candidates; None with the reset before the product."""


@configuration
class GRU(Gated):
    """A layer of gated recurrent units; one step, with u = (x(t), h(t-1)):

        r = f(W_r u + b_r)    z = f(W_z u + b_z)
        n = tanh(W_n x + b_n + r (U_n h(t-1) + c_n))
        h(t) = z h(t-1) + (1 - z) n

    r is the reset gate, z the update gate, n the candidate; f is the logistic function. That is the reset after the
    product. Before it, as Cho et al. print it, there is one bias, and n = tanh(W_n x + U_n (r h(t-1)) + b_n).

    >>> import jax
    >>> cell = GRU(inputs=3, units=4)
    >>> weights = cell.init(jax.random.key(0), jnp.float32(0.1))
    >>> carry, shown = cell.step(weights, cell.initial_carry((), jnp.dtype("float32")), jnp.ones(3))
    >>> cell.weight_count, shown.shape
    (100, (4,))
    """

    inputs: Annotated[int, Field(ge=1)]
    """Size of the input vector, or of the alphabet."""
    units: Annotated[int, Field(ge=1)] = 4
    reset: Literal["after", "before"] = "after"
    """Whether the reset gate acts after the product with the recurrent weights, or before it."""
    reset_gate_bias: Bias = "random"
    update_gate_bias: Bias = "random"
    candidate_bias: Bias = "random"
    recurrent_candidate_bias: Bias = "random"
    """With the reset before the product there is no such bias, and this has no effect."""

    Weights = GRUWeights

    unitwise = True

    def __post_init__(self) -> None:
        for name in GRUWeights._fields:
            incoming.check_bias(f"{name}_bias", getattr(self, f"{name}_bias"), self.units)

    @property
    def outputs(self) -> int:
        """Number of activations that the layer shows."""
        return self.units

    @property
    def hidden_sources(self) -> int:
        """Number of hidden activations that every gate and recurrent candidate receives: all of h."""
        return self.units

    @property
    def groups(self) -> dict[str, Group | None]:
        """Gates and the two parts of the candidates, one of each per unit."""
        return {
            "reset_gate": Group(self.units, self.reset_gate_bias),
            "update_gate": Group(self.units, self.update_gate_bias),
            "candidate": Group(self.units, self.candidate_bias, sees_hidden=not self.at_once),
            "recurrent_candidate": Group(self.units, self.recurrent_candidate_bias, sees_input=False)
            if self.at_once
            else None,
        }

    @property
    def at_once(self) -> bool:
        """Whether no sum needs another: with the reset before the product, that of the candidates needs the gates."""
        return self.reset == "after"

    def initial_carry(self, lanes: tuple[int, ...], dtype: jnp.dtype) -> Float[Array, "units *lanes"]:
        """h is zero before a sequence."""
        return zeros(self.units, lanes, dtype)

    def hidden(self, carry: Float[Array, "units *lanes"]) -> Float[Array, "units *lanes"]:
        """h(t-1), the activations of the previous step."""
        return carry

    def nets(self, weights: GRUWeights, sources: Sources) -> dict[str, Float[Array, "units *lanes"]]:
        """The net input of every group."""
        if self.at_once:
            return super().nets(weights, sources)
        gates = {name: net_input(getattr(weights, name), sources) for name in ("reset_gate", "update_gate")}
        assert sources.hidden is not None
        kept = sources._replace(hidden=jax.nn.sigmoid(gates["reset_gate"]) * sources.hidden)
        return gates | {"candidate": net_input(weights.candidate, kept)}

    def advance(
        self,
        weights: GRUWeights,
        nets: dict[str, Array],
        carry: Float[Array, "units *lanes"],
        truncate: bool = False,
    ) -> tuple[Float[Array, "units *lanes"], Float[Array, "units *lanes"]]:
        """h(t) from the net inputs."""
        update, candidate = jax.nn.sigmoid(nets["update_gate"]), nets["candidate"]
        if self.at_once:
            candidate = candidate + jax.nn.sigmoid(nets["reset_gate"]) * nets["recurrent_candidate"]
        candidate = jnp.tanh(candidate)
        h = update * carry + (1 - update) * candidate
        return h, h
