"""What a net does in a sequence, step by step, and which of the steps matter."""

from functools import singledispatch
from typing import Any, NamedTuple

import jax
import numpy as np
from jax import lax

from lstm_jax.networks import Network, NetworkWeights
from lstm_jax.tasks.distractors import Distractors
from lstm_jax.tasks.embedded_reber import ALPHABET as REBER
from lstm_jax.tasks.embedded_reber import EmbeddedReber
from lstm_jax.tasks.marked_pairs import MarkedPairs
from lstm_jax.tasks.temporal_order import ALPHABET as ORDER
from lstm_jax.tasks.temporal_order import TemporalOrder, X
from lstm_jax.tasks.two_sequences import TwoSequences
from lstm_jax.tasks.two_symbols import TwoSymbols
from lstm_jax.types import Array, Bool, Float, Int


class Trace(NamedTuple):
    """All activations of a net at every step."""

    carry: Any
    """What the cells leave after each step, `[time, ..., *lanes]`; for memory blocks their `Activations`."""
    outputs: Float[Array, "time outputs *lanes"]
    """Activations of the output units at every step, whether or not there is a target."""


def trace(
    network: Network,
    weights: NetworkWeights,
    inputs: Float[Array, "time inputs *#lanes"] | Int[Array, "time *#lanes"],
) -> Trace:
    """Show inputs to a net and keep everything. Lanes may be broadcast as in `Network.apply`."""
    own = network.lanes(weights)
    lanes = np.broadcast_shapes(own, inputs.shape[inputs.ndim - len(own) :])

    def step(carry, x):
        carry, shown = network.cell.step(weights.hidden, carry, x)
        return carry, Trace(carry, network.output(weights, x, shown))

    return lax.scan(step, network.cell.initial_carry(lanes, jax.tree.leaves(weights)[0].dtype), inputs)[1]


@singledispatch
def relevant(task: Any, inputs: np.ndarray) -> Bool[np.ndarray, "time"]:
    """Which steps of one sequence (without padding) tell what has to be known later; none, for tasks of one's own."""
    return np.zeros(len(inputs), bool)


@relevant.register
def _(task: TemporalOrder, inputs):
    return inputs >= X


@relevant.register
def _(task: MarkedPairs, inputs):
    marked = inputs[:, 1] == 1
    # A marked first pair shows another marker: then there is one mark less.
    marked[0] |= marked.sum() < 2
    return marked


@relevant.register
def _(task: TwoSequences, inputs):
    return np.arange(len(inputs)) < task.informative


@relevant.register
def _(task: Distractors, inputs):
    return np.arange(len(inputs)) == 1


@relevant.register
def _(task: TwoSymbols, inputs):
    return np.arange(len(inputs)) == 0


@relevant.register
def _(task: EmbeddedReber, inputs):
    return np.arange(len(inputs)) == 1


@singledispatch
def symbol(task: Any, number: int) -> str:
    """The name of a symbol; its number, for tasks of one's own.

    >>> "".join(symbol(TemporalOrder(), number) for number in range(8))
    'EBabcdXY'
    """
    return str(number)


@symbol.register
def _(task: TemporalOrder, number):
    return ORDER[number]


@symbol.register
def _(task: EmbeddedReber, number):
    return REBER[number]


@symbol.register
def _(task: Distractors, number):
    return str(number + 1) if number < task.p else "ebxy"[number - task.p]


@symbol.register
def _(task: TwoSymbols, number):
    return str(number + 1) if number < task.p - 1 else "xy"[number - task.p + 1]


@singledispatch
def answer(task: Any, number: int) -> str:
    """What an output unit stands for; its number, where the task does not say more.

    >>> from lstm_jax.tasks import Adding, TemporalOrder
    >>> [answer(TemporalOrder(), number) for number in range(4)]
    ['X, X', 'X, Y', 'Y, X', 'Y, Y']
    >>> answer(Adding(), 0)
    'output 1'
    """
    return f"output {number + 1}"


@answer.register
def _(task: TemporalOrder, number):
    return ", ".join("XY"[int(digit)] for digit in f"{number:0{len(task.positions)}b}")
