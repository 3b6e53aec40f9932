"""LSTM and GRU with layer normalisation: net inputs have a mean and a deviation of their own, whatever the weights.

J. L. Ba, J. R. Kiros and G. E. Hinton, "Layer normalization" (2016), supplementary material.
"""

from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from pydantic import Field

from lstm_jax.cells.gated import Gated, Group, zeros
from lstm_jax.cells.incoming import Incoming, Sources, net_input
from lstm_jax.cells.lstm import LSTM, LSTMCarry
from lstm_jax.cells.squashing import squash
from lstm_jax.configuration import configuration
from lstm_jax.types import Array, Float, Key

EPSILON = 1e-5
"""What is added to the variance, since before a sequence nothing re-enters; the paper has none, PyTorch this one."""


class Norm(NamedTuple):
    """What follows a normalisation, one number for each unit."""

    gain: Float[Array, "units *lanes"]
    """alpha"""
    shift: Float[Array, "units *lanes"]
    """beta"""


def normalised(values: Float[Array, "units *lanes"], norm: Norm) -> Float[Array, "units *lanes"]:
    """LN(values; alpha, beta): of mean 0 and variance 1 over the units of a lane, then scaled and shifted.

    >>> normalised(jnp.array([1.0, 3.0]), Norm(jnp.ones(2), jnp.zeros(2))).round(3).tolist()
    [-1.0, 1.0]
    """
    centred = values - jnp.mean(values, axis=0)
    return norm.gain * centred * lax.rsqrt(jnp.mean(jnp.square(centred), axis=0) + EPSILON) + norm.shift


def plain(units: int, like: Float[Array, "*lanes"]) -> Norm:
    """How a normalisation starts: alpha is one and beta zero."""
    return Norm(jnp.ones((units, *like.shape), like.dtype), jnp.zeros((units, *like.shape), like.dtype))


class LayerNormLSTMWeights(NamedTuple):
    """Weights into gates and cells, and what follows each normalisation."""

    input_gate: Incoming
    forget_gate: Incoming
    cell: Incoming
    output_gate: Incoming
    from_hidden: Norm
    """alpha_1 and beta_1, `[4 units]`, in the order of the fields above."""
    from_input: Norm
    """alpha_2 and beta_2, `[4 units]`."""
    state: Norm
    """alpha_3 and beta_3, `[units]`."""


@configuration
class LayerNormLSTM(LSTM):
    """An `LSTM` with layer normalisation; one step, with LN over the four net inputs of all units together:

    (i, phi, g, o) = LN(W_h h(t-1); alpha_1, beta_1) + LN(W_x x(t); alpha_2, beta_2) + b
    c(t) = f(phi) c(t-1) + f(i) tanh(g)
    h(t) = f(o) tanh(LN(c(t); alpha_3, beta_3))
    """

    Weights = LayerNormLSTMWeights

    state_groups = ()
    at_once = False

    @property
    def weight_count(self) -> int:
        """Number of weights."""
        return super().weight_count + 2 * (4 + 4 + 1) * self.units

    def init(self, key: Key[Array, "*lanes"], weight_range: Float[Array, "*lanes"]) -> LayerNormLSTMWeights:
        """Draw initial weights, uniform in [-weight_range, weight_range); biases as configured, norms plain."""
        norms = (plain(n * self.units, weight_range) for n in (4, 4, 1))
        return LayerNormLSTMWeights(*self.drawn(key, weight_range).values(), *norms)

    def nets(self, weights: LayerNormLSTMWeights, sources: Sources) -> dict[str, Float[Array, "units *lanes"]]:
        """The net inputs, after normalisation."""
        nets = _joint_nets(weights, list(self.groups), sources, weights.from_hidden, weights.from_input)
        biases = {name: getattr(weights, name).bias for name in nets}
        return {name: net if biases[name] is None else net + biases[name] for name, net in nets.items()}

    def advance(
        self, weights: LayerNormLSTMWeights, nets: dict[str, Array], carry: LSTMCarry, truncate: bool = False
    ) -> tuple[LSTMCarry, Float[Array, "units *lanes"]]:
        """c(t) and h(t) from the net inputs."""
        state = super().advance(weights, nets, carry)[0].state
        shown = squash(self.cell_output_squashing, normalised(state, weights.state))
        output = jax.nn.sigmoid(nets["output_gate"]) * shown
        return LSTMCarry(state, output), output


class LayerNormGRUWeights(NamedTuple):
    """Weights into gates and candidates, and what follows each normalisation."""

    update_gate: Incoming
    reset_gate: Incoming
    candidate: Incoming
    """W from the inputs and U from h(t-1)."""
    gates_from_hidden: Norm
    """alpha_1 and beta_1, `[2 units]`, of update and reset gates."""
    gates_from_input: Norm
    """alpha_2 and beta_2, `[2 units]`."""
    candidate_from_input: Norm
    """alpha_3 and beta_3, `[units]`."""
    candidate_from_hidden: Norm
    """alpha_4 and beta_4, `[units]`."""


@configuration
class LayerNormGRU(Gated):
    """Gated recurrent units with layer normalisation; one step, with LN over both gates of all units together:

        (z, r) = LN(W_h h(t-1); alpha_1, beta_1) + LN(W_x x(t); alpha_2, beta_2)
        n = tanh(LN(W x(t); alpha_3, beta_3) + f(r) LN(U h(t-1); alpha_4, beta_4))
        h(t) = (1 - f(z)) h(t-1) + f(z) n

    Here f(z) is how much is new, as the paper has it; in `GRU` it is how much stays.
    """

    inputs: Annotated[int, Field(ge=1)]
    """Size of the input vector, or of the alphabet."""
    units: Annotated[int, Field(ge=1)] = 4

    Weights = LayerNormGRUWeights

    at_once = False
    unitwise = True

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
        """Gates and candidates, one of each per unit; betas stand in place of biases."""
        return {name: Group(self.units, "none") for name in ("update_gate", "reset_gate", "candidate")}

    @property
    def weight_count(self) -> int:
        """Number of weights."""
        return super().weight_count + 2 * (2 + 2 + 1 + 1) * self.units

    def init(self, key: Key[Array, "*lanes"], weight_range: Float[Array, "*lanes"]) -> LayerNormGRUWeights:
        """Draw initial weights, uniform in [-weight_range, weight_range); norms are plain."""
        norms = (plain(n * self.units, weight_range) for n in (2, 2, 1, 1))
        return LayerNormGRUWeights(*self.drawn(key, weight_range).values(), *norms)

    def initial_carry(self, lanes: tuple[int, ...], dtype: jnp.dtype) -> Float[Array, "units *lanes"]:
        """h is zero before a sequence."""
        return zeros(self.units, lanes, dtype)

    def hidden(self, carry: Float[Array, "units *lanes"]) -> Float[Array, "units *lanes"]:
        """h(t-1), the activations of the previous step."""
        return carry

    def nets(self, weights: LayerNormGRUWeights, sources: Sources) -> dict[str, Float[Array, "units *lanes"]]:
        """z and r, and both parts of the candidates, after normalisation."""
        gates = ["update_gate", "reset_gate"]
        nets = _joint_nets(weights, gates, sources, weights.gates_from_hidden, weights.gates_from_input)
        from_input, from_hidden = (net_input(weights.candidate, only) for only in _apart(sources))
        nets["candidate"] = normalised(from_input, weights.candidate_from_input)
        nets["recurrent_candidate"] = normalised(from_hidden, weights.candidate_from_hidden)
        return nets

    def advance(
        self,
        weights: Any,
        nets: dict[str, Array],
        carry: Float[Array, "units *lanes"],
        truncate: bool = False,
    ) -> tuple[Float[Array, "units *lanes"], Float[Array, "units *lanes"]]:
        """h(t) from the net inputs."""
        update, reset = jax.nn.sigmoid(nets["update_gate"]), jax.nn.sigmoid(nets["reset_gate"])
        h = (1 - update) * carry + update * jnp.tanh(nets["candidate"] + reset * nets["recurrent_candidate"])
        return h, h


def _apart(sources: Sources) -> tuple[Sources, Sources]:
    """The inputs alone, and the hidden activations alone."""
    return sources._replace(hidden=None), sources._replace(input=None)


def _joint_nets(
    weights: Any, names: list[str], sources: Sources, from_hidden: Norm, from_input: Norm
) -> dict[str, Float[Array, "units *lanes"]]:
    """Net inputs of some groups without biases, each source's normalised over all these groups together."""

    def part(only: Sources, norm: Norm) -> Array:
        groups = (getattr(weights, name)._replace(bias=None) for name in names)
        return normalised(jnp.concatenate([net_input(group, only) for group in groups]), norm)

    inputs, hidden = _apart(sources)
    nets = part(hidden, from_hidden) + part(inputs, from_input)
    return dict(zip(names, jnp.split(nets, len(names)), strict=True))
