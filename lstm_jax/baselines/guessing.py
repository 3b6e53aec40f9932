"""Weight guessing: draw all weights at random until the net answers every training sequence correctly.

J. Schmidhuber and S. Hochreiter, "Guessing can outperform many long time lag algorithms" (1996); section 1 of "LSTM can
solve hard long time lag problems" (1996); "Evaluating benchmark problems by random guessing" (2001).

Guesses are numbered, and the number decides a guess's weights. A lane examines one guess, one training sequence after
the other; most fail at the first or the second. A lane whose guess has failed takes the next number, so that all lanes
always work. The search ends when a guess is solved and no smaller number is still being examined: what it finds does
not depend on the number of lanes.
"""

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from lstm_jax.criteria import mean_error
from lstm_jax.errors import InputError
from lstm_jax.networks import Network, NetworkWeights
from lstm_jax.random import fold_in
from lstm_jax.tasks import Task
from lstm_jax.types import Array, Int, Key, Sequence

NONE = 2**31 - 1
"""No guess has this number."""

TRAINING, TEST, GUESSES = range(3)
"""Branches of a trial's key."""


@dataclass(frozen=True)
class Guesser:
    """Everything that is fixed when a search is compiled."""

    task: Task
    network: Network
    weight_range: float
    """r: weights are uniform in [-r, r)."""


class Search(NamedTuple):
    """A search between two presentations."""

    next: Int[Array, ""]
    """The smallest number that no lane has taken."""
    best: Int[Array, ""]
    """The smallest number of a solved guess; `NONE` if there is none."""
    number: Int[Array, "lanes"]
    """Of each lane's guess."""
    passed: Int[Array, "lanes"]
    """How many training sequences the guess has answered correctly."""
    weights: NetworkWeights


def sets(task: Task, key: Key[Array, ""], sequences: int, balanced: bool) -> Sequence:
    """Draw a set of sequences `[..., sequences]`.

    Args:
        task: without sets of its own.
        key: decides the set.
        sequences: how many; even, if balanced.
        balanced: whether the two classes take turns; else sequences are as the task draws them.

    Raises:
        InputError: there are not two classes, or one is too rare.
    """
    drawn = 2 * sequences + 64 if balanced else sequences
    many = _sample(task, key, drawn)
    if not balanced:
        return many
    targets = np.asarray(many.targets if many.expected is None else many.expected)
    classes = [np.flatnonzero(targets[0] == target)[: sequences // 2] for target in np.unique(targets[0])[::-1]]
    if len(classes) != 2 or {len(members) for members in classes} != {sequences // 2}:
        raise InputError(
            f"task is {type(task).__name__}: sets with as many sequences of each class need two classes that are "
            f"about equally probable and an even number of sequences, not {sequences}."
        )
    chosen = np.stack(classes, axis=1).reshape(-1)
    return jax.tree.map(lambda x: x[..., chosen], many)


@partial(jax.jit, static_argnames="guesser")
def draw(guesser: Guesser, key: Key[Array, ""], number: Int[Array, "*lanes"]) -> NetworkWeights:
    """The weights of the guesses with these numbers."""
    keys = fold_in(jnp.broadcast_to(key, number.shape), number)
    return guesser.network.init(keys, jnp.full(number.shape, guesser.weight_range))


@partial(jax.jit, static_argnames=("guesser", "lanes"))
def start(guesser: Guesser, key: Key[Array, ""], lanes: int) -> Search:
    """Give the first guesses to the lanes."""
    number = jnp.arange(lanes, dtype=jnp.int32)
    nothing = jnp.zeros_like(number)
    weights = draw(guesser, key, number)
    return Search(jnp.int32(lanes), jnp.int32(NONE), number, nothing, weights)


def advance(
    guesser: Guesser, key: Key[Array, ""], training: Sequence, search: Search, budget: int, presentations: int
) -> Search:
    """Show up to so many sequences to every lane, less if the search ends.

    Args:
        guesser: what to guess.
        key: decides the guesses.
        training: the set, `[..., sequences]`.
        search: from `start` or from here.
        budget: guesses with this number or a larger one do not count.
        presentations: the most sequences for one lane.

    Returns:
        The search as it then stands; see `ended`.
    """
    return _advance(guesser, key, training, search, jnp.int32(budget), jnp.int32(presentations))


def ended(search: Search, budget: int) -> bool:
    """Whether `best` is the answer: no smaller number, and none within the budget, is still being examined."""
    return not bool(jnp.any(_active(search, jnp.int32(budget))))


@partial(jax.jit, static_argnames="guesser")
def examine(guesser: Guesser, weights: NetworkWeights, many: Sequence) -> dict[str, Array]:
    """Show a set `[..., sequences]` to one net (weights without lanes): wrong answers and mean absolute error."""
    outputs = guesser.network.apply(jax.tree.map(lambda w: w[..., None], weights), many)
    return {
        "wrong": jnp.sum(~guesser.task.correct(outputs, many)),
        "mean_absolute_error": jnp.mean(mean_error(outputs, many)),
    }


@partial(jax.jit, static_argnames="guesser")
def _advance(guesser, key, training, search, budget, presentations) -> Search:
    sequences = training.length.shape[0]

    def unfinished(carry):
        i, search = carry
        return (i < presentations) & jnp.any(_active(search, budget))

    def present(carry):
        i, search = carry
        shown = jnp.minimum(search.passed, sequences - 1)
        own = jax.tree.map(lambda x: jnp.take(x, shown, axis=-1, mode="clip"), training)
        correct = guesser.task.correct(guesser.network.apply(search.weights, own), own)
        active = _active(search, budget)
        passed = search.passed + correct.astype(jnp.int32)
        solved = active & (passed == sequences)
        failed = active & ~correct
        number = jnp.where(failed, search.next + jnp.cumsum(failed, dtype=jnp.int32) - 1, search.number)
        fresh = draw(guesser, key, number)
        return i + 1, Search(
            next=search.next + jnp.sum(failed, dtype=jnp.int32),
            best=jnp.minimum(search.best, jnp.min(jnp.where(solved, search.number, NONE))),
            number=number,
            passed=jnp.where(failed, 0, passed),
            weights=jax.tree.map(lambda new, old: jnp.where(failed, new, old), fresh, search.weights),
        )

    return lax.while_loop(unfinished, present, (jnp.int32(0), search))[1]


@partial(jax.jit, static_argnames=("task", "sequences"))
def _sample(task, key, sequences):
    return task.sample(fold_in(jnp.broadcast_to(key, (sequences,)), jnp.arange(sequences)))


def _active(search: Search, budget):
    return search.number < jnp.minimum(search.best, budget)
