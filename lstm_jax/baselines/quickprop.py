"""Quickprop (Fahlman 1988): each weight jumps to where a parabola through its last two slopes has its minimum."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from lstm_jax.types import Array, Float, Weights


class Past(NamedTuple):
    """What is remembered of the step before, one value per weight each."""

    slope: Weights
    """The error's derivative by each weight."""
    change: Weights
    """The last change of each weight."""


def start(weights: Weights) -> Past:
    """The past before the first step: nothing has changed yet, so that the step is one of plain gradient descent."""
    zero = jax.tree.map(jnp.zeros_like, weights)
    return Past(zero, zero)


def step(
    weights: Weights, slopes: Weights, past: Past, rate: Float[Array, "*lanes"], growth: float
) -> tuple[Weights, Past]:
    """One step downhill.

        change = change_before slope / (slope_before - slope)    at most `growth` times as far as before
                 - rate slope                                    unless the weight has just gone uphill

    Args:
        weights: to be changed.
        slopes: the error's derivative by each of them.
        past: of the step before.
        rate: of gradient descent, one per lane.
        growth: Fahlman's mu.

    Returns:
        The new weights, and what the next step needs.
    """

    def change(slope, slope_before, change_before):
        direction = jnp.sign(change_before)
        # Downhill as steep as this, the parabola's minimum is too far away, or behind.
        shrink = growth / (1 + growth)
        steep = direction * slope <= shrink * direction * slope_before
        difference = slope_before - slope
        parabola = change_before * slope / jnp.where(steep | (difference == 0), 1, difference)
        far = growth * jnp.abs(change_before)
        jump = jnp.where(steep, growth * change_before, jnp.clip(parabola, -far, far))
        return jump - jnp.where(slope * change_before <= 0, rate * slope, 0)

    changes = jax.tree.map(change, slopes, past.slope, past.change)
    return jax.tree.map(jnp.add, weights, changes), Past(slopes, changes)
