"""Elman's procedure (1990): an error changes weights as they were used in the step where it arises, no earlier ones.

What re-enters the layer counts as an input. It is back-propagation with a horizon of one step, at the cost of a
forward pass.
"""

from typing import Any

import jax
import jax.numpy as jnp

from lstm_jax.gradients.forward import ForwardRule, Step
from lstm_jax.types import Array, Float, Weights


def _start(cell, weights, lanes: tuple[int, ...]) -> Any:
    return cell.initial_carry(lanes, jax.tree.leaves(weights)[0].dtype)


def _step(cell, weights, memory, x, active) -> Step:
    shown, pull, new = jax.vjp(lambda w: cell.step(w, memory, x)[::-1], weights, has_aux=True)

    def respond(total: Weights, at_cells: Float[Array, "cells *lanes"]) -> Weights:
        return jax.tree.map(jnp.add, total, pull(at_cells)[0])

    return Step(jax.tree.map(lambda a, b: jnp.where(active, a, b), new, memory), shown, respond)


PRESENT = ForwardRule(_start, _step)
