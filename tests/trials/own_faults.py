"""Parts as a user may write them, each with one fault, and what the sentence about it has to say."""

from typing import NamedTuple

CELL = """
import jax
import jax.numpy as jnp
from typing import NamedTuple

def init(key, inputs, units=4):
    return jax.random.uniform(key, (units, inputs + units)), START

def step(weights, carry, x):
    h = jnp.tanh(weights @ jnp.concatenate([x, carry]))
    return h, h
""".replace("START", "jnp.zeros(units)")

PAIRS = [
    ("jnp.zeros(units)", "(jnp.zeros(units), jnp.zeros(units))"),
    ("    h =", "    carry, other = carry\n    h ="),
]

CLASS = """
import jax
import jax.numpy as jnp
from lstm_jax.configuration import configuration
from lstm_jax.random import uniform

@configuration
class Cell:
    inputs: int
    units: int = 5

    @property
    def outputs(self):
        return self.units

    @property
    def weight_count(self):
        return self.units * self.inputs

    def init(self, key, weight_range):
        return weight_range * uniform(key, self.weight_count).reshape(self.units, self.inputs, *key.shape)

    def initial_carry(self, lanes, dtype):
        return jnp.zeros((self.units, *lanes), dtype)

    def step(self, weights, carry, x, truncate=False):
        if jnp.issubdtype(x.dtype, jnp.integer):
            x = jax.nn.one_hot(x, self.inputs, axis=0)
        carry = 0.5 * carry + jnp.tanh(jnp.sum(weights * x, axis=1))
        return carry, carry
"""

TASK = """
import jax
import jax.numpy as jnp
from lstm_jax.configuration import configuration
from lstm_jax.random import integer, uniform
from lstm_jax.types import Sequence

@configuration
class Task:
    steps: int = 6
    inputs = 5
    outputs = 2

    def sample(self, key):
        symbols = integer(uniform(key, self.steps), 0, 5)
        targets = jax.nn.one_hot(symbols[0], 2, axis=0)
        length = jnp.full(key.shape, self.steps)
        return Sequence(symbols, targets, length)

    def correct(self, outputs, sequence):
        return jnp.max(jnp.abs(outputs - sequence.targets), axis=0) < 0.3
"""

OPTIMIZER = """
import jax
import jax.numpy as jnp
import optax

def optimizer(learning_rate):
    def update(updates, state, params=None):
        return jax.tree.map(lambda g: -learning_rate * g, updates), state + 1
    return optax.GradientTransformation(lambda params: jnp.int32(0), update)
"""

CRITERION = """
import jax.numpy as jnp
from lstm_jax.configuration import configuration
from lstm_jax.criteria import Outcome, mean_error
from lstm_jax.stages import Stage

@configuration
class Criterion:
    stages = (Stage("one right", "one"),)
    fewest_presentations = 1
    uncounted = 0

    def check(self, turn, own):
        return None

    def outcome(self, correct, outputs, sequence):
        return Outcome(correct, mean_error(outputs, sequence))

    def start(self, lanes):
        return jnp.zeros(lanes, jnp.int32)

    def update(self, state, presentations, outcome, examine):
        state = jnp.where(outcome.correct, state + 1, 0)
        return state, (state > 0)[None]
"""


class Kind(NamedTuple):
    source: str
    node: str
    """Which node of a configuration has it."""
    attribute: str
    """What its name ends with."""


KINDS = {
    "cell": Kind(CELL, "network", "step"),
    "class": Kind(CLASS, "network", "Cell"),
    "task": Kind(TASK, "task", "Task"),
    "optimizer": Kind(OPTIMIZER, "optimizer", "optimizer"),
    "criterion": Kind(CRITERION, "criterion", "Criterion"),
}


class Fault(NamedTuple):
    kind: str
    changes: list[tuple[str, str]]
    """What in the source is replaced by what."""
    told: str
    """A part of the sentence; FILE stands for the file's name."""


FAULTS = {
    # A file that cannot be imported.
    "syntax": Fault("cell", [("x):", "x)")], "which cannot be imported: FILE, line 9: expected ':'"),
    "bracket": Fault("optimizer", [("learning_rate)", "learning_rate")], "FILE, line 6: '(' was never closed"),
    "module": Fault(
        "task", [("import jax\n", "import jacks\n")], "FILE, line 2, raises ModuleNotFoundError: No module"
    ),
    "name": Fault("criterion", [("class C", "zero = 1 / 0\nclass C")], "FILE, line 8"),
    "exit": Fault("cell", [("def init", "raise SystemExit(3)\ndef init")], "FILE, line 6, raises SystemExit: 3"),
    # A cell of two functions.
    "init": Fault("cell", [(", jnp.zeros(units)", "")], "init (FILE, line 6) should give (weights, carry), and gives"),
    "empty": Fault("cell", [(", jnp.zeros(units)", ", ()")], "should give arrays as weights and carry"),
    "raises": Fault("cell", [("    h =", "    {}['h']\n    h =")], "step (FILE, line 10) raises KeyError: 'h'"),
    "shape": Fault("cell", [("return h,", "return h[:2],")], "carry as it got it, float32[4], and gives float32[2]"),
    "dtype": Fault("cell", [("return h,", "return h > 0,")], "carry as it got it, float32[4], and gives bool[4]"),
    "tuple": Fault(
        "cell",
        [*PAIRS, ("return h,", "return [h, h],")],
        "got it, (float32[4], float32[4]), and gives [float32[4], flo",
    ),
    "one": Fault("cell", [("return h, h", "return h")], "step (FILE, line 9) should give (carry, y), and gives float"),
    "vector": Fault("cell", [("return h, h", "return h, h[0]")], "should show a vector of floating-point numbers, and"),
    "integers": Fault("cell", [("return h, h", "return h, h > 0")], "floating-point numbers, and shows bool[4]"),
    "sizes": Fault("cell", [("[x, carry]", "[x, x]")], "step (FILE, line 10) raises TypeError: dot_general"),
    "branch": Fault(
        "cell", [("    return h,", "    if h[0] > 0: h = -h\n    return h,")], "step (FILE, line 11) raises Tr"
    ),
    "backward": Fault(
        "cell",
        [("    return h,", "    h = jax.lax.while_loop(lambda v: v[0] > 9, lambda v: v / 2, h)\n    return h,")],
        ".step cannot be used together with the rest of this experiment: Reverse-mode differentiation does not work",
    ),
    # A cell that is a class.
    "count": Fault(
        "class",
        [("return self.units * self.inputs", "return 7"), ("self.weight_count)", "40)")],
        "its weight_count should be 40, as init (FILE, line 20",
    ),
    "count_init": Fault(
        "class", [("self.weight_count)", "9)")], "init (FILE, line 21) raises TypeError: cannot reshape"
    ),
    "lanes": Fault(
        "class", [("(self.units, *lanes)", "self.units")], "initial_carry (FILE, line 23) should give float"
    ),
    "class_carry": Fault(
        "class", [("return carry, c", "return carry[1:], c")], "float32[5, 3], and gives float32[4, 3]"
    ),
    "outputs": Fault(
        "class", [("return self.units\n", "return 9\n")], "as y, for 3 lanes float32[9, 3], and gives float"
    ),
    "no_step": Fault(
        "class", [("def step", "def stride")], "it should have init, apply and weight_count, or as a cell"
    ),
    # A task.
    "drawing": Fault(
        "task", [("        length =", "        1 / 0\n        length =")], "(FILE, line 17) raises ZeroDivis"
    ),
    "sequence": Fault(
        "task", [("return Sequence", "return ")], "sample (FILE, line 14) should give a lstm_jax.types.Seq"
    ),
    "symbols": Fault("task", [("0, 5)", "0, 9)")], "sample (FILE, line 14) should give symbols from 0 to 4, as its"),
    "negative": Fault("task", [("0, 5)", "-5, 0)")], "should give symbols from 0 to 4, as its inputs say, and gives -"),
    "vectors": Fault(
        "task", [("Sequence(symbols,", "Sequence(symbols.astype(float),")], "inputs as symbols, integers [time, *la"
    ),
    "targets": Fault(
        "task", [("outputs = 2", "outputs = 3")], "targets as [outputs, *lanes] ([3, 3] for lanes [3]), and"
    ),
    "long": Fault(
        "task", [("shape, self.steps", "shape, 7")], "lengths from 1 to 6, the steps of its inputs, and gives 7"
    ),
    "zero": Fault(
        "task", [("shape, self.steps", "shape, 0")], "lengths from 1 to 6, the steps of its inputs, and gives 0"
    ),
    "float": Fault(
        "task", [("shape, self.steps", "shape, 6.0")], "length as integers [*lanes] ([3] for lanes [3]), and"
    ),
    "nan": Fault(
        "task", [("    length =", "    targets = targets / 0\n        length =")], "should give finite targets, and"
    ),
    "mask": Fault(
        "task", [(", length)", ", length, symbols > 9)")], "should give targets as [time, outputs, *lanes] ([6, "
    ),
    "truth": Fault("task", [(", axis=0) < 0.3", ", axis=0)")], "correct (FILE, line 20) should give a truth value"),
    "truths": Fault("task", [(", axis=0) < 0.3", ", axis=1) < 0.3")], "[*lanes], bool[3], and gives bool[2]"),
    "answer": Fault(
        "task", [("return jnp.max", "raise OSError('gone')\n        jnp.max")], "line 21) raises OSError: gone"
    ),
    "sizes_of": Fault(
        "task", [("inputs = 5", "inputs = 'five'")], "its inputs should be a positive integer, and is 'five"
    ),
    "made": Fault(
        "task",
        [("    def sample", "    def __post_init__(self):\n        raise ValueError('bad day')\n    def sample")],
        "__post_init__ (FILE, line 15) raises ValueError: bad day",
    ),
    # An optimizer.
    "rate": Fault("optimizer", [("(learning_rate)", "()")], "optimizer() takes 0 positional arguments but 1 was given"),
    "nothing": Fault(
        "optimizer", [("return optax.", "optax.")], "should give an optax.GradientTransformation, and gives N"
    ),
    "change": Fault(
        "optimizer", [("-learning_rate * g", "g > 0")], "updates such as the weights, float32[2] at ['biases']"
    ),
    "state": Fault("optimizer", [("state + 1", "state + 0.5")], "the state as it got it, int32[], and gives float32[]"),
    "raised": Fault(
        "optimizer", [("    return jax", "    assert False\n        return jax")], "(FILE, line 8) raises Asser"
    ),
    "matrices": Fault(
        "optimizer",
        [("-learning_rate * g", "-learning_rate * (g.T if g.shape == (4, 2) else g)")],
        "cannot be used together with the rest of this experiment",
    ),
    # A criterion.
    "outcome": Fault(
        "criterion", [("return Outcome(correct, ", "return (correct, ")], "and gives (bool[3], float32[3])"
    ),
    "error": Fault(
        "criterion", [("mean_error(outputs, sequence)", "outputs")], "float32[3] at .error, and gives float32["
    ),
    "kept": Fault(
        "criterion", [("return state, ", "return state > 0, ")], "the state as it got it, int32[3], and gives boo"
    ),
    "examine": Fault(
        "criterion", [("state + 1", "state + examine(9).wrong")], "update (FILE, line 23) raises TypeError"
    ),
    "checked": Fault(
        "criterion", [("return None", "raise RuntimeError('no')")], "check (FILE, line 14) raises RuntimeErr"
    ),
}
"""By names that the files get; everything but `node` and the name is the same as in a part that is right."""

WATCHED = """
calls = []

def watched(x):
    calls.append(1)
    if len(calls) > MOST:
        raise RuntimeError("seen too often")
    return x
"""

LATE = Fault(
    "cell",
    [
        ("def init", f"{WATCHED.replace('MOST', '300')}\ndef init"),
        (
            "    return h,",
            "    shape = jax.ShapeDtypeStruct(h.shape, h.dtype)\n"
            "    seen = jax.pure_callback(watched, shape, jax.lax.stop_gradient(h), vmap_method='sequential')\n"
            "    h = h + 0 * jax.lax.stop_gradient(seen)\n    return h,",
        ),
    ],
    "watched (FILE, line 12) raises RuntimeError: seen too often.",
)
"""A cell that fails in the middle of training, on the host."""


def source(fault: Fault) -> str:
    """The file's text."""
    text = KINDS[fault.kind].source
    for old, new in fault.changes:
        assert old in text, old
        text = text.replace(old, new)
    return text
