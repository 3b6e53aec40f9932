"""A cell of one's own as two plain functions of one example."""

import sys
from collections.abc import Callable
from functools import cached_property
from math import prod
from typing import Annotated, Any

import jax
import jax.numpy as jnp
from pydantic import Field

from lstm_jax.configuration import configuration, imported
from lstm_jax.errors import InputError
from lstm_jax.types import Array, Float, Int, Key


@configuration
class Mapped:
    """The functions `init` and `step` of a module, written for one example and mapped over lanes.

        init(key, inputs, **settings) -> (params, carry)      weights, and the carry before a sequence
        step(params, carry, x) -> (carry, y)                  x is a vector; symbols come as one-hot vectors

    Params and carry are trees of floating-point arrays. What `init` draws is taken as it is: `weight_range` does not
    scale it.
    """

    inputs: Annotated[int, Field(ge=1)]
    """Size of the input vector, or of the alphabet."""
    step_function: str
    """module.step; `init` is taken from the same module."""
    settings: tuple[tuple[str, Any], ...] = ()
    """Names and values for `init`."""

    def __post_init__(self) -> None:
        try:
            _, y = jax.eval_shape(self._step, *self._shapes, jnp.zeros(self.inputs))
        except (TypeError, ValueError) as error:
            raise InputError(f"{self.step_function} cannot be used: {str(error).splitlines()[0]}") from None
        if not jax.tree.leaves(self._shapes[1]):
            raise InputError(f"{self.step_function} has no carry: init should give (params, carry).")
        if not isinstance(y, jax.ShapeDtypeStruct) or len(y.shape) != 1:
            raise InputError(f"{self.step_function} should show a vector, not {y}.")

    @property
    def _step(self) -> Callable[..., Any]:
        return imported(self.step_function, "cell")

    @property
    def _init(self) -> Callable[..., Any]:
        module = sys.modules[self._step.__module__]
        if not callable(getattr(module, "init", None)):
            raise InputError(f"{module.__name__} has no function init(key, inputs), which should give (params, carry).")
        return module.init

    def _draw(self, key: Key[Array, ""]) -> tuple[Any, Any]:
        return self._init(key, self.inputs, **dict(self.settings))

    @cached_property
    def _shapes(self) -> tuple[Any, Any]:
        return jax.eval_shape(self._draw, jax.random.key(0))

    @property
    def outputs(self) -> int:
        """Number of activations that the layer shows."""
        return jax.eval_shape(self._step, *self._shapes, jnp.zeros(self.inputs))[1].shape[0]

    @property
    def weight_count(self) -> int:
        """Number of weights."""
        return sum(prod(leaf.shape) for leaf in jax.tree.leaves(self._shapes[0]))

    def init(self, key: Key[Array, "*lanes"], weight_range: Float[Array, "*lanes"]) -> Any:
        """What the module's `init` draws for each lane."""
        return over_lanes(lambda key: self._draw(key)[0], key.shape, key)

    def initial_carry(self, lanes: tuple[int, ...], dtype: jnp.dtype) -> Any:
        """The module's own, the same for all lanes (it may not depend on the key)."""

        def spread(value):
            value = jnp.asarray(value, dtype)
            return jnp.broadcast_to(value.reshape(*value.shape, *(1,) * len(lanes)), (*value.shape, *lanes))

        return jax.tree.map(spread, self._draw(jax.random.key(0))[1])

    def step(
        self,
        weights: Any,
        carry: Any,
        x: Float[Array, "inputs *#lanes"] | Int[Array, "*#lanes"],
        truncate: bool = False,
    ) -> tuple[Any, Float[Array, "outputs *lanes"]]:
        """One step of every lane. Truncation would need to know what re-enters the layer: it is refused."""
        if truncate:
            raise InputError(f"gradient: {self.step_function} has no truncated gradient; use bptt, rtrl or present.")
        first = jax.tree.leaves(carry)[0]
        lanes = first.shape[len(jax.tree.leaves(self._shapes[1])[0].shape) :]
        if jnp.issubdtype(x.dtype, jnp.integer):
            x = jnp.moveaxis(jax.nn.one_hot(x, self.inputs, dtype=first.dtype), -1, 0)
        return over_lanes(self._step, lanes, weights, carry, x)


def over_lanes(function: Callable[..., Any], lanes: tuple[int, ...], *trees: Any) -> Any:
    """Map a function of one example over lanes, which are the last axes of everything that goes in and comes out."""
    if not lanes:
        return function(*trees)

    def spread(leaf):
        own = leaf.ndim - len(lanes)
        return jnp.broadcast_to(leaf, (*leaf.shape[:own], *lanes))

    mapped = function
    for _ in lanes:
        mapped = jax.vmap(mapped, in_axes=-1, out_axes=-1)
    return mapped(*jax.tree.map(spread, trees))
