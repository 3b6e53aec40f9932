"""Strings of the embedded Reber grammar in one endless stream, nothing marking where one ends and the next begins.

F. A. Gers, J. Schmidhuber and F. Cummins, "Learning to forget: continual prediction with LSTM" (2000).
"""

from functools import cache
from typing import Annotated, Literal, NamedTuple

import jax.numpy as jnp
import numpy as np
from pydantic import Field

from lstm_jax.configuration import configuration
from lstm_jax.random import integer
from lstm_jax.tasks.embedded_reber import ALPHABET, END, GRAMMAR
from lstm_jax.types import Array, Bool, Float, Int

START = 0
"""The node between two strings: a string is over, the next has not begun."""


class Automaton(NamedTuple):
    """All nodes of the embedded grammar. Where only one symbol can come it stands twice."""

    symbol: Int[np.ndarray, "choices nodes"]
    """The two equally probable symbols that may come next."""
    node: Int[np.ndarray, "choices nodes"]
    """The node that each of these symbols leads to."""
    possible: Bool[np.ndarray, "symbols nodes"]
    """Which symbols may come next."""


@cache
def automaton() -> Automaton:
    """The grammar of `EmbeddedReber` with the strings' ends tied to their beginnings.

    A node inside the embedded string also tells whether a T or a P came before it, and so will come after.
    """
    edges: dict[object, dict[str, object]] = {"start": {"B": "embedding"}, "embedding": {}}
    for embedding in "TP":
        edges["embedding"][embedding] = (embedding, 0)
        for state, following in GRAMMAR.items():
            edges[embedding, state] = {symbol: (embedding, to) for symbol, to in following.items()}
        edges[embedding, END] = {embedding: (embedding, "last")}
        edges[embedding, "last"] = {"E": "start"}
    number = {name: i for i, name in enumerate(edges)}
    assert number["start"] == START
    symbol, node = np.zeros((2, 2, len(edges)), np.int32)
    possible = np.zeros((len(ALPHABET), len(edges)), bool)
    for name, following in edges.items():
        choices = [(ALPHABET.index(letter), number[to]) for letter, to in following.items()]
        for choice, (letter, to) in enumerate([choices[0], choices[-1]]):
            symbol[choice, number[name]], node[choice, number[name]] = letter, to
            possible[letter, number[name]] = True
    return Automaton(symbol, node, possible)


@configuration
class ContinualReber:
    """The stream as a finite automaton that every lane steps through symbol by symbol, predicting the next one."""

    targets: Literal["next", "possible"] = "next"
    """Reading: targets are the symbol that comes next, or all that may come."""
    judged_by: Literal["order", "error"] = "order"
    """Reading: a prediction is right when the possible symbols are the most active outputs, or when the errors of all
    outputs are small."""
    tolerance: Annotated[float, Field(gt=0, lt=1)] = 0.49
    """Bound on the absolute errors of all outputs, if `judged_by` is "error"."""

    inputs = outputs = len(ALPHABET)

    def follow(
        self, node: Int[Array, "*lanes"], draw: Float[Array, "*lanes"]
    ) -> tuple[Int[Array, "*lanes"], Int[Array, "*lanes"]]:
        """The next symbol and where it leads, from numbers uniform in [0, 1)."""
        choice = integer(draw, 0, 2)
        first, second = ((_at(table[0], node), _at(table[1], node)) for table in automaton()[:2])
        symbol, new = (jnp.where(choice == 0, *pair) for pair in (first, second))
        return symbol, new

    def over(self, node: Int[Array, "*lanes"]) -> Bool[Array, "*lanes"]:
        """Whether the symbol that led here was the last of a string."""
        return node == START

    def target(self, node: Int[Array, "*lanes"], following: Int[Array, "*lanes"]) -> Bool[Array, "symbols *lanes"]:
        """What the outputs should be, given the symbol that will come."""
        if self.targets == "possible":
            return _possible(node)
        return jnp.arange(self.outputs, dtype=following.dtype).reshape(-1, *(1,) * node.ndim) == following

    def correct(
        self,
        outputs: Float[Array, "symbols *lanes"],
        node: Int[Array, "*lanes"],
        target: Bool[Array, "symbols *lanes"],
    ) -> Bool[Array, "*lanes"]:
        """Whether a prediction of what comes next is right; NaN never is."""
        if self.judged_by == "error":
            return jnp.all(jnp.abs(outputs - target.astype(outputs.dtype)) < self.tolerance, axis=0)
        possible = _possible(node)
        lowest = jnp.min(jnp.where(possible, outputs, jnp.inf), axis=0)
        highest = jnp.max(jnp.where(possible, -jnp.inf, outputs), axis=0)
        return lowest > highest


def _at(table: np.ndarray, node: Array) -> Array:
    return jnp.asarray(table)[node]


def _possible(node: Array) -> Array:
    return jnp.stack([_at(row, node) for row in automaton().possible])
