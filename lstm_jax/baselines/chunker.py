"""The neural sequence chunker (Schmidhuber 1992; Table 2): two nets, one of which sees only what surprises the other.

The automatizer A predicts the next symbol at every step. The chunker C is shown the first symbol, and then only those
that A did not predict, and predicts the next of them: where A predicts everything between two symbols, they are
neighbours for C, whatever the lag. A must also predict C's state. So it has an error to learn from at every step of the
lag, and needs no C in the end.
"""

from functools import cached_property
from typing import Annotated, Literal, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from pydantic import Field

from lstm_jax.cells import Elman
from lstm_jax.cells.incoming import Sources, accumulate
from lstm_jax.cells.squashing import LOGISTIC, slope
from lstm_jax.configuration import configuration
from lstm_jax.networks import Network, NetworkWeights
from lstm_jax.random import fold_in
from lstm_jax.types import Array, Bool, Float, Int, Key, Sequence


class ChunkerWeights(NamedTuple):
    """Weights of the two nets."""

    automatizer: NetworkWeights
    chunker: NetworkWeights


@configuration
class Chunker:
    """Two nets of recurrent logistic units and logistic output units; each layer sees all layers below, without biases.

        A:  y_A(t) = f(W x(t) + V y_A(t-1)),  [p(t), q(t)] = f(U x(t) + u y_A(t))
        C:  the same on its own, slower clock, without q

    p predicts the next symbol, q the activations of C's hidden units.
    """

    inputs: Annotated[int, Field(ge=1)]
    """Size of the input vector, or of the alphabet."""
    outputs: Annotated[int, Field(ge=1)]
    units: Annotated[int, Field(ge=1)] = 1
    """A's hidden units."""
    chunker_units: Annotated[int, Field(ge=1)] = 1
    """C's hidden units."""
    tolerance: Annotated[float, Field(gt=0)] = 0.25
    """A has predicted a symbol if every output's absolute error is below it."""
    state: Literal["units", "units and outputs"] = "units and outputs"
    """What of C's state A must predict. In 1992 C's outputs are part of it; without, A has 10,506 weights."""
    horizon: Annotated[int, Field(ge=1)] = 3
    """Steps, of each net's own clock, through which an error is propagated: the one where it arises among them."""

    @cached_property
    def automatizer(self) -> Network:
        """A: its first outputs are p, the others q."""
        state = self.chunker_units + (self.outputs if self.state == "units and outputs" else 0)
        cell = Elman(inputs=self.inputs, units=self.units)
        return Network(cell=cell, outputs=self.outputs + state, outputs_see_inputs=True)

    @cached_property
    def chunker(self) -> Network:
        """C."""
        cell = Elman(inputs=self.inputs, units=self.chunker_units)
        return Network(cell=cell, outputs=self.outputs, outputs_see_inputs=True)

    @property
    def weight_count(self) -> int:
        """Number of weights of A, which does without C in the end: 10,506 with 101 symbols and one unit each."""
        return self.automatizer.weight_count

    def init(self, key: Key[Array, "*lanes"], weight_range: Float[Array, "*lanes"]) -> ChunkerWeights:
        """Draw the initial weights of both nets, uniform in [-weight_range, weight_range)."""
        return ChunkerWeights(
            self.automatizer.init(fold_in(key, 0), weight_range), self.chunker.init(fold_in(key, 1), weight_range)
        )

    def apply(self, weights: ChunkerWeights, sequence: Sequence) -> Float[Array, "*outputs"]:
        """A's predictions of the next symbol, as `Network.apply` returns outputs. C takes no part."""
        outputs = self.automatizer.apply(weights.automatizer, sequence)
        return outputs[: self.outputs] if sequence.target_mask is None else outputs[:, : self.outputs]


class _Course(NamedTuple):
    """What happened at every step: `[time, ..., *lanes]`."""

    y: Float[Array, "time units *lanes"]
    """A's hidden units."""
    outputs: Float[Array, "time both *lanes"]
    """p and q."""
    surprised: Bool[Array, "time *lanes"]
    """Whether A fails to predict what comes next, so that C is tested on it now and shown it at the next step."""
    updated: Bool[Array, "time *lanes"]
    """Whether C is shown this step's symbol."""
    seen: Array
    """What C has been shown last."""
    units: Float[Array, "time chunker_units *lanes"]
    """C's hidden units."""
    predictions: Float[Array, "time outputs *lanes"]
    """What C expects to be shown next."""


def gradient(
    network: Chunker, weights: ChunkerWeights, sequence: Sequence
) -> tuple[ChunkerWeights, Float[Array, "time outputs *lanes"]]:
    """The gradient of both nets' E/2, each propagated through `network.horizon` of their steps, and A's predictions.

    E of A sums the squared errors of p and of q over all steps, E of C those of its predictions over the steps at which
    A was surprised. Neither propagates into the other: C's state is a target of A, and a constant.

    Args:
        network: what the weights belong to.
        weights: of every lane.
        sequence: with targets at every step: what comes next.
    """
    mask = sequence.target_mask
    assert mask is not None
    course = _run(network, weights, sequence)
    state = [course.units, course.predictions] if network.state == "units and outputs" else [course.units]
    targets = jnp.concatenate([sequence.targets, *state], axis=1)
    by_automatizer = _differentiate(
        network.automatizer,
        weights.automatizer,
        sequence.inputs,
        course.y,
        course.outputs,
        jnp.where(mask[:, None], course.outputs - targets, 0),
        jnp.ones_like(mask),
        network.horizon,
    )
    by_chunker = _differentiate(
        network.chunker,
        weights.chunker,
        course.seen,
        course.units,
        course.predictions,
        jnp.where(course.surprised[:, None], course.predictions - sequence.targets, 0),
        course.updated,
        network.horizon,
    )
    return ChunkerWeights(by_automatizer, by_chunker), course.outputs[:, : network.outputs]


def _run(network: Chunker, weights: ChunkerWeights, sequence: Sequence) -> _Course:
    """Both nets from the first step to the last."""
    automatizer, chunker = network.automatizer, network.chunker
    lanes, dtype = sequence.length.shape, sequence.targets.dtype

    def step(carry, now):
        y, seen, units, updated = carry
        x, target, counts = now
        _, y = automatizer.cell.step(weights.automatizer.hidden, y, x)
        outputs = automatizer.output(weights.automatizer, x, y)
        error = jnp.max(jnp.abs(outputs[: network.outputs] - target), axis=0)
        surprised = ~(error < network.tolerance) & counts
        seen = jnp.where(updated, x, seen)
        units = jnp.where(updated, chunker.cell.step(weights.chunker.hidden, units, x)[1], units)
        predictions = chunker.output(weights.chunker, seen, units)
        return (y, seen, units, surprised), _Course(y, outputs, surprised, updated, seen, units, predictions)

    start = (
        automatizer.cell.initial_carry(lanes, dtype),
        jnp.zeros_like(sequence.inputs[0]),
        chunker.cell.initial_carry(lanes, dtype),
        # Nothing can predict the first symbol.
        jnp.ones(lanes, bool),
    )
    _, course = lax.scan(step, start, (sequence.inputs, sequence.targets, sequence.target_mask))
    return course


def _differentiate(
    network: Network,
    weights: NetworkWeights,
    inputs: Float[Array, "time inputs *lanes"] | Int[Array, "time *lanes"],
    y: Float[Array, "time units *lanes"],
    outputs: Float[Array, "time outputs *lanes"],
    errors: Float[Array, "time outputs *lanes"],
    updated: Bool[Array, "time *lanes"],
    horizon: int,
) -> NetworkWeights:
    """The gradient of E/2 of a net whose clock may stand still, each error cut off after `horizon` of its steps.

    Args:
        network: one unit layer that sees itself, and output units that see it and the inputs.
        weights: of the network.
        inputs: what the units have been shown last.
        y: their activations.
        outputs: of the output units.
        errors: y_k - d_k, zero where there is no error.
        updated: at which steps the clock ticked.
        horizon: see `Chunker`.
    """
    output, recurrent = weights.output, weights.hidden.hidden
    assert output is not None and recurrent is not None
    deltas = errors * slope(network.output_squashing, outputs)
    slopes = slope(LOGISTIC, y)
    nothing = jnp.zeros_like(y[0])

    def step(back, carry):
        waiting, total = carry
        t = len(y) - 1 - back
        # waiting[i]: the error at the units of this step that arose i ticks later.
        at_units = _transposed_product(output.hidden, deltas[t])
        waiting = (waiting[0] + at_units, *waiting[1:])
        ticked = updated[t]
        by_age = [jnp.where(ticked, slopes[t] * error, 0) for error in waiting]
        delta = sum(by_age, nothing)
        previous = jnp.where(t > 0, y[jnp.maximum(t - 1, 0)], 0)
        total = NetworkWeights(
            accumulate(total.hidden, delta, Sources(inputs[t], previous)),
            accumulate(total.output, deltas[t], Sources(inputs[t], y[t])),
        )
        earlier = (nothing, *(_transposed_product(recurrent, error) for error in by_age[:-1]))
        waiting = tuple(jnp.where(ticked, a, b) for a, b in zip(earlier, waiting, strict=True))
        return waiting, total

    start = ((nothing,) * horizon, jax.tree.map(jnp.zeros_like, weights))
    return lax.fori_loop(0, len(y), step, start)[1]


def _transposed_product(
    weights: Float[Array, "units sources *lanes"], errors: Float[Array, "units *lanes"]
) -> Float[Array, "sources *lanes"]:
    """Errors at units, brought back to what the units see."""
    return sum((weights[k] * errors[k] for k in range(1, len(errors))), weights[0] * errors[0])
