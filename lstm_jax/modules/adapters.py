"""Flax's recurrent cells as cells of ours, to be trained in lanes."""

import inspect
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
    """module.Class; the class takes `in_features` and `rngs`."""
    settings: tuple[tuple[str, Any], ...] = (("hidden_features", 8),)
    """Its other arguments by name."""

    def __post_init__(self) -> None:
        self.check(self.cell)

    def draw(self, key: Key[Array, ""]) -> tuple[list[Array], Any]:
        """The module's own parameters and its own carry."""
        module = self._make(key)
        _, parameters, rest = nnx.split(module, nnx.Param, ...)
        if jax.tree.leaves(rest):
            raise InputError(f"cell is {self.cell!r}: it should have no state besides its parameters.")
        return jax.tree.leaves(parameters), module.initialize_carry((self.inputs,), nnx.Rngs(0))

    def one_step(self, weights: Any, carry: Any, x: Float[Array, "inputs"]) -> tuple[Any, Float[Array, "outputs"]]:
        """The module with these parameters, called."""
        graph, parameters = nnx.split(nnx.eval_shape(lambda: self._make(jax.random.key(0))), nnx.Param)
        return nnx.merge(graph, jax.tree.unflatten(jax.tree.structure(parameters), weights), copy=True)(carry, x)

    def _make(self, key: Key[Array, ""]) -> nnx.RNNCellBase:
        make = imported(self.cell, "cell")
        return make(in_features=self.inputs, rngs=nnx.Rngs(key), **dict(self.settings))


def from_nnx(module: nnx.RNNCellBase | type[nnx.RNNCellBase], **settings: Any) -> Any:
    """A Flax cell as a cell of ours.

    Args:
        module: a class, whose `in_features` and other arguments are `settings`; or an instance.
        **settings: of a class.

    Returns:
        Of a class, an `NNXCell`; of an instance, an `NNXCell` and the instance's weights, without lanes.

    Raises:
        InputError: the class cannot be made with these settings.
    """
    if isinstance(module, type):
        inputs = settings.pop("in_features", None)
        if inputs is None:
            raise InputError("in_features is missing: it is the size of the input vector.")
        return NNXCell(inputs=inputs, cell=_path(module), settings=tuple(settings.items()))
    cls = type(module)
    named = [
        name
        for name in inspect.signature(cls.__init__).parameters
        if name not in ("self", "in_features", "rngs", "carry_init")
    ]
    # What an instance does not remember are ways to draw its weights, which it has.
    own = {name: getattr(module, name) for name in named if hasattr(module, name)}
    inputs: int = getattr(module, "in_features")  # noqa: B009
    if "hidden_features" in named and "hidden_features" not in own:
        own["hidden_features"] = jax.tree.leaves(module.initialize_carry((inputs,), nnx.Rngs(0)))[0].shape[-1]
    cell = NNXCell(inputs=inputs, cell=_path(cls), settings=tuple(own.items()))
    return cell, jax.tree.leaves(nnx.split(module, nnx.Param, ...)[1])


def _path(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
