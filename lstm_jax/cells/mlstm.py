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
from lstm_jax.types import Array, Bool, Float, Int


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
    on h(t-1), many steps can be computed at once: `chunk`.
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

    def chunk(
        self,
        weights: MLSTMWeights,
        inputs: Float[Array, "time inputs *lanes"] | Int[Array, "time *lanes"],
        here: Bool[Array, "time *lanes"] | None,
        resets: Bool[Array, "time *lanes"] | None,
        carry: MLSTMCarry,
    ) -> tuple[MLSTMCarry, Float[Array, "time units *lanes"]]:
        """Some steps at once: what the layer shows at each, and the carry after the last (appendix A.3).

        Computing and memory grow with the square of the number of steps. m(t) is that of step after step, and what
        gates add up to between two steps is added up between these alone: no digits are lost.

        Args:
            weights: with lane axes that broadcast against those of the carry.
            inputs: vectors or symbols of all steps.
            here: False at steps that are padding: nothing is stored, nothing forgotten, and zeros are shown.
            resets: before which steps all that was stored is forgotten.
            carry: what the first step starts from.
        """
        nets = jax.vmap(lambda x: self.nets(weights, Sources(x, None)))(inputs)
        query, key, value = jax.vmap(self._projected)(nets)
        log_stays, log_enters = nets["forget_gate"], nets["input_gate"]
        if self.forget_gate == "logistic":
            log_stays = jax.nn.log_sigmoid(log_stays)
        steps = jnp.arange(len(inputs)).reshape(-1, 1, *(1,) * (log_stays.ndim - 1))
        reads, stores = steps, jnp.swapaxes(steps, 0, 1)
        seen, reached = stores <= reads, jnp.ones((), bool)  # does t see what s stores, and what was there before
        if here is not None:
            log_stays = jnp.where(here[:, None], log_stays, 0)
            seen = seen & here[None, :, None]
        if resets is not None:
            sequence = jnp.cumsum(resets, axis=0)[:, None]
            seen, reached = seen & (sequence[:, None] == sequence[None]), sequence == 0
        # What step s stores is scaled by phi(s+1) ... phi(t) i(s) when step t reads it.
        log_kept = jnp.cumsum(jnp.where(stores < reads, log_stays[:, None], 0), axis=0)
        log_weight = jnp.where(seen, log_kept + log_enters[None], BEFORE)
        log_before = jnp.where(reached, jnp.cumsum(log_stays, axis=0) + carry.stabiliser, BEFORE)
        stabiliser = lax.stop_gradient(jnp.maximum(jnp.max(log_weight, axis=1), log_before))
        weight = jnp.where(seen, jnp.exp(log_weight - stabiliser[:, None]), 0)
        before = jnp.where(reached, jnp.exp(log_before - stabiliser), 0)
        match = jnp.einsum("thd...,shd...->tsh...", query, key) * weight
        normal = jnp.sum(match, axis=1) + before * jnp.sum(carry.normaliser * query, axis=2)
        read = jnp.einsum("tsh...,shd...->thd...", match, value)
        read = read + before[:, :, None] * jnp.einsum("hvd...,thd...->thv...", carry.memory, query)
        read = read / jnp.maximum(jnp.abs(normal), jnp.exp(-stabiliser))[:, :, None]
        outputs = jax.nn.sigmoid(nets["output_gate"]) * read.reshape(nets["output_gate"].shape)
        entered = weight[-1, :, :, None] * key
        last = MLSTMCarry(
            memory=before[-1][:, None, None] * carry.memory + jnp.einsum("thv...,thd...->hvd...", value, entered),
            normaliser=before[-1][:, None] * carry.normaliser + jnp.sum(entered, axis=0),
            stabiliser=stabiliser[-1],
        )
        return last, outputs if here is None else jnp.where(here[:, None], outputs, 0)

    def _projected(self, nets: dict[str, Array]) -> tuple[Array, Array, Array]:
        """Queries, keys and values, each `[heads, d, *lanes]`."""
        d = self.units // self.heads
        shape = (self.heads, d, *nets["query"].shape[1:])
        query, key, value = (nets[name].reshape(shape) for name in ("query", "key", "value"))
        return query, key / d**0.5, value
