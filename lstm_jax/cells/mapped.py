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
from lstm_jax.own_code import Unfit, asked, pair, shown, using, where
from lstm_jax.types import Array, Float, Int, Key


class Mapped:
    """A cell made of `draw` and `one_step`, which know nothing about lanes.

    Symbols come as one-hot vectors. What `draw` gives is taken as it is: `weight_range` does not scale it. Nothing is
    known of what re-enters the layer, so that there is no truncated gradient.
    """

    inputs: int

    def draw(self, key: Key[Array, ""]) -> Any:
        """Weights, and the carry before a sequence: trees of floating-point arrays, once `check` has found them so."""
        raise NotImplementedError

    def one_step(self, weights: Any, carry: Any, x: Float[Array, "inputs"]) -> Any:
        """The new carry, and what the layer shows, a vector."""
        raise NotImplementedError

    def check(self, name: str) -> None:
        """Refuse a cell that cannot be used.

        Raises:
            InputError: it cannot be drawn or called, gives another carry than it was given, or shows no vector.
        """
        with using("name", name):
            draw, one_step = self.written
            if not all(map(jax.tree.leaves, pair(draw, self._shapes, "(weights, carry)"))):
                raise Unfit(f"{where(draw)} should give arrays as weights and carry, and gives {shown(self._shapes)}")
            carry, y = pair(one_step, self._stepped, "(carry, y)")
            asked(one_step, self._carry, carry, "the carry as it got it, ")
            vector = isinstance(y, jax.ShapeDtypeStruct) and len(y.shape) == 1 and y.shape != (0,)
            if not (vector and jnp.issubdtype(y.dtype, jnp.floating)):
                raise Unfit(f"{where(one_step)} should show a vector of floating-point numbers, and shows {shown(y)}")

    @property
    def written(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        """The functions that somebody has written, which `draw` and `one_step` call."""
        raise NotImplementedError

    @cached_property
    def _shapes(self) -> Any:
        return jax.eval_shape(self.draw, jax.random.key(0))

    @cached_property
    def _carry(self) -> Any:
        """The carry of one example, as a step gets it."""
        return jax.eval_shape(lambda: self.initial_carry((), jnp.result_type(float)))

    @cached_property
    def _stepped(self) -> Any:
        dtype = jnp.result_type(float)
        weights = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, dtype), self._shapes[0])
        return jax.eval_shape(self.one_step, weights, self._carry, jax.ShapeDtypeStruct((self.inputs,), dtype))

    @property
    def outputs(self) -> int:
        """Number of activations that the layer shows."""
        return self._stepped[1].shape[0]

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

    def draw(self, key: Key[Array, ""]) -> Any:
        """The weights and the carry that the module's `init` gives."""
        return self.written[0](key, self.inputs, **dict(self.settings))

    def one_step(self, weights: Any, carry: Any, x: Float[Array, "inputs"]) -> Any:
        """Call the module's `step`."""
        return self.written[1](weights, carry, x)

    @property
    def written(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        """The functions `init` and `step`.

        Raises:
            InputError: there is no `init`.
        """
        step = imported(self.step_function, "cell")
        module = sys.modules[step.__module__]
        if not callable(getattr(module, "init", None)):
            raise InputError(f"{module.__name__} has no function init(key, inputs), which should give (params, carry).")
        return module.init, step


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
