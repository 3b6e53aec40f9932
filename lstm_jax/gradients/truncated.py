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

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from lstm_jax.cells.incoming import Incoming, accumulate, scale
from lstm_jax.gradients.forward import ForwardRule, Step
from lstm_jax.types import Array, Float, Weights


class Memory(NamedTuple):
    """A cell's carry, and derivatives of each internal state by the weights that lead into it."""

    carry: Any
    by_weight: Incoming
    """Derivatives, one of the cell's `state_groups` after the other, with a row for each cell: the cells of a block
    share their gates, but not their states. What any group has, such as biases, is carried for all."""


def _start(cell, weights: Weights, lanes: tuple[int, ...]) -> Memory:
    """Activations and derivatives before a sequence: zero."""
    dtype = jax.tree.leaves(weights)[0].dtype
    groups = [getattr(weights, name) for name in cell.state_groups]
    rows = cell.outputs * len(groups)

    def nothing(*of_groups: Array | None) -> Array | None:
        shape = next((w.shape[1:] for w in of_groups if w is not None), None)
        return None if shape is None else jnp.zeros((rows, *shape), dtype)

    return Memory(cell.initial_carry(lanes, dtype), Incoming(*map(nothing, *groups)))


def _step(cell, weights: Weights, memory: Memory, x, active, by_output: bool = False) -> Step:
    """One step of the cells and of the derivatives of their states."""
    errors = cell.errors_by_output if by_output else cell.errors
    sources = cell.sources(memory.carry, x)
    nets = cell.nets(weights, sources)
    new, shown = cell.advance(weights, nets, memory.carry)
    slopes = cell.state_slopes(nets, memory.carry, new)
    groups = cell.state_groups
    # All groups in one array: XLA would compute what is not stored there once more for every source.
    by_net = jnp.concatenate([jnp.where(active, slopes.by_net[name], 0) for name in groups])
    by_weight = memory.by_weight
    if slopes.decay is not None:
        by_weight = scale(jnp.concatenate([jnp.where(active, slopes.decay, 1)] * len(groups)), by_weight)
    if sources.state is not None:
        seen = sources._replace(state=jnp.concatenate([sources.state] * len(groups)))
    else:
        seen = sources
    memory = Memory(
        carry=jax.tree.map(lambda a, b: jnp.where(active, a, b), new, memory.carry),
        by_weight=accumulate(by_weight, by_net, seen),
    )

    def respond(total: Weights, at_cells: Float[Array, "cells *lanes"]) -> Weights:
        at_state, at_output_gate = errors(weights, nets, new, at_cells)
        grown = {}
        for i, name in enumerate(groups):
            own: Incoming = getattr(total, name)
            rows = slice(i * cell.outputs, (i + 1) * cell.outputs)
            pairs = zip(own, memory.by_weight, strict=True)
            by_own = Incoming(*(None if w is None or d is None else d[rows] for w, d in pairs))
            by_own = scale(at_state, by_own)
            if cell.groups[name].units != cell.outputs:
                by_own = jax.tree.map(cell.per_block, by_own)
            grown[name] = jax.tree.map(jnp.add, own, by_own)
        if at_output_gate is not None:
            seen = cell.output_gate_sources(sources, new)
            grown["output_gate"] = accumulate(total.output_gate, at_output_gate, seen)
        return total._replace(**grown)

    return Step(memory, shown, respond)


TRUNCATED = ForwardRule(_start, _step)

TRUNCATED_BY_OUTPUT = ForwardRule(_start, partial(_step, by_output=True))
"""The same with the slope of h computed from the cell output; a reading, which is no gradient of anything."""
