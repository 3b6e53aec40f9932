"""Gradients carried forward in time: no backward pass, and storage that does not depend on the sequence's length.

Such a rule carries derivatives of the cells along with the cells; at any step an error turns into a gradient by
multiplication. A rule says how the cells and their derivatives advance; here they are driven through a sequence, with
an error at its end or at every step, and with weights that change after it or at every step.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from lstm_jax.cells.incoming import accumulate
from lstm_jax.cells.squashing import slope
from lstm_jax.networks import Network, NetworkWeights
from lstm_jax.types import Array, Bool, Float, Int, Sequence, Weights


class Step(NamedTuple):
    """What one step of a rule yields."""

    memory: Any
    """The cells' carry and the derivatives that are carried with it."""
    shown: Float[Array, "cells *lanes"]
    """What the cells show to the output units."""
    respond: Callable[[Weights, Float[Array, "cells *lanes"]], Weights]
    """Add to a gradient by the cells' weights what an error at `shown`, dE/dy, contributes."""


class ForwardRule(NamedTuple):
    """A way of carrying derivatives."""

    start: Callable[[Any, Weights, tuple[int, ...]], Any]
    """start(cell, weights, lanes): the memory before a sequence."""
    step: Callable[..., Step]
    """step(cell, weights, memory, x, active): lanes that are not active keep their memory."""


def gradient(
    rule: ForwardRule, network: Network, weights: NetworkWeights, sequence: Sequence
) -> tuple[NetworkWeights, Float[Array, "*outputs"]]:
    """The rule's gradient of E/2 of one sequence, and the outputs (as `Network.apply` gives them)."""
    if sequence.target_mask is None:
        return _error_at_the_end(rule, network, weights, sequence)
    return online(rule, network, weights, sequence, lambda _: weights)


def online(
    rule: ForwardRule,
    network: Network,
    weights: NetworkWeights,
    sequence: Sequence,
    changed: Callable[[NetworkWeights], NetworkWeights],
) -> tuple[NetworkWeights, Float[Array, "time outputs *lanes"]]:
    """Show a sequence with targets at every step, with the weights that the gradient so far leads to.

    With weights that change on the way the derivatives carried belong to weights that are gone, as in any on-line use
    of such a rule (a reading of "on-line learning", section 5.1).

    Args:
        rule: how derivatives are carried.
        network: what the weights belong to.
        weights: before the sequence.
        sequence: with targets at every step.
        changed: the weights as one change by a gradient makes them; linear in the gradient, as gradient descent is.

    Returns:
        The sum of the gradients of E/2, each taken at the weights of its step (so that one change by it leads to the
        weights after the last step), and the outputs.
    """
    mask = sequence.target_mask
    assert mask is not None

    def step(t, carry):
        memory, total, all_outputs = carry
        now = changed(total)
        x = sequence.inputs[t]
        new = rule.step(network.cell, now.hidden, memory, x, t < sequence.length)
        outputs = network.output(now, x, new.shown)
        errors = jnp.where(mask[t], outputs - sequence.targets[t], 0)
        total = _add(total, network, now, x, new, outputs, errors)
        return new.memory, total, lax.dynamic_update_index_in_dim(all_outputs, outputs, t, axis=0)

    dtype = jax.tree.leaves(weights)[0].dtype
    nothing = jax.tree.map(jnp.zeros_like, weights), jnp.zeros_like(sequence.targets, dtype)
    before = (rule.start(network.cell, weights.hidden, sequence.length.shape), *nothing)
    # The longest sequence ends the loop, so that padding costs nothing.
    _, total, outputs = lax.fori_loop(0, jnp.max(sequence.length, initial=1), step, before)
    return total, outputs


def step_gradient(
    rule: ForwardRule,
    network: Network,
    weights: NetworkWeights,
    memory: Any,
    x: Float[Array, "inputs *lanes"] | Int[Array, "*lanes"],
    targets: Float[Array, "outputs *lanes"] | Bool[Array, "outputs *lanes"],
) -> tuple[Any, Float[Array, "outputs *lanes"], NetworkWeights]:
    """One step of an endless sequence: the new memory, the outputs, and the gradient of E/2 of this step alone."""
    new = rule.step(network.cell, weights.hidden, memory, x, True)
    outputs = network.output(weights, x, new.shown)
    errors = outputs - targets.astype(outputs.dtype)
    nothing = jax.tree.map(jnp.zeros_like, weights)
    return new.memory, outputs, _add(nothing, network, weights, x, new, outputs, errors)


def _error_at_the_end(rule, network, weights, sequence):
    """All steps but the last only carry derivatives; the last one, taken outside the loop, meets the error."""
    cell = network.cell

    def step(t, memory):
        return rule.step(cell, weights.hidden, memory, sequence.inputs[t], t < sequence.length - 1).memory

    last = jnp.max(sequence.length, initial=1) - 1
    memory = lax.fori_loop(0, last, step, rule.start(cell, weights.hidden, sequence.length.shape))
    x = _last(sequence)
    new = rule.step(cell, weights.hidden, memory, x, True)
    outputs = network.output(weights, x, new.shown)
    nothing = jax.tree.map(jnp.zeros_like, weights)
    return _add(nothing, network, weights, x, new, outputs, outputs - sequence.targets), outputs


def _add(total: NetworkWeights, network: Network, weights: NetworkWeights, x, step: Step, outputs, errors):
    """The gradient so far and what the errors (y_k - d_k) of one step contribute to it."""
    if weights.output is None or total.output is None:
        unseen = network.cell.outputs - network.outputs
        at_cells = jnp.concatenate([errors, jnp.zeros_like(step.shown[:unseen])]) if unseen else errors
        return NetworkWeights(step.respond(total.hidden, at_cells), None)
    delta = errors * slope(network.output_squashing, outputs)
    assert weights.output.hidden is not None  # output units always see the cells
    at_cells = jnp.sum(weights.output.hidden * delta[:, None], axis=0)
    output = accumulate(total.output, delta, network.output_sources(x, step.shown))
    return NetworkWeights(step.respond(total.hidden, at_cells), output)


def _last(sequence: Sequence):
    """The input of each lane's last step."""
    inputs, last = sequence.inputs, sequence.length - 1
    index = last[None] if inputs.ndim == last.ndim + 1 else last[None, None]
    index = jnp.broadcast_to(index, (1, *inputs.shape[1:]))
    return jnp.take_along_axis(inputs, index, axis=0, mode="promise_in_bounds")[0]
