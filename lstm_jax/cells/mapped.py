"""Cells written for one example, mapped over lanes: among them two plain functions of a user's."""

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


class Mapped:
    """A cell made of `draw` and `one_step`, which know nothing about lanes.

    Symbols come as one-hot vectors. What `draw` gives is taken as it is: `weight_range` does not scale it. Nothing is
    known of what re-enters the layer, so that there is no truncated gradient.
    """

    inputs: int

    def draw(self, key: Key[Array, ""]) -> tuple[Any, Any]:
        """Weights, and the carry before a sequence: trees of floating-point arrays."""
        raise NotImplementedError

    def one_step(self, weights: Any, carry: Any, x: Float[Array, "inputs"]) -> tuple[Any, Float[Array, "outputs"]]:
        """The new carry, and what the layer shows."""
        raise NotImplementedError

    def check(self, name: str) -> None:
        """Refuse a cell that cannot be used.

        Raises:
            InputError: it cannot be drawn or called, has no carry or does not show a vector.
        """
        try:
            if not jax.tree.leaves(self._shapes[1]):
                raise InputError(f"{name} has no carry: it needs weights and a carry.")
            shown = self._shown
        except (ArithmeticError, AttributeError, TypeError, ValueError) as error:
            raise InputError(f"{name} cannot be used: {str(error).splitlines()[0]}") from None
        if not isinstance(shown, jax.ShapeDtypeStruct) or len(shown.shape) != 1:
            raise InputError(f"{name} should show a vector, not {shown}.")
        if shown.shape == (0,):
            raise InputError(f"{name} cannot be used: the vector that it shows is empty.")

    @cached_property
    def _shapes(self) -> tuple[Any, Any]:
        return jax.eval_shape(self.draw, jax.random.key(0))

    @cached_property
    def _shown(self) -> Any:
        x = jax.ShapeDtypeStruct((self.inputs,), jax.tree.leaves(self._shapes)[0].dtype)
        return jax.eval_shape(self.one_step, *self._shapes, x)[1]

    @property
    def outputs(self) -> int:
        """Number of activations that the layer shows."""
        return self._shown.shape[0]

    @property
    def first_axes(self) -> int:
        """How many axes the first array of weights has, without lanes."""
        return len(jax.tree.leaves(self._shapes[0])[0].shape)

    @property
    def weight_count(self) -> int:
        """Number of weights."""
        return sum(prod(leaf.shape) for leaf in jax.tree.leaves(self._shapes[0]))

    def init(self, key: Key[Array, "*lanes"], weight_range: Float[Array, "*lanes"]) -> Any:
        """The weights that `draw` gives for each lane."""

        def weights(key):
            return jax.tree.map(lambda w: w.astype(weight_range.dtype), self.draw(key)[0])

        return over_lanes(weights, key.shape, key)

    def initial_carry(self, lanes: tuple[int, ...], dtype: jnp.dtype) -> Any:
        """The carry that `draw` gives, the same for all lanes (it may not depend on the key)."""

        def spread(value):
            value = jnp.asarray(value, dtype)
            return jnp.broadcast_to(value.reshape(*value.shape, *(1,) * len(lanes)), (*value.shape, *lanes))

        return jax.tree.map(spread, self.draw(jax.random.key(0))[1])

    def step(
        self,
        weights: Any,
        carry: Any,
        x: Float[Array, "inputs *#lanes"] | Int[Array, "*#lanes"],
        truncate: bool = False,
    ) -> tuple[Any, Float[Array, "outputs *lanes"]]:
        """One step of every lane.

        Raises:
            InputError: with `truncate`.
        """
        if truncate:
            raise InputError("gradient should be bptt, rtrl or present: a cell of one's own is not truncated.")
        first = jax.tree.leaves(carry)[0]
        lanes = first.shape[len(jax.tree.leaves(self._shapes[1])[0].shape) :]
        if jnp.issubdtype(x.dtype, jnp.integer):
            x = jnp.moveaxis(jax.nn.one_hot(x, self.inputs, dtype=first.dtype), -1, 0)
        own = jax.tree.map(lambda w, blank: _with_lanes(w, len(blank.shape), lanes), weights, self._shapes[0])
        return over_lanes(self.one_step, lanes, own, carry, _with_lanes(x, 1, lanes))


@configuration
class Functions(Mapped):
    """The functions `init` and `step` of a module:

        init(key, inputs, **settings) -> (params, carry)      weights, and the carry before a sequence
        step(params, carry, x) -> (carry, y)                  one step

    x is a vector; symbols come as one-hot vectors.
    """

    inputs: Annotated[int, Field(ge=1)]
    """Size of the input vector, or of the alphabet."""
    step_function: str
    """module.step; `init` is taken from the same module."""
    settings: tuple[tuple[str, Any], ...] = ()
    """Names and values of further arguments of `init`."""

    def __post_init__(self) -> None:
        self.check(self.step_function)

    def draw(self, key: Key[Array, ""]) -> tuple[Any, Any]:
        """The weights and the carry that the module's `init` gives."""
        module = sys.modules[self._step.__module__]
        if not callable(getattr(module, "init", None)):
            raise InputError(f"{module.__name__} has no function init(key, inputs), which should give (params, carry).")
        return module.init(key, self.inputs, **dict(self.settings))

    def one_step(self, weights: Any, carry: Any, x: Float[Array, "inputs"]) -> tuple[Any, Float[Array, "outputs"]]:
        """Call the module's `step`."""
        return self._step(weights, carry, x)

    @property
    def _step(self) -> Callable[..., Any]:
        return imported(self.step_function, "cell")


def over_lanes(function: Callable[..., Any], lanes: tuple[int, ...], *trees: Any) -> Any:
    """Map a function of one example over lanes, which are the last axes of everything that goes in and comes out."""
    for _ in lanes:
        function = jax.vmap(function, in_axes=-1, out_axes=-1)
    return function(*trees)


def _with_lanes(value, features: int, lanes: tuple[int, ...]):
    """Broadcast a value to all lanes."""
    own = value.shape[features:]
    value = value.reshape(*value.shape[:features], *(1,) * (len(lanes) - len(own)), *own)
    return jnp.broadcast_to(value, (*value.shape[:features], *lanes))
