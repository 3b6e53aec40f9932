"""Small recurrent nets in which the output units feed back: the architectures A1 and A2 of weight guessing.

S. Hochreiter and J. Schmidhuber, "LSTM can solve hard long time lag problems" (1996), section 1.
"""

from typing import Annotated, Literal, NamedTuple

import jax.numpy as jnp
from jax import lax
from pydantic import Field

from lstm_jax.cells import incoming
from lstm_jax.cells.incoming import Bias, Incoming, Sources, net_input
from lstm_jax.cells.squashing import Squashing, squash
from lstm_jax.configuration import configuration
from lstm_jax.random import fold_in, uniform
from lstm_jax.types import Array, Float, Int, Key


class FeedbackWeights(NamedTuple):
    """Weights into hidden and output units."""

    hidden: Incoming
    """Weights into hidden units, whose hidden sources are the output units and, where connections are "all", then the
    hidden units."""
    own: Float[Array, "hidden *lanes"] | None
    """Weight of each hidden unit to itself; None unless connections are "own"."""
    output: Incoming
    """Weights into output units, whose hidden sources are the hidden units and, where connections are "all", then the
    output units."""


class Activations(NamedTuple):
    """What the units have computed in a step."""

    hidden: Float[Array, "hidden *lanes"]
    output: Float[Array, "outputs *lanes"]


@configuration
class OutputFeedback:
    """Hidden units see the input and the outputs of the previous step; output units the input and the hidden units.

        h(t) = f(W x(t) + V y(t-1) + R h(t-1) + b)    y(t) = f(U x(t) + Q h(t) + S y(t-1) + c)

    As in the paper (section 5, "what's common"), hidden units are computed first in a step and output units from them.
    If all were computed at once, no net could tell the parity of a sequence at its last element.
    """

    inputs: Annotated[int, Field(ge=1)]
    """Size of the input vector, or of the alphabet."""
    hidden: Annotated[int, Field(ge=1)]
    """n, the number of hidden units."""
    connections: Literal["all", "own", "none"] = "all"
    """Which of R and S there are: all (A1), only R from each hidden unit to itself (A2), or neither."""
    outputs: Annotated[int, Field(ge=1)] = 1
    """Number of output units, the only ones that the layer shows."""
    squashing: Squashing = (0, 1)
    """f, the squashing function of all units."""
    bias: Bias = "random"
    """b, how the biases of the hidden units start."""
    output_bias: Bias = "none"
    """c, how the biases of the output units start."""

    def __post_init__(self) -> None:
        incoming.check_bias("bias", self.bias, self.hidden)
        incoming.check_bias("output_bias", self.output_bias, self.outputs)

    @property
    def _hidden_sources(self) -> int:
        return self.outputs + self.hidden * (self.connections == "all")

    @property
    def _output_sources(self) -> int:
        return self.hidden + self.outputs * (self.connections == "all")

    @property
    def weight_count(self) -> int:
        """Number of weights."""
        count = incoming.weight_count(self.hidden, self.inputs, self._hidden_sources, self.bias)
        count += incoming.weight_count(self.outputs, self.inputs, self._output_sources, self.output_bias)
        return count + self.hidden * (self.connections == "own")

    def init(self, key: Key[Array, "*lanes"], weight_range: Float[Array, "*lanes"]) -> FeedbackWeights:
        """Draw initial weights, uniform in [-weight_range, weight_range); biases as configured."""
        own = None
        if self.connections == "own":
            own = weight_range * (2 * uniform(fold_in(key, 2), self.hidden).astype(weight_range.dtype) - 1)
        sources = (self.inputs, self._hidden_sources, self.bias)
        output_sources = (self.inputs, self._output_sources, self.output_bias)
        return FeedbackWeights(
            hidden=incoming.init(fold_in(key, 0), self.hidden, *sources, weight_range),
            own=own,
            output=incoming.init(fold_in(key, 1), self.outputs, *output_sources, weight_range),
        )

    def initial_carry(self, lanes: tuple[int, ...], dtype: jnp.dtype) -> Activations:
        """All activations are zero before a sequence."""
        return Activations(jnp.zeros((self.hidden, *lanes), dtype), jnp.zeros((self.outputs, *lanes), dtype))

    def step(
        self,
        weights: FeedbackWeights,
        previous: Activations,
        x: Float[Array, "inputs *#lanes"] | Int[Array, "*#lanes"],
        truncate: bool = False,
    ) -> tuple[Activations, Float[Array, "outputs *lanes"]]:
        """One step. With `truncate` the previous activations are treated as inputs."""
        before = Activations(*map(lax.stop_gradient, previous)) if truncate else previous
        every = self.connections == "all"
        net = net_input(weights.hidden, Sources(x, jnp.concatenate(before[::-1]) if every else before.output))
        if weights.own is not None:
            net += weights.own * before.hidden
        hidden = squash(self.squashing, net)
        sources = jnp.concatenate([hidden, before.output]) if every else hidden
        output = squash(self.squashing, net_input(weights.output, Sources(x, sources)))
        return Activations(hidden, output), output
