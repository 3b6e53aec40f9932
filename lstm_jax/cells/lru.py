"""The linear recurrent unit: a diagonal complex recurrence, and what makes one layer of it nonlinear.

A. Orvieto et al., "Resurrecting recurrent neural networks for long sequences" (2023), appendix A. The gated output
stands for the GLU of the paper's blocks, whose normalisation and skip connection are left out (`residual` has the
latter).
"""

from typing import Annotated, NamedTuple

import jax
import jax.numpy as jnp
from pydantic import Field

from lstm_jax.cells.incoming import Incoming, Sources, net_input
from lstm_jax.configuration import Varies, configuration
from lstm_jax.errors import InputError
from lstm_jax.random import fold_in, normal, uniform
from lstm_jax.types import Array, Float, Int, Key


class LRUWeights(NamedTuple):
    """What is learned. Of complex matrices, real parts come first, then as many imaginary parts."""

    input: Incoming
    """B: `[2 units, inputs]`."""
    output: Incoming
    """C, from the state, `[units, 2 units]`; D, from the input, `[units, inputs]`."""
    gate: Incoming | None
    """W: `[units, units]`."""
    decay: Float[Array, "units *lanes"]
    """nu: |lambda| = exp(-exp(nu))."""
    phase: Float[Array, "units *lanes"]
    """theta: the argument of lambda is exp(theta)."""
    scale: Float[Array, "units *lanes"]
    """The logarithm of gamma."""


class LRUCarry(NamedTuple):
    """h, the complex state."""

    real: Float[Array, "units *lanes"]
    imaginary: Float[Array, "units *lanes"]


@configuration
class LRU:
    """A layer of linear recurrent units; one step:

        lambda = exp(-exp(nu) + i exp(theta))
        h(t) = lambda h(t-1) + gamma B x(t)
        y(t) = Re(C h(t)) + D x(t)
        shown: y f(W y), or y without the gate

    h, lambda, B and C are complex, products with lambda and gamma are unit by unit, f is the logistic function. At the
    start lambda is uniform in a ring, of which max_phase cuts a slice, and gamma = sqrt(1 - |lambda|^2).

    >>> import jax
    >>> cell = LRU(inputs=3, units=4)
    >>> weights = cell.init(jax.random.key(0), jnp.float32(0.1))
    >>> carry, shown = cell.step(weights, cell.initial_carry((), jnp.dtype("float32")), jnp.ones(3))
    >>> cell.weight_count, shown.shape
    (96, (4,))
    """

    inputs: Annotated[int, Field(ge=1)]
    """Size of the input vector, or of the alphabet."""
    units: Annotated[int, Field(ge=1)] = 4
    """Number of complex states, and of activations that the layer shows."""
    r_min: Annotated[float, Field(ge=0, lt=1), Varies] = 0.9
    """Smallest |lambda| at the start. The paper's code has the whole disk, 0 to 1; for long sequences the paper narrows
    the ring towards 1. With these defaults states last for 10 to 1000 steps."""
    r_max: Annotated[float, Field(gt=0, lt=1), Varies] = 0.999
    """Largest |lambda| at the start."""
    max_phase: Annotated[float, Field(gt=0, le=6.2832), Varies] = 6.2832
    """Largest argument of lambda at the start; 2 pi is the whole ring."""
    gate: bool = True
    """Whether the output is gated by itself; if not, the layer is linear."""

    def __post_init__(self) -> None:
        if self.r_min >= self.r_max:
            raise InputError(f"r_min is {self.r_min}: it should be less than r_max, {self.r_max}.")

    @property
    def outputs(self) -> int:
        """Number of activations that the layer shows."""
        return self.units

    @property
    def weight_count(self) -> int:
        """Number of weights: B and D, C, W, and nu, theta and gamma."""
        return self.units * (3 * self.inputs + (2 + self.gate) * self.units + 3)

    def init(self, key: Key[Array, "*lanes"], weight_range: Float[Array, "*lanes"]) -> LRUWeights:
        """Draw initial weights as the paper does, whatever `weight_range` is; D and W with variance 1 / columns."""
        n, dtype = self.units, weight_range.dtype

        def gaussian(number: int, rows: int, columns: int, scale: float) -> Float[Array, "_ _ *lanes"]:
            draws = normal(uniform(fold_in(key, number), rows * columns))
            return (scale * draws).astype(dtype).reshape(rows, columns, *key.shape)

        # The middle of a draw's step: |lambda| is neither 0 nor the argument.
        first, second = jnp.split(uniform(fold_in(key, 0), 2 * n) + 2.0**-24, 2)
        squared = first * (self.r_max**2 - self.r_min**2) + self.r_min**2
        return LRUWeights(
            input=Incoming(gaussian(1, 2 * n, self.inputs, (2 * self.inputs) ** -0.5), None, None),
            output=Incoming(gaussian(3, n, self.inputs, self.inputs**-0.5), gaussian(2, n, 2 * n, n**-0.5), None),
            gate=Incoming(None, gaussian(4, n, n, n**-0.5), None) if self.gate else None,
            decay=jnp.log(-0.5 * jnp.log(squared)).astype(dtype),
            phase=jnp.log(self.max_phase * second).astype(dtype),
            scale=(0.5 * jnp.log1p(-squared)).astype(dtype),
        )

    def initial_carry(self, lanes: tuple[int, ...], dtype: jnp.dtype) -> LRUCarry:
        """The state is zero before a sequence."""
        nothing = jnp.zeros((self.units, *lanes), dtype)
        return LRUCarry(nothing, nothing)

    def step(
        self,
        weights: LRUWeights,
        carry: LRUCarry,
        x: Float[Array, "inputs *#lanes"] | Int[Array, "*#lanes"],
        truncate: bool = False,
    ) -> tuple[LRUCarry, Float[Array, "units *lanes"]]:
        """One step. Nothing re-enters but each state itself, so that `truncate` changes nothing."""
        modulus, argument = jnp.exp(-jnp.exp(weights.decay)), jnp.exp(weights.phase)
        real, imaginary = modulus * jnp.cos(argument), modulus * jnp.sin(argument)
        scale = jnp.exp(weights.scale)
        entering = jnp.split(net_input(weights.input, Sources(x, None)), 2)
        h = LRUCarry(
            real * carry.real - imaginary * carry.imaginary + scale * entering[0],
            real * carry.imaginary + imaginary * carry.real + scale * entering[1],
        )
        y = net_input(weights.output, Sources(x, jnp.concatenate([h.real, -h.imaginary])))
        if weights.gate is not None:
            y = y * jax.nn.sigmoid(net_input(weights.gate, Sources(None, y)))
        return h, y
