"""The paper's truncated gradient in closed form (appendix A.1): no backward pass, storage O(W).

Only inside a cell does error flow back, along its internal state. So the derivative of the state by each weight that
leads into the cell or into its input gate can be carried forward, one number per weight:

    d s(t)/d w_c  = d s(t-1)/d w_c  + y_in g'(net_c) u
    d s(t)/d w_in = d s(t-1)/d w_in + g(net_c) f'(net_in) u

and at any step an error at the outputs turns into weight changes by multiplication. Nothing is stored per time step;
the cost of a step does not depend on how long the sequence has been.
"""

from functools import reduce
from operator import add
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from lstm_jax.cells.incoming import Incoming, Sources, accumulate, scale
from lstm_jax.cells.memory_block import Activations, BlockWeights, MemoryBlocks
from lstm_jax.cells.squashing import LOGISTIC, slope, squash
from lstm_jax.networks import Network, NetworkWeights
from lstm_jax.types import Array, Float, Sequence


class StateDerivatives(NamedTuple):
    """Derivatives of each cell's internal state by the weights into the cell and into its input gate."""

    by_cell: Incoming
    by_input_gate: Incoming
    """Units are cells here: the cells of a block share a gate, but not a state."""


def truncated(
    network: Network, weights: NetworkWeights, sequence: Sequence
) -> tuple[NetworkWeights, Float[Array, "*outputs"]]:
    """The truncated gradient of E/2 of one sequence, and the outputs (as `Network.apply` gives them)."""
    if sequence.target_mask is None:
        return _error_at_the_end(network, weights, sequence)
    return _error_at_every_step(network, weights, sequence)


def _error_at_the_end(network, weights, sequence):
    """All steps but the last only carry derivatives; the last one, taken outside the loop, meets the error."""
    cell = network.cell

    def step(t, carry):
        activations, derivatives = carry
        x = sequence.inputs[t]
        new, derivatives, _ = advance(cell, weights.hidden, activations, derivatives, x, t < sequence.length - 1)
        return new, derivatives

    # The longest sequence ends the loop, so that padding costs nothing.
    last = jnp.max(sequence.length, initial=1) - 1
    activations, derivatives = lax.fori_loop(0, last, step, start(cell, weights, sequence))
    x = _last(sequence)
    activations, derivatives, sources = advance(cell, weights.hidden, activations, derivatives, x, True)
    outputs = network.output(weights, x, activations.cell_output)
    errors = outputs - sequence.targets
    nothing = jax.tree.map(jnp.zeros_like, weights)
    return add_gradient(nothing, network, weights, x, sources, activations, derivatives, outputs, errors), outputs


def _error_at_every_step(network, weights, sequence):
    """The error of each step meets the derivatives carried so far; gradients add up over the steps."""
    cell = network.cell

    def step(t, carry):
        activations, derivatives, gradient, all_outputs = carry
        x = sequence.inputs[t]
        activations, derivatives, sources = advance(
            cell, weights.hidden, activations, derivatives, x, t < sequence.length
        )
        outputs = network.output(weights, x, activations.cell_output)
        errors = jnp.where(sequence.target_mask[t], outputs - sequence.targets[t], 0)
        gradient = add_gradient(gradient, network, weights, x, sources, activations, derivatives, outputs, errors)
        return activations, derivatives, gradient, lax.dynamic_update_index_in_dim(all_outputs, outputs, t, axis=0)

    nothing = jax.tree.map(jnp.zeros_like, (weights, sequence.targets))
    before = (*start(cell, weights, sequence), *nothing)
    _, _, gradient, outputs = lax.fori_loop(0, jnp.max(sequence.length, initial=1), step, before)
    return gradient, outputs


def start(cell: MemoryBlocks, weights: NetworkWeights, sequence: Sequence) -> tuple[Activations, StateDerivatives]:
    """Activations and derivatives before a sequence: zero."""
    dtype = jax.tree.leaves(weights)[0].dtype
    by_cell = jax.tree.map(jnp.zeros_like, weights.hidden.cell)
    by_input_gate = jax.tree.map(lambda w: jnp.zeros((cell.cells, *w.shape[1:]), dtype), weights.hidden.input_gate)
    return cell.initial_carry(sequence.length.shape, dtype), StateDerivatives(by_cell, by_input_gate)


def advance(
    cell: MemoryBlocks, weights: BlockWeights, previous: Activations, derivatives: StateDerivatives, x, active
) -> tuple[Activations, StateDerivatives, Sources]:
    """One step of the cells and of the derivatives of their states; lanes that are not active keep both."""
    sources = cell.sources(previous, x)
    new = cell.step(weights, previous, x)
    by_cell = cell.per_cell(new.input_gate) * slope(cell.cell_input_squashing, new.cell_input)
    by_input_gate = new.cell_input * cell.per_cell(slope(LOGISTIC, new.input_gate))
    by_cell, by_input_gate = (jnp.where(active, d, 0) for d in (by_cell, by_input_gate))
    derivatives = StateDerivatives(
        by_cell=accumulate(derivatives.by_cell, by_cell, sources),
        by_input_gate=accumulate(derivatives.by_input_gate, by_input_gate, sources),
    )
    activations = jax.tree.map(lambda a, b: jnp.where(active, a, b), new, previous)
    return activations, derivatives, sources


def add_gradient(
    gradient: NetworkWeights,
    network: Network,
    weights: NetworkWeights,
    x,
    sources: Sources,
    activations: Activations,
    derivatives: StateDerivatives,
    outputs: Float[Array, "outputs *lanes"],
    errors: Float[Array, "outputs *lanes"],
) -> NetworkWeights:
    """The gradient so far and what the errors (y_k - d_k) of one step contribute to it."""
    cell = network.cell
    delta = errors * slope(network.output_squashing, outputs)
    assert weights.output.hidden is not None  # output units always see the cells
    at_cells = reduce(add, (weights.output.hidden[k] * delta[k] for k in range(network.outputs)))
    squashed_state = squash(cell.cell_output_squashing, activations.state)
    at_state = at_cells * slope(cell.cell_output_squashing, squashed_state)
    output_gate = gradient.hidden.output_gate
    if output_gate is not None and activations.output_gate is not None:
        at_state = at_state * cell.per_cell(activations.output_gate)
        at_gate = cell.per_block(at_cells * squashed_state) * slope(LOGISTIC, activations.output_gate)
        output_gate = accumulate(output_gate, at_gate, sources)
    by_input_gate = jax.tree.map(cell.per_block, scale(at_state, derivatives.by_input_gate))
    hidden = BlockWeights(
        input_gate=jax.tree.map(jnp.add, gradient.hidden.input_gate, by_input_gate),
        output_gate=output_gate,
        cell=jax.tree.map(jnp.add, gradient.hidden.cell, scale(at_state, derivatives.by_cell)),
    )
    output = accumulate(gradient.output, delta, network.output_sources(x, activations.cell_output))
    return NetworkWeights(hidden, output)


def _last(sequence: Sequence):
    """The input of each lane's last step."""
    inputs, last = sequence.inputs, sequence.length - 1
    index = last[None] if inputs.ndim == last.ndim + 1 else last[None, None]
    index = jnp.broadcast_to(index, (1, *inputs.shape[1:]))
    return jnp.take_along_axis(inputs, index, axis=0, mode="promise_in_bounds")[0]
