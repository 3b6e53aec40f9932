"""How a gradient becomes a change of the weights: optax, with hyperparameters that may differ from lane to lane.

A configuration's numbers are arrays `[*lanes]` when a program runs, and weights and gradients have their lanes last, so
that elementwise transformations of optax broadcast by themselves. What looks at several weights at once, such as the
norm of a gradient, is done here for every lane alone.
"""

import dataclasses
from collections.abc import Mapping
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import optax
from pydantic import Field

from lstm_jax.cells.mapped import over_lanes
from lstm_jax.configuration import Varies, build, configuration, freeze, imported, named
from lstm_jax.errors import InputError, unknown
from lstm_jax.learners.schedule import Schedule
from lstm_jax.own_code import Unfit, asked, pair, using, where

Rate = Annotated[float, Field(gt=0), Varies]
Fraction = Annotated[float, Field(ge=0, lt=1), Varies]


@configuration
class Optimizer:
    """What changes weights: `w <- w + change(gradient of E/2)`.

    Each kind gives a direction; clipping, rate and schedule are common to all.
    """

    learning_rate: Rate
    """Factor of the direction; for plain gradient descent it is alpha of Table 10."""
    clip: Annotated[Annotated[float, Field(gt=0)] | None, Varies] = None
    """The largest norm of a net's whole gradient; a longer gradient is shortened to it. None for no limit."""
    schedule: Schedule | None = None
    """How the learning rate changes during training; None for a constant rate."""

    @property
    def linear(self) -> bool:
        """Whether the changes by two gradients add up to that by their sum, as changes at every step need it."""
        return False

    @property
    def decays(self) -> bool:
        """Whether weights change where the gradient is zero."""
        return False

    def direction(self) -> optax.GradientTransformation:
        """The direction in which weights are moved, uphill."""
        raise NotImplementedError

    def change(self, lane_axes: int) -> optax.GradientTransformation:
        """The direction times the rate, downhill, for weights `[..., *lanes]` that have so many axes of lanes."""
        return optax.chain(self.direction(), optax.scale_by_learning_rate(self.learning_rate))

    def transformation(self, lane_axes: int) -> optax.GradientTransformation:
        """Clipping, change and schedule. Every leaf of the state has its lanes last, counters too."""
        parts = [self.change(lane_axes)]
        if self.clip is not None:
            parts.insert(0, _clipped(self.clip, lane_axes))
        if self.schedule is not None:
            parts.append(optax.scale_by_schedule(self.schedule.factor_after))
        return _with_lanes(optax.chain(*parts), lane_axes)


@configuration
class SGD(Optimizer):
    """Plain gradient descent, as in the paper."""

    @property
    def linear(self) -> bool:
        """True unless gradients are clipped."""
        return self.clip is None

    def direction(self) -> optax.GradientTransformation:
        """The gradient itself."""
        return optax.identity()


@configuration
class Momentum(Optimizer):
    """Gradient descent with momentum: the direction is the gradient and `momentum` times the direction before."""

    learning_rate: Rate = 0.05
    momentum: Fraction = 0.9
    """Share of the previous direction that is left, from 0 to below 1."""
    nesterov: bool = False
    """Whether the direction looks one step ahead (Nesterov's momentum)."""

    def direction(self) -> optax.GradientTransformation:
        """A decaying sum of gradients."""
        return optax.trace(self.momentum, self.nesterov)


@configuration
class RMSProp(Optimizer):
    """Gradient descent in the direction of the gradient divided by the root of a running mean of its square."""

    learning_rate: Rate = 0.003
    decay: Fraction = 0.9
    """Share of the running mean that is left after each change, from 0 to below 1."""
    epsilon: Rate = 1e-8
    """Number that is added to the mean square."""

    def direction(self) -> optax.GradientTransformation:
        """The direction of `optax.rmsprop`."""
        return optax.scale_by_rms(self.decay, self.epsilon)


@configuration
class Adam(Optimizer):
    """A running mean of the gradient divided by the root of one of its square, without bias (Kingma and Ba 2015)."""

    learning_rate: Rate = 0.003
    b1: Fraction = 0.9
    """Share of the running mean of gradients that is left after each change, from 0 to below 1."""
    b2: Fraction = 0.999
    """Share of the running mean of squared gradients that is left after each change, from 0 to below 1."""
    epsilon: Rate = 1e-8
    """Number that is added to the root of the mean square."""

    def direction(self) -> optax.GradientTransformation:
        """The direction of `optax.adam`."""
        return optax.scale_by_adam(self.b1, self.b2, self.epsilon)


@configuration
class AdamW(Adam):
    """Adam with weights that decay (Loshchilov and Hutter 2019)."""

    weight_decay: Annotated[float, Field(ge=0), Varies] = 1e-4
    """Share of a weight, times the learning rate, that it loses with every change."""

    @property
    def decays(self) -> bool:
        """True: weights decay."""
        return True

    def direction(self) -> optax.GradientTransformation:
        """The direction of `optax.adamw`."""
        return optax.chain(super().direction(), optax.add_decayed_weights(self.weight_decay))


@configuration
class Lion(Optimizer):
    """The sign of a running mean of the gradient, and weights that decay (Chen et al. 2023)."""

    learning_rate: Rate = 0.0003
    b1: Fraction = 0.9
    """Share of the running mean in the sum whose sign is the direction; the rest is the present gradient."""
    b2: Fraction = 0.99
    """Share of the running mean that is left after each change, from 0 to below 1."""
    weight_decay: Annotated[float, Field(ge=0), Varies] = 1e-3
    """Share of a weight, times the learning rate, that it loses with every change."""

    @property
    def decays(self) -> bool:
        """True: weights decay."""
        return True

    def direction(self) -> optax.GradientTransformation:
        """The direction of `optax.lion`."""
        return optax.chain(optax.scale_by_lion(self.b1, self.b2), optax.add_decayed_weights(self.weight_decay))


@configuration
class Named(Optimizer):
    """An optimizer for the weights of one net, made by a function as in optax.

    It is called as `function(learning_rate, **settings)`.
    """

    function: str = "optax.sgd"
    """The function as module.function; it gives an `optax.GradientTransformation`."""
    settings: tuple[tuple[str, Any], ...] = ()
    """Names and values of the arguments that are not floating-point numbers: whole numbers may decide about shapes."""
    names: tuple[str, ...] = ()
    """Names of the arguments that are floating-point numbers."""
    numbers: Annotated[tuple[float, ...], Varies] = ()
    """Values of the arguments in `names`, in the same order."""

    def __post_init__(self) -> None:
        function = imported(self.function, "name")
        with using("name", self.function):
            change = self._made(self.learning_rate)
            if not isinstance(change, optax.GradientTransformation):
                raise Unfit(f"{where(function)} should give an optax.GradientTransformation, and gives {change!r}")
            kind = jnp.result_type(float)
            weights = {"matrix": jax.ShapeDtypeStruct((2, 3), kind), "biases": jax.ShapeDtypeStruct((2,), kind)}
            with jax.numpy_dtype_promotion("standard"):
                state = jax.eval_shape(change.init, weights)
                if any(jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key) for leaf in jax.tree.leaves(state)):
                    raise Unfit("it draws random numbers")
                updated = jax.eval_shape(change.update, weights, state, weights)
            updates, after = pair(change.update, updated, "(updates, state)")
            asked(change.update, weights, updates, "updates such as the weights, ")
            asked(change.update, state, after, "the state as it got it, ")

    @property
    def decays(self) -> bool:
        """True, since nothing is known about the function."""
        return True

    def change(self, lane_axes: int) -> optax.GradientTransformation:
        """The change that the function makes, mapped over lanes."""

        def start(params):
            lanes = _lanes(params, lane_axes)
            return over_lanes(lambda own, w: own._made(own.learning_rate).init(w), lanes, self._of(lanes), params)

        def update(updates, state, params=None):
            lanes = _lanes(updates, lane_axes)
            return over_lanes(
                lambda own, *rest: own._made(own.learning_rate).update(*rest),
                lanes,
                self._of(lanes),
                updates,
                state,
                params,
            )

        return optax.GradientTransformation(start, update)

    def _of(self, lanes: tuple[int, ...]) -> "Named":
        """This optimizer with each of its numbers as `[*lanes]`."""
        return jax.tree.map(lambda number: jnp.broadcast_to(jnp.asarray(number), lanes), self)

    def _made(self, rate) -> Any:
        numbers = dict(zip(self.names, self.numbers, strict=True))
        return imported(self.function, "name")(rate, **dict(self.settings), **numbers)


OPTIMIZERS: dict[str, type[Optimizer]] = {
    "sgd": SGD,
    "momentum": Momentum,
    "rmsprop": RMSProp,
    "adam": Adam,
    "adamw": AdamW,
    "lion": Lion,
}
"""Optimizers by the names that configurations use."""

SHARED = tuple(field.name for field in dataclasses.fields(Optimizer))
"""Names of the settings that all optimizers have."""


def read_optimizer(node: Mapping[str, Any], path: str = "optimizer") -> Optimizer:
    """Check a configuration node: a name of `OPTIMIZERS`, sgd by default, or module.function, and fields.

    >>> read_optimizer({"name": "adam", "clip": 1.0}).learning_rate
    0.003

    Raises:
        InputError: a field is unknown, missing, or not allowed.
    """
    fields = {"name": "sgd"} | dict(node)
    if isinstance(fields.get("schedule"), str):
        raise InputError(
            f"{path}.schedule is {fields['schedule']!r}: it needs fields, as {{name: cosine, steps: 10000}}."
        )
    if fields.get("schedule") is not None:
        fields["schedule"] = build(Schedule, fields["schedule"], f"{path}.schedule")
    name = fields["name"]
    if isinstance(name, str) and "." in name:
        imported(name, f"{path}.name")
        shared = {key: value for key, value in fields.items() if key in SHARED}
        own = {key: freeze(value) for key, value in fields.items() if key not in (*SHARED, "name")}
        numbers = {key: value for key, value in own.items() if isinstance(value, float)}
        settings = tuple((key, value) for key, value in own.items() if key not in numbers)
        varying = {"names": tuple(numbers), "numbers": tuple(numbers.values())}
        return build(Named, shared, path, function=name, settings=settings, **varying)
    if not isinstance(name, str) or name not in OPTIMIZERS:
        raise unknown(f"{path}.name is {name!r}", name, OPTIMIZERS, ", or module.function")
    return named(OPTIMIZERS, fields, path)


def _lanes(tree: Any, lane_axes: int) -> tuple[int, ...]:
    leaf = jax.tree.leaves(tree)[0]
    return leaf.shape[leaf.ndim - lane_axes :]


def _clipped(most: Any, lane_axes: int) -> optax.GradientTransformation:
    """Shorten every lane's gradient to the norm `most`, if it is longer."""

    def update(updates, state, params=None):
        squares = (jnp.sum(jnp.square(g), axis=tuple(range(g.ndim - lane_axes))) for g in jax.tree.leaves(updates))
        norm = jnp.sqrt(sum(squares))
        factor = jnp.where(norm > most, most / norm, 1)
        return jax.tree.map(lambda g: factor * g, updates), state

    return optax.GradientTransformation(lambda params: optax.EmptyState(), update)


def _with_lanes(change: optax.GradientTransformation, lane_axes: int) -> optax.GradientTransformation:
    """Give optax's counters, one number for all weights, the axes of lanes: that of an ended lane stands still."""

    def start(params):
        lanes = _lanes(params, lane_axes)
        return jax.tree.map(lambda x: jnp.broadcast_to(x, lanes) if jnp.ndim(x) == 0 else x, change.init(params))

    def update(updates, state, params=None):
        with jax.numpy_dtype_promotion("standard"):  # optax raises numbers to the power of counters
            return change.update(updates, state, params)

    return optax.GradientTransformation(start, update)
