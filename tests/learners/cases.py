"""A small task and net in whatever precision there is, and learners whose lanes differ."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp

from lstm_jax.cells import MemoryBlocks
from lstm_jax.learners import Descent, Lessons, read_optimizer
from lstm_jax.networks import Network
from lstm_jax.random import integer, uniform
from lstm_jax.types import Sequence


@dataclasses.dataclass(frozen=True)
class FirstOfSix:
    """Whether the first of six symbols is odd, in whatever precision there is."""

    inputs = 8
    outputs = 2

    def sample(self, key):
        symbols = integer(uniform(key, 6), 0, 8)
        first = jnp.remainder(symbols[0], jnp.asarray(2, symbols.dtype))
        length = jnp.full(key.shape, 6, jnp.int32)
        return Sequence(symbols, jax.nn.one_hot(first, 2, axis=0, dtype=float), length)

    def correct(self, outputs, sequence):
        return jnp.max(jnp.abs(outputs - sequence.targets), axis=0) < 0.5


TASK = FirstOfSix()
CELL = MemoryBlocks(
    inputs=8, blocks=1, block_size=2, cell_bias="random", input_gate_bias=(-1.0,), output_gate_bias="none"
)
NETWORK = Network(cell=CELL, outputs=2, output_bias="random")
CHANGES = 12
RATES = (0.3, 0.05)


def learner(node: dict[str, Any], rates=RATES, **settings) -> Descent:
    """A descent whose lanes have these learning rates."""
    made = Descent(read_optimizer({"learning_rate": 1.0} | node), **settings)
    vector = jnp.asarray(rates, jnp.float64)
    spread = jax.tree.map(lambda number: jnp.full(vector.shape, number, jnp.float64), made)
    vars(spread.optimizer).update(learning_rate=vector)
    return spread


def lessons(task: Any, keys, presentations: int, data=()) -> Lessons:
    return Lessons(task, data, keys, jnp.asarray(presentations, jnp.int32))
