"""Flax's recurrent cells as cells of ours, to be trained in lanes."""

import importlib
import inspect
from math import prod
from typing import Annotated, Any

import jax
import jax.numpy as jnp
from flax import nnx
from pydantic import Field

from lstm_jax.configuration import configuration
from lstm_jax.errors import InputError
from lstm_jax.types import Array, Float, Int, Key


@configuration
class NNXCell:
    """A cell of `flax.nnx`, or of anyone who follows its `RNNCellBase`; weights are the module's parameters.

    There is no truncated gradient for it, since nothing is known of what re-enters: train it with `gradient=bptt`.
    """

    inputs: Annotated[int, Field(ge=1)]
    """Size of the input vector, or of the alphabet."""
    cell: str = "flax.nnx.OptimizedLSTMCell"
    """module.Class; the class takes `in_features` and `rngs`."""
    settings: tuple[tuple[str, Any], ...] = (("hidden_features", 8),)
    """Its other arguments by name."""

    def __post_init__(self) -> None:
        try:
            self._split()
        except (ImportError, AttributeError, TypeError, ValueError) as error:
            raise InputError(f"cell is {self.cell!r}, which cannot be made: {error}.") from None

    def _make(self, key: Key[Array, ""]) -> nnx.RNNCellBase:
        module, _, name = self.cell.rpartition(".")
        cls = getattr(importlib.import_module(module), name)
        return cls(in_features=self.inputs, rngs=nnx.Rngs(key), **dict(self.settings))

    def _split(self) -> tuple[Any, Any]:
        """What the module is, and its parameters as shapes."""
        graph, parameters, rest = nnx.split(nnx.eval_shape(lambda: self._make(jax.random.key(0))), nnx.Param, ...)
        if jax.tree.leaves(rest):
            raise InputError(f"cell is {self.cell!r}: it should have no state besides its parameters.")
        return graph, parameters

    def _module(self, weights: Any) -> Any:
        """The module with these weights, of one lane."""
        graph, parameters = self._split()
        leaves = jax.tree.leaves(weights)
        return nnx.merge(graph, jax.tree.unflatten(jax.tree.structure(parameters), leaves), copy=True)

    def _blank_carry(self, dtype: jnp.dtype) -> Any:
        carry = self._module_carry()
        return jax.tree.map(lambda leaf: leaf.astype(dtype), carry)

    def _module_carry(self) -> Any:
        return self._make(jax.random.key(0)).initialize_carry((self.inputs,), nnx.Rngs(0))

    @property
    def outputs(self) -> int:
        """Number of activations that the cell shows."""

        def show(key):
            module = self._make(key)
            return module(module.initialize_carry((self.inputs,), nnx.Rngs(0)), jnp.zeros(self.inputs))[1]

        return jax.eval_shape(show, jax.random.key(0)).shape[0]

    @property
    def weight_count(self) -> int:
        """Number of weights."""
        return sum(prod(w.shape) for w in jax.tree.leaves(self._split()[1]))

    def init(self, key: Key[Array, "*lanes"], weight_range: Float[Array, "*lanes"]) -> Any:
        """The module's own initialisation, from every lane's key; `weight_range` means nothing."""

        def draw(key):
            parameters = nnx.split(self._make(key), nnx.Param, ...)[1]
            return [w.astype(weight_range.dtype) for w in jax.tree.leaves(parameters)]

        drawn = jax.vmap(draw, out_axes=-1)(key.reshape(-1))
        return [w.reshape(*w.shape[:-1], *key.shape) for w in drawn]

    def initial_carry(self, lanes: tuple[int, ...], dtype: jnp.dtype) -> Any:
        """The module's own start, the same in all lanes."""
        blank = self._blank_carry(dtype)
        return jax.tree.map(
            lambda c: jnp.broadcast_to(c.reshape(*c.shape, *(1,) * len(lanes)), (*c.shape, *lanes)), blank
        )

    def step(
        self,
        weights: Any,
        carry: Any,
        x: Float[Array, "inputs *#lanes"] | Int[Array, "*#lanes"],
        truncate: bool = False,
    ) -> tuple[Any, Float[Array, "outputs *lanes"]]:
        """One step of the module in every lane.

        Raises:
            InputError: with `truncate`.
        """
        if truncate:
            raise InputError(f"cell is {self.cell!r}, which has no truncated gradient: train it with gradient=bptt.")
        first = jax.tree.leaves(carry)[0]
        blank = jax.tree.leaves(jax.eval_shape(self._module_carry))[0]
        lanes = first.shape[blank.ndim :]
        if not jnp.issubdtype(x.dtype, jnp.floating):
            x = jnp.moveaxis(jax.nn.one_hot(x, self.inputs, dtype=first.dtype), -1, 0)
        shapes = [w.shape for w in jax.tree.leaves(self._split()[1])]

        def one(weights, carry, x):
            return self._module(weights)(carry, x)

        for _ in lanes:
            one = jax.vmap(one, in_axes=-1, out_axes=-1)
        weights = [
            jnp.broadcast_to(w.reshape(*shape, *_lane_axes(w.shape[len(shape) :], lanes)), (*shape, *lanes))
            for w, shape in zip(weights, shapes, strict=True)
        ]
        return one(weights, carry, jnp.broadcast_to(x, (self.inputs, *lanes)))


def _lane_axes(own: tuple[int, ...], lanes: tuple[int, ...]) -> tuple[int, ...]:
    return (*(1,) * (len(lanes) - len(own)), *own)


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
