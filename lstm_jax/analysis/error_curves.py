"""Curves of the error flow against the lag, over nets, sequences and pairs of units."""

from typing import Annotated, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from pydantic import Field

from lstm_jax.analysis.error_flow import flow, local_flow, log10, norm_bound, weight_bound
from lstm_jax.cells import Carrousel, Elman, MemoryBlocks
from lstm_jax.cells.squashing import Squashing
from lstm_jax.configuration import checked
from lstm_jax.types import Array, Float, Int, Weights

QUANTILES = (0.1, 0.5, 0.9)

ORDINARY = "ordinary nets and the naive carrousel"


class Curve(NamedTuple):
    """Scaling factors for every lag, as logarithms to base 10; -inf stands for no error at all."""

    group: str
    """Name of a group of curves, which are drawn together."""
    label: str
    lags: Int[np.ndarray, "lags"]
    quantiles: Float[np.ndarray, "3 lags"]
    """Quantiles of the factors' absolute values at every lag: see `QUANTILES`."""
    bounds: dict[str, np.ndarray]
    """Upper bounds `[lags]` by name, each the largest over the nets."""


@checked
class OrdinaryNet:
    """One kind of ordinary net."""

    name: str
    units: Annotated[int, Field(ge=1)]
    squashing: Squashing
    weights: Annotated[float, Field(gt=0)]
    """Bound of the weights, which are uniform in [-weights, weights]."""


def ordinary(label: str, cell: Elman, weights: Weights, inputs: Array | np.ndarray) -> Curve:
    """The curve between all pairs of net inputs of ordinary units, with the two bounds of section 3.1."""
    found = _local(cell, weights, inputs)
    lags = _lags(found)
    bounds = {
        name: np.asarray(bound(cell.squashing, weights.hidden, jnp.asarray(lags)).reshape(len(lags), -1).max(axis=1))
        for name, bound in (("n (f'max ||W||)^q", norm_bound), ("n tau^q", weight_bound))
    }
    return Curve(ORDINARY, label, lags, _quantiles(found), bounds)


def carrousel(cell: Carrousel, weights: Weights, inputs: Array | np.ndarray) -> Curve:
    """The curve from each unit back to its own net input."""
    found = _own(_everywhere(cell, weights, inputs), cell.units)[1:]
    return Curve(ORDINARY, "naive carrousel", _lags(found), _quantiles(found), {})


def memory_blocks(group: str, cell: MemoryBlocks, weights: Weights, inputs: Array | np.ndarray) -> list[Curve]:
    """The curves from the output of each memory cell to its state, its net input and that of its input gate.

    There is also the one along its state. Errors are truncated, or go back by every route there is.
    """
    cells = np.arange(cell.cells)
    output, state, block = cells, cell.cells + cells, cells // cell.block_size
    found = {}
    for kind, truncate in (("truncated", True), ("all routes", False)):
        net, along = _in_blocks(cell, weights, inputs, truncate)
        found[f"{kind}: output to cell input"] = net.cell[1:, output, cells]
        found[f"{kind}: output to input gate"] = net.input_gate[1:, output, block]
        if truncate:
            found["truncated: output to state"] = along[:-1, output, cells]
            found["truncated: state to state"] = along[:-1, state, cells]
    return [Curve(group, label, _lags(factors), _quantiles(factors), {}) for label, factors in found.items()]


def _lags(factors) -> np.ndarray:
    return np.arange(1, len(factors) + 1)


def _own(factors, units: int):
    """Factors of every unit to itself."""
    return factors[:, np.arange(units), np.arange(units)]


def _quantiles(factors: Array) -> np.ndarray:
    """Quantiles over everything but the lags: values that occur, since between -inf and a number there are none."""
    return np.quantile(np.asarray(factors).reshape(len(factors), -1), QUANTILES, axis=1, method="lower")


@jax.jit(static_argnames="cell")
def _local(cell, weights, inputs):
    found = local_flow(cell, weights, inputs)
    return log10(found.net, found.exponent)


@jax.jit(static_argnames="cell")
def _everywhere(cell, weights, inputs):
    found = flow(cell, weights, inputs)
    return log10(found.net, found.exponent)


@jax.jit(static_argnames=("cell", "truncate"))
def _in_blocks(cell, weights, inputs, truncate):
    """Factors from all outputs, then from all states: at the net inputs, and at the states that a step starts from."""
    found = flow(cell, weights, inputs, truncate, lambda carry, shown: jnp.concatenate([shown, carry.state]))
    return jax.tree.map(lambda factors: log10(factors, found.exponent), (found.net, found.carry.state))
