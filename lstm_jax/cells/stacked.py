"""Layers upon layers: cells whose inputs are what other cells show."""

from typing import Any

import jax
import jax.numpy as jnp
from pydantic import InstanceOf

from lstm_jax.cells.protocol import Cell
from lstm_jax.configuration import configuration
from lstm_jax.errors import InputError
from lstm_jax.random import fold_in
from lstm_jax.types import Array, Float, Int, Key


@configuration
class Stacked:
    """A deep net: every layer sees, in the same step, what the one below shows; the last one's activations are shown.

    y_1 = cell_1(x), y_2 = cell_2(y_1), ...
    """

    layers: tuple[InstanceOf[Cell], ...]
    """The layers from the inputs up; each has as many inputs as the one below has outputs."""

    def __post_init__(self) -> None:
        if not self.layers:
            raise InputError("layers is []: it should have at least one cell.")
        for below, above in zip(self.layers, self.layers[1:], strict=False):
            if above.inputs != below.outputs:
                raise InputError(
                    f"layers: a layer has {above.inputs} inputs, but the one below has {below.outputs} outputs."
                )

    @property
    def inputs(self) -> int:
        """Size of the input vector, or of the alphabet."""
        return self.layers[0].inputs

    @property
    def outputs(self) -> int:
        """Number of activations that the last layer shows."""
        return self.layers[-1].outputs

    @property
    def weight_count(self) -> int:
        """Number of weights of all layers."""
        return sum(layer.weight_count for layer in self.layers)

    def init(self, key: Key[Array, "*lanes"], weight_range: Float[Array, "*lanes"]) -> tuple[Any, ...]:
        """Each layer's weights, as it draws them."""
        return tuple(layer.init(fold_in(key, i), weight_range) for i, layer in enumerate(self.layers))

    def initial_carry(self, lanes: tuple[int, ...], dtype: jnp.dtype) -> tuple[Any, ...]:
        """Each layer's own initial carry."""
        return tuple(layer.initial_carry(lanes, dtype) for layer in self.layers)

    def step(
        self,
        weights: tuple[Any, ...],
        carry: tuple[Any, ...],
        x: Float[Array, "inputs *#lanes"] | Int[Array, "*#lanes"],
        truncate: bool = False,
    ) -> tuple[tuple[Any, ...], Float[Array, "outputs *lanes"]]:
        """One step of every layer, from the inputs up."""
        new, y = [], x
        for layer, own, before in zip(self.layers, weights, carry, strict=True):
            after, y = layer.step(own, before, y, truncate)
            new.append(after)
        return tuple(new), y


@configuration
class Residual:
    """A cell around which its input passes unchanged: y = x + cell(x). Symbols count as one-hot vectors."""

    cell: InstanceOf[Cell]
    """The cell, with as many outputs as inputs."""

    def __post_init__(self) -> None:
        if self.cell.inputs != self.cell.outputs:
            raise InputError(
                f"cell has {self.cell.inputs} inputs and {self.cell.outputs} outputs: these should be equally many."
            )

    @property
    def inputs(self) -> int:
        """Size of the input vector, or of the alphabet."""
        return self.cell.inputs

    @property
    def outputs(self) -> int:
        """Number of activations that are shown."""
        return self.cell.outputs

    @property
    def weight_count(self) -> int:
        """Number of weights of the cell."""
        return self.cell.weight_count

    def init(self, key: Key[Array, "*lanes"], weight_range: Float[Array, "*lanes"]) -> Any:
        """The cell's weights."""
        return self.cell.init(key, weight_range)

    def initial_carry(self, lanes: tuple[int, ...], dtype: jnp.dtype) -> Any:
        """The cell's own initial carry."""
        return self.cell.initial_carry(lanes, dtype)

    def step(
        self,
        weights: Any,
        carry: Any,
        x: Float[Array, "inputs *#lanes"] | Int[Array, "*#lanes"],
        truncate: bool = False,
    ) -> tuple[Any, Float[Array, "outputs *lanes"]]:
        """One step of the cell, and its input."""
        new, y = self.cell.step(weights, carry, x, truncate)
        if x.ndim < y.ndim:
            x = jnp.moveaxis(jax.nn.one_hot(x, self.inputs, dtype=y.dtype), -1, 0)
        return new, x + y
