"""How large a layer of cells has to be for a wanted number of weights."""

from collections.abc import Callable, Mapping
from typing import Any

SIZES = ("units", "blocks", "hidden_features")
"""Names of the fields of a cell, or of a network of its own kind, that say how large it is; it has at most one."""

LARGEST = 1000
"""Largest size that is tried."""


def size_field(cell: Mapping[str, Any]) -> str | None:
    """The field of a cell's node that says how large it is; None if it has none of `SIZES`.

    >>> size_field({"name": "gru", "units": 4}), size_field({"name": "my_module.step"})
    ('units', None)
    """
    fields = list(cell)  # a DictConfig says that a field without a value is not in it
    return next((name for name in SIZES if name in fields), None)


def nearest_size(weights: Callable[[int], int], wanted: int, step: int = 1) -> int:
    """The size whose number of weights is nearest to the one wanted; of two that are as near, the smaller.

    >>> nearest_size(lambda units: units * (units + 1), wanted=100)
    9

    Args:
        weights: number of weights by size; it has to grow with the size.
        wanted: number of weights.
        step: sizes are multiples of it, as units are of the number of heads.
    """
    low, high = 1, LARGEST // step
    while low < high:  # the smallest with at least so many
        middle = (low + high) // 2
        low, high = (middle + 1, high) if weights(middle * step) < wanted else (low, middle)
    around = [size * step for size in (low - 1, low) if size >= 1]
    return min(around, key=lambda size: abs(weights(size) - wanted))
