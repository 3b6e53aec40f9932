"""The paper's truncated gradient in closed form (appendix A.1): no backward pass, storage O(W).

Only inside a cell does error flow back, along its internal state. So the derivative of the state by each weight that
leads into the cell or into its input gate can be carried forward, one number per weight:

    d s(t)/d w_c  = d s(t-1)/d w_c  + y_in g'(net_c) u
    d s(t)/d w_in = d s(t-1)/d w_in + g(net_c) f'(net_in) u

and at any step an error at the outputs turns into weight changes by multiplication. Nothing is stored per time step;
the cost of a step does not depend on how long the sequence has been.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from lstm_jax.cells.incoming import Incoming, accumulate, scale
from lstm_jax.cells.memory_block import Activations, BlockWeights, MemoryBlocks
from lstm_jax.cells.squashing import LOGISTIC, slope, squash
from lstm_jax.gradients.forward import ForwardRule, Step
from lstm_jax.types import Array, Float


class Memory(NamedTuple):
    """Activations, and derivatives of each cell's internal state by the weights into the cell and its input gate."""

    activations: Activations
    by_cell: Incoming
    by_input_gate: Incoming
    """Units are cells here: the cells of a block share a gate, but not a state."""


def _start(cell: MemoryBlocks, weights: BlockWeights, lanes: tuple[int, ...]) -> Memory:
    """Activations and derivatives before a sequence: zero."""
    dtype = jax.tree.leaves(weights)[0].dtype
    by_cell = jax.tree.map(jnp.zeros_like, weights.cell)
    by_input_gate = jax.tree.map(lambda w: jnp.zeros((cell.cells, *w.shape[1:]), dtype), weights.input_gate)
    return Memory(cell.initial_carry(lanes, dtype), by_cell, by_input_gate)


def _step(cell: MemoryBlocks, weights: BlockWeights, memory: Memory, x, active) -> Step:
    """One step of the cells and of the derivatives of their states."""
    previous = memory.activations
    sources = cell.sources(previous, x)
    new, shown = cell.step(weights, previous, x)
    by_cell = cell.per_cell(new.input_gate) * slope(cell.cell_input_squashing, new.cell_input)
    by_input_gate = new.cell_input * cell.per_cell(slope(LOGISTIC, new.input_gate))
    by_cell, by_input_gate = (jnp.where(active, d, 0) for d in (by_cell, by_input_gate))
    memory = Memory(
        activations=jax.tree.map(lambda a, b: jnp.where(active, a, b), new, previous),
        by_cell=accumulate(memory.by_cell, by_cell, sources),
        by_input_gate=accumulate(memory.by_input_gate, by_input_gate, sources),
    )

    def respond(total: BlockWeights, at_cells: Float[Array, "cells *lanes"]) -> BlockWeights:
        squashed_state = squash(cell.cell_output_squashing, new.state)
        at_state = at_cells * slope(cell.cell_output_squashing, squashed_state)
        output_gate = total.output_gate
        if output_gate is not None and new.output_gate is not None:
            at_state = at_state * cell.per_cell(new.output_gate)
            at_gate = cell.per_block(at_cells * squashed_state) * slope(LOGISTIC, new.output_gate)
            output_gate = accumulate(output_gate, at_gate, sources)
        by_input_gate = jax.tree.map(cell.per_block, scale(at_state, memory.by_input_gate))
        return BlockWeights(
            input_gate=jax.tree.map(jnp.add, total.input_gate, by_input_gate),
            output_gate=output_gate,
            cell=jax.tree.map(jnp.add, total.cell, scale(at_state, memory.by_cell)),
        )

    return Step(memory, shown, respond)


TRUNCATED = ForwardRule(_start, _step)
