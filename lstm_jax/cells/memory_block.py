"""Memory cell blocks of 1997: cells around a constant error carrousel, behind an input gate and an output gate."""

from functools import reduce
from operator import add
from typing import Annotated, NamedTuple

import jax.numpy as jnp
from jax import lax
from pydantic import Field

from lstm_jax.cells import incoming
from lstm_jax.cells.incoming import Bias, Incoming, Sources, net_input
from lstm_jax.cells.squashing import LOGISTIC, Squashing, squash
from lstm_jax.configuration import configuration
from lstm_jax.errors import InputError
from lstm_jax.random import fold_in
from lstm_jax.types import Array, Float, Int, Key


class BlockWeights(NamedTuple):
    """Weights into the gates (units are blocks) and into the cells (block by block)."""

    input_gate: Incoming
    output_gate: Incoming | None
    cell: Incoming


class Activations(NamedTuple):
    """What a hidden layer of memory blocks computes in one step; also its carry to the next."""

    input_gate: Float[Array, "blocks *lanes"]
    output_gate: Float[Array, "blocks *lanes"] | None
    cell_input: Float[Array, "cells *lanes"]
    """g(net_c)"""
    state: Float[Array, "cells *lanes"]
    """s, the internal state"""
    cell_output: Float[Array, "cells *lanes"]
    """y_c, the layer's output"""


@configuration
class MemoryBlocks:
    """A hidden layer of memory cell blocks (section 4 and appendix A.1), without forget gates.

        y_in = f(W_in u)    y_out = f(W_out u)
        s(t) = s(t-1) + y_in g(W_c u)
        y_c  = y_out h(s(t))

    u are the inputs of this step and, as the recurrence settings say, activations of the previous step.
    """

    inputs: Annotated[int, Field(ge=1)]
    """Size of the input vector, or of the alphabet."""
    blocks: Annotated[int, Field(ge=1)]
    block_size: Annotated[int, Field(ge=1)]
    """Memory cells per block; they share the block's gates."""
    output_gates: bool = True
    """Without output gates y_c = h(s) (Experiments 2a, 2b)."""
    cell_recurrence: bool = True
    """Whether gates and cells receive the cell outputs of the previous step."""
    gate_recurrence: bool = True
    """Whether gates and cells receive the gate activations of the previous step."""
    cell_input_squashing: Squashing = (-2.0, 2.0)
    """g"""
    cell_output_squashing: Squashing = (-1.0, 1.0)
    """h"""
    input_gate_bias: Bias = "none"
    output_gate_bias: Bias = "none"
    cell_bias: Bias = "none"

    def __post_init__(self) -> None:
        if not self.output_gates and self.output_gate_bias != "none":
            raise InputError(
                f"output_gate_bias is {self.output_gate_bias!r}: it should be 'none' without output gates."
            )
        incoming.check_bias("input_gate_bias", self.input_gate_bias, self.blocks)
        incoming.check_bias("output_gate_bias", self.output_gate_bias, self.blocks)
        incoming.check_bias("cell_bias", self.cell_bias, self.cells)

    @property
    def cells(self) -> int:
        """Number of memory cells."""
        return self.blocks * self.block_size

    @property
    def outputs(self) -> int:
        """Number of activations that the layer shows to the output units."""
        return self.cells

    @property
    def recurrent_sources(self) -> int:
        """Number of hidden activations that every gate and cell receives."""
        return self.cells * self.cell_recurrence + self.blocks * (1 + self.output_gates) * self.gate_recurrence

    @property
    def weight_count(self) -> int:
        """Number of weights."""
        sources = (self.inputs, self.recurrent_sources)
        count = incoming.weight_count(self.blocks, *sources, self.input_gate_bias)
        count += incoming.weight_count(self.cells, *sources, self.cell_bias)
        if self.output_gates:
            count += incoming.weight_count(self.blocks, *sources, self.output_gate_bias)
        return count

    def init(self, key: Key[Array, "*lanes"], weight_range: Float[Array, "*lanes"]) -> BlockWeights:
        """Draw initial weights, uniform in [-weight_range, weight_range); biases as configured."""
        keys = [fold_in(key, i) for i in range(3)]
        sources = (self.inputs, self.recurrent_sources)
        output_gate = None
        if self.output_gates:
            output_gate = incoming.init(keys[1], self.blocks, *sources, self.output_gate_bias, weight_range)
        return BlockWeights(
            input_gate=incoming.init(keys[0], self.blocks, *sources, self.input_gate_bias, weight_range),
            output_gate=output_gate,
            cell=incoming.init(keys[2], self.cells, *sources, self.cell_bias, weight_range),
        )

    def initial_carry(self, lanes: tuple[int, ...], dtype: jnp.dtype) -> Activations:
        """All activations and internal states are zero before a sequence."""
        blocks = jnp.zeros((self.blocks, *lanes), dtype)
        cells = jnp.zeros((self.cells, *lanes), dtype)
        return Activations(blocks, blocks if self.output_gates else None, cells, cells, cells)

    def sources(
        self,
        previous: Activations,
        x: Float[Array, "inputs *#lanes"] | Int[Array, "*#lanes"],
        truncate: bool = False,
    ) -> Sources:
        """What gates and cells receive: the input, and hidden activations of the previous step.

        With `truncate`, errors are not propagated back through those activations (appendix A.1).
        """
        activations = []
        if self.cell_recurrence:
            activations.append(previous.cell_output)
        if self.gate_recurrence:
            activations.append(previous.input_gate)
            if previous.output_gate is not None:
                activations.append(previous.output_gate)
        if not activations:
            return Sources(x, None)
        hidden = jnp.concatenate(activations)
        return Sources(x, lax.stop_gradient(hidden) if truncate else hidden)

    def step(
        self,
        weights: BlockWeights,
        previous: Activations,
        x: Float[Array, "inputs *#lanes"] | Int[Array, "*#lanes"],
        truncate: bool = False,
    ) -> tuple[Activations, Float[Array, "cells *lanes"]]:
        """Compute the layer's activations from an input (vector or symbol) and those of the previous step.

        Returns:
            The activations, which are also the carry, and of these the cell outputs y_c.
        """
        sources = self.sources(previous, x, truncate)
        input_gate = squash(LOGISTIC, net_input(weights.input_gate, sources))
        cell_input = squash(self.cell_input_squashing, net_input(weights.cell, sources))
        state = previous.state + self.per_cell(input_gate) * cell_input
        cell_output = squash(self.cell_output_squashing, state)
        output_gate = None
        if weights.output_gate is not None:
            output_gate = squash(LOGISTIC, net_input(weights.output_gate, sources))
            cell_output = self.per_cell(output_gate) * cell_output
        return Activations(input_gate, output_gate, cell_input, state, cell_output), cell_output

    def per_cell(self, by_block: Float[Array, "blocks *lanes"]) -> Float[Array, "cells *lanes"]:
        """Give every cell its block's value."""
        return by_block if self.block_size == 1 else jnp.repeat(by_block, self.block_size, axis=0)

    def per_block(self, by_cell: Float[Array, "cells *shape"]) -> Float[Array, "blocks *shape"]:
        """Sum the values of each block's cells."""
        return reduce(add, (by_cell[i :: self.block_size] for i in range(self.block_size)))
