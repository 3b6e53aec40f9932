"""What a net does in a sequence, step by step, and which of the steps matter."""

from functools import singledispatch
from typing import Any, NamedTuple

import jax
import numpy as np
from jax import lax

from lstm_jax.networks import Network, NetworkWeights
from lstm_jax.tasks.adding import Adding
from lstm_jax.tasks.distractors import Distractors
from lstm_jax.tasks.embedded_reber import ALPHABET as REBER
from lstm_jax.tasks.embedded_reber import EmbeddedReber
from lstm_jax.tasks.marked_pairs import MarkedPairs
from lstm_jax.tasks.multiplication import Multiplication
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
def exchanged(task: Any, inputs: np.ndarray) -> np.ndarray | None:
    """The same sequence, had what is relevant been otherwise; None, for tasks of one's own.

    >>> exchanged(Multiplication(), np.array([[0.25, 1.0], [0.5, 0.0]])).tolist()
    [[0.75, 1.0], [0.5, 0.0]]
    """
    return None


@exchanged.register
def _(task: TemporalOrder, inputs):
    return _either(task, inputs, X, X + 1)


@exchanged.register
def _(task: Distractors, inputs):
    return _either(task, inputs, task.p + 2, task.p + 3)


@exchanged.register
def _(task: TwoSymbols, inputs):
    return _either(task, inputs, task.p - 1, task.p)


@exchanged.register
def _(task: EmbeddedReber, inputs):
    return _either(task, inputs, REBER.index("T"), REBER.index("P"))


def _either(task: Any, inputs: np.ndarray, one: int, other: int) -> np.ndarray:
    return np.where(relevant(task, inputs), one + other - inputs, inputs)


@exchanged.register
def _(task: TwoSequences | Adding | Multiplication, inputs):
    other = inputs.copy()
    marked = relevant(task, inputs)
    other[marked, 0] = (1 if isinstance(task, Multiplication) else 0) - inputs[marked, 0]
    return other


@singledispatch
def due(task: Any, inputs: np.ndarray) -> int:
    """At which step of one sequence (without padding) the net has to know what was relevant: the last."""
    return len(inputs) - 1


@due.register
def _(task: EmbeddedReber, inputs):
    return len(inputs) - 2  # the symbol after this is the second once more


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


@answer.register
def _(task: Distractors, number):
    return "xy"[number]


@answer.register
def _(task: EmbeddedReber, number):
    return symbol(task, number)


@answer.register
def _(task: TwoSymbols, number):
    return symbol(task, number)


@singledispatch
def question(task: Any) -> str:
    """What a net has to find out, in a sentence; empty for tasks of one's own.

    >>> question(TemporalOrder())
    'In which order did X and Y come? The answer counts after the last symbol.'
    """
    return ""


@question.register
def _(task: TemporalOrder):
    return "In which order did X and Y come? The answer counts after the last symbol."


@question.register
def _(task: Adding):
    return "What is 0.5 + (X1 + X2) / 4, of the two marked values? The answer counts after the last pair."


@question.register
def _(task: Multiplication):
    return "What is the product of the two marked values? The answer counts after the last pair."


@question.register
def _(task: TwoSequences):
    first = "the first value" if task.informative == 1 else f"the first {task.informative} values"
    return f"Is {first} +1 or -1? All others are noise. The answer counts after the last value."


@question.register
def _(task: Distractors):
    return "Was the second symbol x or y? All others distract. The answer counts after e, whenever that comes."


@question.register
def _(task: TwoSymbols):
    return "Which symbol comes next? The last is the first once more."


@question.register
def _(task: EmbeddedReber):
    return "Which symbols may come next? The last but one is the second once more, T or P: that has to be kept."
