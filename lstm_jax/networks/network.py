"""A network: one hidden layer of cells and one layer of output units (section 5.1, Table 10)."""

from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from pydantic import Field

from lstm_jax.cells import incoming
from lstm_jax.cells.incoming import Bias, Incoming, Sources, net_input
from lstm_jax.cells.memory_block import MemoryBlocks
from lstm_jax.cells.squashing import LOGISTIC, Squashing, squash
from lstm_jax.configuration import configuration
from lstm_jax.random import fold_in
from lstm_jax.types import Array, Float, Key, Sequence


class NetworkWeights(NamedTuple):
    """All weights of a network."""

    hidden: Any
    """The cell's own structure."""
    output: Incoming


@configuration
class Network:
    """Cells between inputs and output units.

    net_k(t) = W_k y_c(t) + bias,    y_k = f(net_k): output units see the cells of the same step.
    """

    cell: MemoryBlocks
    outputs: Annotated[int, Field(ge=1)]
    output_squashing: Squashing = LOGISTIC
    output_bias: Bias = "none"
    outputs_see_inputs: bool = False
    """Whether output units also receive the inputs (connectivity B of Table 10)."""

    def __post_init__(self) -> None:
        incoming.check_bias("output_bias", self.output_bias, self.outputs)

    @property
    def weight_count(self) -> int:
        """Number of weights, biases included: the column "weights" of Table 10."""
        inputs = self.cell.inputs * self.outputs_see_inputs
        return self.cell.weight_count + incoming.weight_count(self.outputs, inputs, self.cell.outputs, self.output_bias)

    def init(self, key: Key[Array, "*lanes"], weight_range: Float[Array, "*lanes"]) -> NetworkWeights:
        """Draw initial weights, uniform in [-weight_range, weight_range); biases as configured."""
        hidden_key, output_key = fold_in(key, 0), fold_in(key, 1)
        inputs = self.cell.inputs * self.outputs_see_inputs
        output = incoming.init(output_key, self.outputs, inputs, self.cell.outputs, self.output_bias, weight_range)
        return NetworkWeights(self.cell.init(hidden_key, weight_range), output)

    def output_sources(self, x: Array, y: Float[Array, "cells *lanes"]) -> Sources:
        """What output units receive: the layer's output and, where configured, the input."""
        return Sources(x if self.outputs_see_inputs else None, y)

    def output(
        self, weights: NetworkWeights, x: Array, y: Float[Array, "cells *lanes"]
    ) -> Float[Array, "outputs *lanes"]:
        """Activations of the output units."""
        return squash(self.output_squashing, net_input(weights.output, self.output_sources(x, y)))

    def apply(
        self, weights: NetworkWeights, sequence: Sequence, truncate: bool = False
    ) -> Float[Array, "time outputs *lanes"] | Float[Array, "outputs *lanes"]:
        """Show a sequence to the network.

        Args:
            weights: lanes may be broadcast against those of the sequence: `[..., 1]` for one network on many sequences.
            sequence: see `Sequence`.
            truncate: do not propagate errors back through hidden activations of the previous step (appendix A.1).

        Returns:
            The outputs at every step if the sequence has targets at every step (meaningless from `length` on), else
            those at the last step, `[outputs, *lanes]`.
        """
        dtype = jax.tree.leaves(weights)[0].dtype
        lanes = np.broadcast_shapes(sequence.length.shape, jax.tree.leaves(weights)[0].shape[2:])
        every_step = sequence.target_mask is not None

        def step(carry, time_and_input):
            t, x = time_and_input
            previous, x_last = carry
            new = self.cell.step(weights.hidden, previous, x, truncate)
            if every_step:
                return (new, x_last), self.output(weights, x, new.cell_output)
            here = t < sequence.length
            kept = jax.tree.map(lambda a, b: jnp.where(here, a, b), (new, x), (previous, x_last))
            return kept, None

        start = (self.cell.initial_carry(lanes, dtype), jnp.zeros_like(sequence.inputs[0]))
        steps = jnp.arange(sequence.inputs.shape[0], dtype=sequence.length.dtype)
        (final, x), outputs = lax.scan(step, start, (steps, sequence.inputs))
        return self.output(weights, x, final.cell_output) if outputs is None else outputs
