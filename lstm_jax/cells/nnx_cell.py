"""Flax's recurrent cells as cells of ours, to be trained in lanes. It imports Flax: nothing here imports it early."""

from collections.abc import Callable
from typing import Annotated, Any

import jax
from flax import nnx
from pydantic import Field

from lstm_jax.cells.mapped import Mapped
from lstm_jax.configuration import configuration, imported
from lstm_jax.errors import InputError
from lstm_jax.types import Array, Float, Key


@configuration
class NNXCell(Mapped):
    """A cell of `flax.nnx`, or of anyone who follows its `RNNCellBase`; weights are the module's parameters."""

    inputs: Annotated[int, Field(ge=1)]
    """Size of the input vector, or of the alphabet."""
    cell: str = "flax.nnx.OptimizedLSTMCell"
    """The class as module.Class; it takes `in_features` and `rngs`."""
    settings: tuple[tuple[str, Any], ...] = (("hidden_features", 8),)
    """Names and values of the other arguments of the class."""

    def __post_init__(self) -> None:
        self.check(self.cell)

    def draw(self, key: Key[Array, ""]) -> tuple[list[Array], Any]:
        """The module's own parameters and its own carry."""
        module = self._make(key)
        _, parameters, rest = nnx.split(module, nnx.Param, ...)
        if jax.tree.leaves(rest):
            raise InputError(f"cell is {self.cell!r}: it should have no state besides its parameters.")
        return jax.tree.leaves(parameters), module.initialize_carry((self.inputs,), nnx.Rngs(0))

    def one_step(self, weights: Any, carry: Any, x: Float[Array, "inputs"]) -> Any:
        """Call the module with these parameters."""
        graph, parameters = nnx.split(nnx.eval_shape(lambda: self._make(jax.random.key(0))), nnx.Param)
        return nnx.merge(graph, jax.tree.unflatten(jax.tree.structure(parameters), weights), copy=True)(carry, x)

    @property
    def written(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        """What makes the module, and its call."""
        made = imported(self.cell, "cell")
        return made.__init__, made.__call__

    def _make(self, key: Key[Array, ""]) -> nnx.RNNCellBase:
        make = imported(self.cell, "cell")
        return make(in_features=self.inputs, rngs=nnx.Rngs(key), **dict(self.settings))
