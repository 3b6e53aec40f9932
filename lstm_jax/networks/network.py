"""A network: one hidden layer of cells and one layer of output units (section 5.1, Table 10)."""

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from pydantic import Field, InstanceOf

from lstm_jax.cells import Cell, incoming, read_cell
from lstm_jax.cells.incoming import Bias, Sources, net_input
from lstm_jax.cells.squashing import Squashing, squash
from lstm_jax.configuration import build, configuration
from lstm_jax.errors import InputError
from lstm_jax.random import fold_in
from lstm_jax.types import Array, Float, Key, Sequence

WIDE = 64
"""Number of output units from which on the units of one lane fill a processor's vectors, and its weights the caches:
such lanes take turns one by one (2b: 60 µs per presentation of a lane, of which eight at once take 75 each)."""


class NetworkWeights(NamedTuple):
    """All weights of a network."""

    hidden: Any
    """Weights of the cells, in the cell's own structure."""
    output: Any
    """Weights of the output units, an `Incoming`; None without an output layer."""


@configuration
class Network:
    """Cells between inputs and output units.

        net_k(t) = W_k y_c(t) + bias,    y_k = f(net_k)

    Output units see the cells of the same step.

    >>> from lstm_jax.cells import LSTM
    >>> from lstm_jax.tasks import TemporalOrder
    >>> network, task = Network(LSTM(inputs=8), outputs=4), TemporalOrder()
    >>> weights = network.init(jax.random.key(0), jnp.float32(0.1))
    >>> network.apply(weights, task.sample(jax.random.key(1))).shape, network.weight_count
    ((4,), 228)
    """

    cell: InstanceOf[Cell]
    outputs: Annotated[int, Field(ge=1)]
    output_squashing: Squashing = (0, 1)
    """Squashing function of the output units. Reading: "identity" in Experiments 4 and 5."""
    output_bias: Bias = "random"
    """How the biases of the output units start; without an output layer it has no effect."""
    outputs_see_inputs: bool = False
    """Whether output units also receive the inputs (connectivity B of Table 10)."""
    output_layer: bool = True
    """Whether there are output units; without them the cells' first activations are the outputs: a fully recurrent net
    as RTRL trains it (Table 1)."""

    def __post_init__(self) -> None:
        if not self.output_layer:
            self._check_no_output_layer()
        incoming.check_bias("output_bias", self.output_bias, self.outputs)

    def _check_no_output_layer(self) -> None:
        if self.outputs > self.cell.outputs:
            raise InputError(
                f"output_layer is False: the cell should have at least {self.outputs} units, one for each output, "
                f"not {self.cell.outputs}."
            )
        if self.outputs_see_inputs or self.output_bias not in ("none", "random"):
            raise InputError("output_layer is False: outputs_see_inputs should be false and output_bias 'none'.")

    answers_all = False
    """False: it answers at every step or only at the end, as the task has targets."""
    differentiable = True
    """Whether errors can be propagated back through `apply`."""

    @property
    def wide(self) -> bool:
        """Whether lanes are better advanced one by one."""
        return self.outputs >= WIDE

    @property
    def weight_count(self) -> int:
        """Number of weights, biases included: the column "weights" of Table 10."""
        if not self.output_layer:
            return self.cell.weight_count
        inputs = self.cell.inputs * self.outputs_see_inputs
        return self.cell.weight_count + incoming.weight_count(self.outputs, inputs, self.cell.outputs, self.output_bias)

    def lanes(self, weights: NetworkWeights) -> tuple[int, ...]:
        """The sizes of the lane axes that weights have."""
        # The first weights of a cell are a matrix; one of somebody's own says how many axes they have.
        return jax.tree.leaves(weights)[0].shape[getattr(self.cell, "first_axes", 2) :]

    def init(self, key: Key[Array, "*lanes"], weight_range: Float[Array, "*lanes"]) -> NetworkWeights:
        """Draw initial weights, uniform in [-weight_range, weight_range); biases as configured."""
        hidden_key, output_key = fold_in(key, 0), fold_in(key, 1)
        if not self.output_layer:
            return NetworkWeights(self.cell.init(hidden_key, weight_range), None)
        inputs = self.cell.inputs * self.outputs_see_inputs
        output = incoming.init(output_key, self.outputs, inputs, self.cell.outputs, self.output_bias, weight_range)
        return NetworkWeights(self.cell.init(hidden_key, weight_range), output)

    def output_sources(self, x: Array, y: Float[Array, "cells *lanes"]) -> Sources:
        """What output units receive: the layer's output and, where configured, the input."""
        return Sources(x if self.outputs_see_inputs else None, y)

    def output(
        self, weights: NetworkWeights, x: Array, y: Float[Array, "cells *lanes"]
    ) -> Float[Array, "outputs *lanes"]:
        """Activations of the output units."""
        if weights.output is None:
            return y[: self.outputs]
        return squash(self.output_squashing, net_input(weights.output, self.output_sources(x, y)))

    def apply(
        self, weights: NetworkWeights, sequence: Sequence, truncate: bool = False
    ) -> Float[Array, "time outputs *lanes"] | Float[Array, "outputs *lanes"]:
        """Show a sequence to the network.

        Args:
            weights: lanes may be broadcast against those of the sequence: `[..., 1]` for one network on many sequences.
            sequence: see `Sequence`.
            truncate: do not propagate errors back through hidden activations of the previous step (appendix A.1).

        Returns:
            The outputs at every step if the sequence has targets at every step (meaningless from `length` on), else
            those at the last step, `[outputs, *lanes]`.
        """
        dtype = jax.tree.leaves(weights)[0].dtype
        lanes = np.broadcast_shapes(sequence.length.shape, self.lanes(weights))
        every_step = sequence.target_mask is not None

        def step(carry, time_and_input):
            t, x = time_and_input
            previous, *last = carry
            new, y = self.cell.step(weights.hidden, previous, x, truncate)
            if every_step:
                return (new, *last), self.output(weights, x, y)
            here = t < sequence.length
            kept = jax.tree.map(lambda a, b: jnp.where(here, a, b), (new, x, y), (previous, *last))
            return kept, None

        nothing = jnp.zeros((self.cell.outputs, *lanes), dtype)
        start = (self.cell.initial_carry(lanes, dtype), jnp.zeros_like(sequence.inputs[0]), nothing)
        steps = jnp.arange(sequence.inputs.shape[0], dtype=sequence.length.dtype)
        step = jax.checkpoint(step, prevent_cse=False, policy=_kept_for_the_way_back)
        (_, x, y), outputs = lax.scan(step, start, (steps, sequence.inputs))
        return self.output(weights, x, y) if outputs is None else outputs


def network_of(node: Mapping[str, Any], inputs: int, outputs: int) -> Network:
    """The network that a configuration node describes: `cell` and the fields of `Network`.

    Raises:
        InputError: a field is unknown, missing or not allowed.
    """
    cell = read_cell(node.get("cell"), inputs)
    rest = {name: value for name, value in node.items() if name != "cell"}
    return build(Network, rest, "network", cell=cell, outputs=outputs)


KEPT = frozenset({"logistic", "tanh", "exp", "log", "log1p", "sin", "cos", "div", "sqrt", "optimization_barrier"})
"""What a differentiated loop over steps keeps of each: what takes long to compute, and products (`net_input` puts a
barrier behind them). All else is computed again on the way back: that takes less time than writing and reading it."""


def _kept_for_the_way_back(primitive: Any, *_: Any, **__: Any) -> bool:
    return primitive.name in KEPT
