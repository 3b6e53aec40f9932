"""The truncated gradient in closed form (appendix A.1): no backward pass, storage O(W).

Only inside a cell does error flow back, along its internal state. So the derivative of the state by each weight that
leads into the cell or into a gate that acts on the state can be carried forward, one number per weight. For the memory
blocks of 1997

    d s(t)/d w_c  = d s(t-1)/d w_c  + y_in g'(net_c) u
    d s(t)/d w_in = d s(t-1)/d w_in + g(net_c) f'(net_in) u

and where the state decays, as by a forget gate, so does the sum. At any step an error at the outputs turns into weight
changes by multiplication. Nothing is stored per time step; the cost of a step does not depend on how long the sequence
has been.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from lstm_jax.cells.incoming import Incoming, accumulate, scale
from lstm_jax.gradients.forward import ForwardRule, Step
from lstm_jax.types import Array, Float, Weights


class Memory(NamedTuple):
    """A cell's carry, and derivatives of each internal state by the weights that lead into it."""

    carry: Any
    by_group: dict[str, Incoming]
    """Units are cells: the cells of a block share their gates, but not their states."""


def _start(cell, weights: Weights, lanes: tuple[int, ...]) -> Memory:
    """Activations and derivatives before a sequence: zero."""
    dtype = jax.tree.leaves(weights)[0].dtype

    def nothing(name: str) -> Incoming:
        return jax.tree.map(lambda w: jnp.zeros((cell.outputs, *w.shape[1:]), dtype), getattr(weights, name))

    return Memory(cell.initial_carry(lanes, dtype), {name: nothing(name) for name in cell.state_groups})


def _step(cell, weights: Weights, memory: Memory, x, active) -> Step:
    """One step of the cells and of the derivatives of their states."""
    sources = cell.sources(memory.carry, x)
    nets = cell.nets(weights, sources)
    new, shown = cell.advance(weights, nets, memory.carry)
    slopes = cell.state_slopes(nets, memory.carry, new)
    by_group = memory.by_group
    if slopes.decay is not None:
        decay = jnp.where(active, slopes.decay, 1)
        by_group = {name: scale(decay, total) for name, total in by_group.items()}
    memory = Memory(
        carry=jax.tree.map(lambda a, b: jnp.where(active, a, b), new, memory.carry),
        by_group={
            name: accumulate(total, jnp.where(active, slopes.by_net[name], 0), sources)
            for name, total in by_group.items()
        },
    )

    def respond(total: Weights, at_cells: Float[Array, "cells *lanes"]) -> Weights:
        at_state, at_output_gate = cell.errors(weights, nets, new, at_cells)
        grown = {}
        for name, by_weight in memory.by_group.items():
            by_weight = scale(at_state, by_weight)
            if cell.groups[name].units != cell.outputs:
                by_weight = jax.tree.map(cell.per_block, by_weight)
            grown[name] = jax.tree.map(jnp.add, getattr(total, name), by_weight)
        if at_output_gate is not None:
            seen = cell.output_gate_sources(sources, new)
            grown["output_gate"] = accumulate(total.output_gate, at_output_gate, seen)
        return total._replace(**grown)

    return Step(memory, shown, respond)


TRUNCATED = ForwardRule(_start, _step)
