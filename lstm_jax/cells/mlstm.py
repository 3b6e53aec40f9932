"""mLSTM: a matrix memory that stores pairs of keys and values, with exponential gates.

M. Beck et al., "xLSTM: extended long short-term memory" (2024), section 2.3.
"""

from typing import Annotated, Literal, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from pydantic import Field

from lstm_jax.cells import incoming
from lstm_jax.cells.gated import Gated, Group
from lstm_jax.cells.incoming import Bias, Incoming, Sources
from lstm_jax.cells.slstm import BEFORE, check_heads, stabilised
from lstm_jax.configuration import configuration
from lstm_jax.types import Array, Float, Int


class MLSTMWeights(NamedTuple):
    """Weights from the inputs into queries, keys, values and gates; nothing else is seen."""

    query: Incoming
    key: Incoming
    value: Incoming
    input_gate: Incoming
    forget_gate: Incoming
    output_gate: Incoming


class MLSTMCarry(NamedTuple):
    """What goes from step to step, head by head; d units per head."""

    memory: Float[Array, "heads d d *lanes"]
    """C exp(-m), the matrix memory: values by keys."""
    normaliser: Float[Array, "heads d *lanes"]
    """n exp(-m), the normaliser."""
    stabiliser: Float[Array, "heads *lanes"]
    """m, the stabiliser of the exponential gates."""


@configuration
class MLSTM(Gated):
    """A layer of mLSTM cells; one step of every head of d units:

        q = W_q x + b_q    k = (W_k x + b_k) / sqrt(d)    v = W_v x + b_v
        i = exp(w_i x + b_i)    phi = exp or f(w_f x + b_f)    o = f(W_o x + b_o)
        C(t) = phi C(t-1) + i v k'
        n(t) = phi n(t-1) + i k
        h(t) = o C(t) q / max(|n(t)' q|, 1)

    i and phi are one number per head. C and n are kept as C exp(-m) and n exp(-m), as in sLSTM. Since nothing depends
    on h(t-1), all steps can be computed at once: `parallel`.
    """

    inputs: Annotated[int, Field(ge=1)]
    """Size of the input vector, or of the alphabet."""
    units: Annotated[int, Field(ge=1)] = 4
    heads: Annotated[int, Field(ge=1)] = 1
    """Number of heads; `units` is a multiple of it."""
    forget_gate: Literal["logistic", "exponential"] = "logistic"
    input_gate_bias: Bias = "random"
    forget_gate_bias: Bias = "random"
    output_gate_bias: Bias = "random"
    bias: Bias = "random"
    """How the biases of queries, keys and values start."""

    Weights = MLSTMWeights

    def __post_init__(self) -> None:
        check_heads(self.units, self.heads)
        for name, group in self.groups.items():
            if group:
                incoming.check_bias("bias" if group.bias is self.bias else f"{name}_bias", group.bias, group.units)

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
        """Queries, keys, values and output gates, one per unit; input and forget gates, one per head."""
        return {
            "query": Group(self.units, self.bias),
            "key": Group(self.units, self.bias),
            "value": Group(self.units, self.bias),
            "input_gate": Group(self.heads, self.input_gate_bias),
            "forget_gate": Group(self.heads, self.forget_gate_bias),
            "output_gate": Group(self.units, self.output_gate_bias),
        }

    def initial_carry(self, lanes: tuple[int, ...], dtype: jnp.dtype) -> MLSTMCarry:
        """All is zero before a sequence, and m minus infinity."""
        d = self.units // self.heads
        return MLSTMCarry(
            memory=jnp.zeros((self.heads, d, d, *lanes), dtype),
            normaliser=jnp.zeros((self.heads, d, *lanes), dtype),
            stabiliser=jnp.full((self.heads, *lanes), BEFORE, dtype),
        )

    def hidden(self, carry: MLSTMCarry) -> None:
        """None: no activation re-enters the layer."""

    def advance(
        self, weights: MLSTMWeights, nets: dict[str, Array], carry: MLSTMCarry, truncate: bool = False
    ) -> tuple[MLSTMCarry, Float[Array, "units *lanes"]]:
        """C, n, m and h from the net inputs."""
        query, key, value = self._projected(nets)
        stays, enters, stabiliser = stabilised(self.forget_gate, nets, carry.stabiliser)
        memory = stays[:, None, None] * carry.memory + (enters[:, None] * value)[:, :, None] * key[:, None]
        normaliser = stays[:, None] * carry.normaliser + enters[:, None] * key
        at_least = jnp.exp(-stabiliser)
        scale = jnp.maximum(jnp.abs(jnp.sum(normaliser * query, axis=1)), at_least)
        read = jnp.sum(memory * query[:, None], axis=2) / scale[:, None]
        output = jax.nn.sigmoid(nets["output_gate"]) * read.reshape(nets["output_gate"].shape)
        return MLSTMCarry(memory, normaliser, stabiliser), output

    def parallel(
        self, weights: MLSTMWeights, inputs: Float[Array, "time inputs *lanes"] | Int[Array, "time *lanes"]
    ) -> Float[Array, "time units *lanes"]:
        """What the layer shows at every step of whole sequences, without a loop over steps (appendix A.3).

        Computing and memory grow with the square of the number of steps.
        """
        nets = jax.vmap(lambda x: self.nets(weights, Sources(x, None)))(inputs)
        query, key, value = jax.vmap(self._projected)(nets)
        log_stays = nets["forget_gate"]
        if self.forget_gate == "logistic":
            log_stays = jax.nn.log_sigmoid(log_stays)
        since = jnp.cumsum(log_stays, axis=0)
        # What step s stores is scaled by phi(s+1) ... phi(t) i(s) when step t reads it.
        log_weight = since[:, None] - since[None] + nets["input_gate"][None]
        steps = len(inputs)
        past = jnp.tril(jnp.ones((steps, steps), bool)).reshape(steps, steps, *(1,) * (log_weight.ndim - 2))
        log_weight = jnp.where(past, log_weight, -jnp.inf)
        stabiliser = lax.stop_gradient(jnp.max(log_weight, axis=1))
        match = jnp.sum(query[:, None] * key[None], axis=3) * jnp.exp(log_weight - stabiliser[:, None])
        scale = jnp.maximum(jnp.abs(jnp.sum(match, axis=1)), jnp.exp(-stabiliser))
        read = jnp.sum(match[:, :, :, None] * value[None], axis=1) / scale[:, :, None]
        return jax.nn.sigmoid(nets["output_gate"]) * read.reshape(nets["output_gate"].shape)

    def _projected(self, nets: dict[str, Array]) -> tuple[Array, Array, Array]:
        """Queries, keys and values, each `[heads, d, *lanes]`."""
        d = self.units // self.heads
        shape = (self.heads, d, *nets["query"].shape[1:])
        query, key, value = (nets[name].reshape(shape) for name in ("query", "key", "value"))
        return query, key / d**0.5, value
