"""The neural sequence chunker (Schmidhuber 1992; Table 2): two nets, one of which sees only what surprises the other.

The automatizer A predicts the next symbol at every step. The chunker C is shown the first symbol, and then only those
that A did not predict, and predicts the next of them: where A predicts everything between two symbols, they are
neighbours for C, whatever the lag. A must also predict C's state. So it has an error to learn from at every step of the
lag, and needs no C in the end.
"""

from collections.abc import Callable
from functools import cached_property, reduce
from operator import add
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
from lstm_jax.types import Array, Float, Int, Key, Sequence


class ChunkerWeights(NamedTuple):
    """Weights of the two nets."""

    automatizer: NetworkWeights
    chunker: NetworkWeights


@configuration
class Chunker:
    """Two nets of recurrent logistic units and logistic output units, without biases.

        A:  y_A(t) = f(W x(t) + V y_A(t-1)),  [p(t), q(t)] = f(U x(t) + u y_A(t))
        C:  y_C    = f(W x + V y_C before),   p_C = f(u y_C)     at those steps alone at which C is shown something

    p predicts the next symbol, q the activations of C's hidden units, p_C the next symbol that C will be shown.
    """

    inputs: Annotated[int, Field(ge=1)]
    """Size of the input vector, or of the alphabet."""
    outputs: Annotated[int, Field(ge=1)]
    units: Annotated[int, Field(ge=1)] = 1
    """Number of A's hidden units."""
    chunker_units: Annotated[int, Field(ge=1)] = 1
    """Number of C's hidden units."""
    tolerance: Annotated[float, Field(gt=0)] = 0.25
    """A has predicted a symbol if every output's absolute error is below it."""
    chunker_outputs_see_inputs: bool = False
    """Reading: whether C's outputs see its inputs. If they do, C's units need not tell what C was shown."""
    state: Literal["units", "units and outputs"] = "units"
    """Reading: what of C's state A must predict. In 1992 C's outputs are part of it; without them A has 10,506
    weights."""
    horizon: Annotated[int, Field(ge=1)] = 3
    """Number of steps of each net's own clock through which an error is propagated, counting the one where it arises; 3
    in 1992."""

    @cached_property
    def automatizer(self) -> Network:
        """A: its first outputs are p, the others q."""
        state = self.chunker_units + (self.outputs if self.state == "units and outputs" else 0)
        cell = Elman(inputs=self.inputs, units=self.units)
        return Network(cell=cell, outputs=self.outputs + state, output_bias="none", outputs_see_inputs=True)

    @cached_property
    def chunker(self) -> Network:
        """C, which sees only what A did not predict."""
        cell = Elman(inputs=self.inputs, units=self.chunker_units)
        sees = self.chunker_outputs_see_inputs
        return Network(cell=cell, outputs=self.outputs, output_bias="none", outputs_see_inputs=sees)

    answers_all = True
    """True: it answers at every step, so that there have to be targets."""
    wide = False
    """False: lanes are advanced several at a time."""

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


class _Tick(NamedTuple):
    """One step of a net's own clock."""

    x: Float[Array, "inputs *lanes"] | Int[Array, "*lanes"]
    """What the net was shown."""
    before: Float[Array, "units *lanes"]
    after: Float[Array, "units *lanes"]
    """Activations of the net's units."""


_History = tuple[_Tick, ...]
"""The last ticks, the most recent first. Those before the sequence have zero activations, whose slope is zero."""


def gradient(
    network: Chunker, weights: ChunkerWeights, sequence: Sequence
) -> tuple[ChunkerWeights, Float[Array, "time outputs *lanes"]]:
    """The gradient of both nets' E/2, each error propagated through `network.horizon` steps, and A's predictions.

    E of A sums the squared errors of p and of q over all steps, E of C those of its predictions over the steps at which
    A was surprised. Neither propagates into the other: C's state is a target of A, and a constant.

    Args:
        network: what the weights belong to.
        weights: of every lane.
        sequence: with targets at every step: what comes next.
    """
    return online(network, weights, sequence, lambda _: weights)


def online(
    network: Chunker,
    weights: ChunkerWeights,
    sequence: Sequence,
    changed: Callable[[ChunkerWeights], ChunkerWeights],
) -> tuple[ChunkerWeights, Float[Array, "time outputs *lanes"]]:
    """As `gradient`, with the weights at every step that the gradient so far leads to.

    Args:
        network: what the weights belong to.
        weights: before the sequence.
        sequence: with targets at every step: what comes next.
        changed: the weights as one change by a gradient makes them.
    """
    mask = sequence.target_mask
    assert mask is not None
    automatizer, chunker = network.automatizer, network.chunker
    lanes, dtype = sequence.length.shape, sequence.targets.dtype

    def step(t, carry):
        of_a, of_c, updated, total, all_outputs = carry
        now = changed(total)
        x, target = sequence.inputs[t], sequence.targets[t]

        of_a = _ticked(automatizer, now.automatizer, of_a, x)
        both = automatizer.output(now.automatizer, x, of_a[0].after)
        outputs = both[: network.outputs]
        surprised = ~(jnp.max(jnp.abs(outputs - target), axis=0) < network.tolerance) & mask[t]

        of_c = jax.tree.map(lambda a, b: jnp.where(updated, a, b), _ticked(chunker, now.chunker, of_c, x), of_c)
        expected = chunker.output(now.chunker, of_c[0].x, of_c[0].after)
        state = [of_c[0].after, expected] if network.state == "units and outputs" else [of_c[0].after]

        errors = jnp.where(mask[t], both - jnp.concatenate([target, *state]), 0)
        errors_of_c = jnp.where(surprised, expected - target, 0)
        total = ChunkerWeights(
            _blame(total.automatizer, automatizer, now.automatizer, of_a, both, errors),
            _blame(total.chunker, chunker, now.chunker, of_c, expected, errors_of_c),
        )
        return of_a, of_c, surprised, total, lax.dynamic_update_index_in_dim(all_outputs, outputs, t, axis=0)

    def before(net: Network) -> _History:
        y = net.cell.initial_carry(lanes, dtype)
        return (_Tick(jnp.zeros_like(sequence.inputs[0]), y, y),) * network.horizon

    nothing = jax.tree.map(jnp.zeros_like, weights), jnp.zeros_like(sequence.targets, dtype)
    # Nothing can predict the first symbol.
    start = (before(automatizer), before(chunker), jnp.ones(lanes, bool), *nothing)
    # The longest sequence ends the loop, so that padding costs nothing.
    *_, total, outputs = lax.fori_loop(0, jnp.max(sequence.length, initial=1), step, start)
    return total, outputs


def _ticked(net: Network, weights: NetworkWeights, history: _History, x) -> _History:
    """A net's history with one more tick."""
    before = history[0].after
    return (_Tick(x, before, net.cell.step(weights.hidden, before, x)[1]), *history[:-1])


def _blame(
    total: NetworkWeights,
    net: Network,
    weights: NetworkWeights,
    history: _History,
    outputs: Float[Array, "outputs *lanes"],
    errors: Float[Array, "outputs *lanes"],
) -> NetworkWeights:
    """The gradient so far and what the errors (y_k - d_k) of one step contribute, through all ticks of the history."""
    assert total.output is not None and weights.output is not None and weights.output.hidden is not None
    delta = errors * slope(net.output_squashing, outputs)
    output = accumulate(total.output, delta, net.output_sources(history[0].x, history[0].after))
    hidden = total.hidden
    error = _transposed_product(weights.output.hidden, delta)
    for tick in history:
        at_units = error * slope(LOGISTIC, tick.after)
        hidden = accumulate(hidden, at_units, Sources(tick.x, tick.before))
        error = _transposed_product(weights.hidden.hidden, at_units)
    return NetworkWeights(hidden, output)


def _transposed_product(
    weights: Float[Array, "units sources *lanes"], errors: Float[Array, "units *lanes"]
) -> Float[Array, "sources *lanes"]:
    """Errors at units, brought back to what the units see."""
    return reduce(add, (weights[k] * errors[k] for k in range(len(errors))))
