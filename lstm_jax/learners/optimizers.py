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
from lstm_jax.errors import InputError
from lstm_jax.learners.schedule import Schedule

Rate = Annotated[float, Field(gt=0), Varies]
Fraction = Annotated[float, Field(ge=0, lt=1), Varies]


@configuration
class Optimizer:
    """w <- w + change(gradient of E/2). Each kind says in which direction; clipping, rate and schedule are all's."""

    learning_rate: Rate
    """alpha of Table 10 for plain gradient descent; it multiplies the direction."""
    clip: Annotated[Annotated[float, Field(gt=0)] | None, Varies] = None
    """The largest norm of all of a net's gradient together; a longer one is shortened to it. None for any norm."""
    schedule: Schedule | None = None
    """How the learning rate goes on; None for a constant one."""

    @property
    def linear(self) -> bool:
        """Whether changes by two gradients add up to that by their sum: weights that change at every step need it."""
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
    """Plain gradient descent, the paper's."""

    @property
    def linear(self) -> bool:
        """Unless gradients are clipped."""
        return self.clip is None

    def direction(self) -> optax.GradientTransformation:
        """The gradient itself."""
        return optax.identity()


@configuration
class Momentum(Optimizer):
    """Gradient descent with momentum: the direction is the gradient and `momentum` times the direction before."""

    learning_rate: Rate = 0.05
    momentum: Fraction = 0.9
    """What is left of the direction before."""
    nesterov: bool = False
    """Whether the direction is the one after the next (Nesterov)."""

    def direction(self) -> optax.GradientTransformation:
        """A decaying sum of gradients."""
        return optax.trace(self.momentum, self.nesterov)


@configuration
class RMSProp(Optimizer):
    """The gradient by the root of a running mean of its square."""

    learning_rate: Rate = 0.003
    decay: Fraction = 0.9
    """What is left of the mean from one change to the next."""
    epsilon: Rate = 1e-8
    """Added to the mean square."""

    def direction(self) -> optax.GradientTransformation:
        """As `optax.rmsprop`."""
        return optax.scale_by_rms(self.decay, self.epsilon)


@configuration
class Adam(Optimizer):
    """A running mean of the gradient by the root of one of its square, both without bias (Kingma and Ba 2015)."""

    learning_rate: Rate = 0.003
    b1: Fraction = 0.9
    """What is left of the mean from one change to the next."""
    b2: Fraction = 0.999
    """What is left of the mean square."""
    epsilon: Rate = 1e-8
    """Added to the root."""

    def direction(self) -> optax.GradientTransformation:
        """As `optax.adam`."""
        return optax.scale_by_adam(self.b1, self.b2, self.epsilon)


@configuration
class AdamW(Adam):
    """Adam, and weights that decay (Loshchilov and Hutter 2019)."""

    weight_decay: Annotated[float, Field(ge=0), Varies] = 1e-4
    """The part of a weight, times the learning rate, that it loses with every change."""

    @property
    def decays(self) -> bool:
        """They do."""
        return True

    def direction(self) -> optax.GradientTransformation:
        """As `optax.adamw`."""
        return optax.chain(super().direction(), optax.add_decayed_weights(self.weight_decay))


@configuration
class Lion(Optimizer):
    """The sign of a running mean of the gradient, and weights that decay (Chen et al. 2023)."""

    learning_rate: Rate = 0.0003
    b1: Fraction = 0.9
    """What the mean weighs beside the gradient of the moment."""
    b2: Fraction = 0.99
    """What is left of the mean from one change to the next."""
    weight_decay: Annotated[float, Field(ge=0), Varies] = 1e-3
    """The part of a weight, times the learning rate, that it loses with every change."""

    @property
    def decays(self) -> bool:
        """They do."""
        return True

    def direction(self) -> optax.GradientTransformation:
        """As `optax.lion`."""
        return optax.chain(optax.scale_by_lion(self.b1, self.b2), optax.add_decayed_weights(self.weight_decay))


@configuration
class Named(Optimizer):
    """A function like those of optax for the weights of one net: function(learning_rate, **settings)."""

    function: str = "optax.sgd"
    """module.function, which gives an `optax.GradientTransformation`."""
    settings: tuple[tuple[str, Any], ...] = ()
    """Names and values of other arguments, but for floating-point numbers: whole numbers may decide about shapes."""
    names: tuple[str, ...] = ()
    """Of the arguments that are floating-point numbers."""
    numbers: Annotated[tuple[float, ...], Varies] = ()
    """Their values, in this order."""

    def __post_init__(self) -> None:
        weight = jnp.zeros(2)
        try:
            change = self._made(self.learning_rate)
            if not isinstance(change, optax.GradientTransformation):
                raise TypeError("it does not give an optax.GradientTransformation")
            with jax.numpy_dtype_promotion("standard"):
                _, state = jax.eval_shape(lambda w: change.update(w, change.init(w), w), weight)
            if any(jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key) for leaf in jax.tree.leaves(state)):
                raise TypeError("it draws random numbers")
        except Exception as error:  # somebody else's code may fail in any way
            words = " ".join(str(error).split()).rstrip(".") or type(error).__name__
            raise InputError(f"name is {self.function!r}, which cannot be used: {words[:200]}.") from None

    @property
    def decays(self) -> bool:
        """Nobody knows."""
        return True

    def change(self, lane_axes: int) -> optax.GradientTransformation:
        """The function's, mapped over lanes."""

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
        """With every number for every lane."""
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
"""By the name that configurations use."""

SHARED = tuple(field.name for field in dataclasses.fields(Optimizer))
"""Settings of all of them."""


def read_optimizer(node: Mapping[str, Any], path: str = "optimizer") -> Optimizer:
    """Check a configuration node: a name of `OPTIMIZERS`, sgd by default, or module.function, and fields.

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
    if name not in OPTIMIZERS:
        raise InputError(f"{path}.name is {name!r}: allowed are {', '.join(OPTIMIZERS)}, or module.function.")
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
    """Give counters, which optax has one of for everything, the lanes' axes: a lane that has ended counts no more."""

    def start(params):
        lanes = _lanes(params, lane_axes)
        return jax.tree.map(lambda x: jnp.broadcast_to(x, lanes) if jnp.ndim(x) == 0 else x, change.init(params))

    def update(updates, state, params=None):
        with jax.numpy_dtype_promotion("standard"):  # optax raises numbers to the power of counters
            return change.update(updates, state, params)

    return optax.GradientTransformation(start, update)
