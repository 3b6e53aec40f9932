"""Weight guessing: draw all weights at random until the net answers every training sequence correctly.

J. Schmidhuber and S. Hochreiter, "Guessing can outperform many long time lag algorithms" (1996); section 1 of "LSTM can
solve hard long time lag problems" (1996); "Evaluating benchmark problems by random guessing" (2001).

Guesses are numbered, and the number decides a guess's weights. Many guesses of a trial are examined side by side, each
with one training sequence after the other; most fail at the first or the second. Where a guess has failed the next
number is taken, so that all slots always work. The search ends when a guess is solved and no smaller number is still
being examined: what it finds does not depend on the number of slots.
"""

from functools import partial
from typing import Annotated, Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from pydantic import Field

from lstm_jax.compiled import kept
from lstm_jax.configuration import Varies, configuration
from lstm_jax.criteria import mean_error
from lstm_jax.errors import InputError
from lstm_jax.networks import Network, NetworkWeights
from lstm_jax.random import fold_in
from lstm_jax.tasks import Task
from lstm_jax.types import Array, Bool, Float, Int, Key, Sequence

NONE = 2**31 - 1
"""Number that stands for no guess."""

TRAINING, TEST, GUESSES = range(3)
"""Branches of a trial's key: those of the training set, of the test set and of the guesses."""

SLOTS = 64
"""Number of guesses of a trial that are examined side by side."""


class Search(NamedTuple):
    """Searches between two presentations. All arrays but `clock` are `[..., *lanes]`."""

    clock: Int[Array, ""]
    """Number of sequences that every slot has been shown."""
    running: Bool[Array, "*lanes"]
    """Whether a guess is being examined that may become the answer."""
    key: Key[Array, "*lanes"]
    """Keys that decide the guesses."""
    data: tuple[Sequence]
    """The training set, `[..., sequences, *lanes]`."""
    next: Int[Array, "*lanes"]
    """The smallest number that no slot has taken."""
    best: Int[Array, "*lanes"]
    """The smallest number of a solved guess; `NONE` if there is none."""
    number: Int[Array, "slots *lanes"]
    """Number of the guess in each slot."""
    passed: Int[Array, "slots *lanes"]
    """Number of training sequences that the guess in each slot has answered correctly."""
    weights: NetworkWeights
    """Weights of the guess in each slot, `[..., slots, *lanes]`."""


@configuration
class Guesser:
    """Everything about a search: a `Trial` as `lstm_jax.trials.protocol` describes it."""

    unit: ClassVar = "presentations"
    counted: ClassVar = "guesses"
    curves: ClassVar = ("guesses",)
    """Name of the curve: the number of guesses so far."""
    curve_type: ClassVar = np.float64

    task: Any
    network: Network
    weight_range: Annotated[float, Field(gt=0), Varies]
    """r: weights are uniform in [-r, r)."""
    training_sequences: Annotated[int, Field(ge=1, le=100_000)]
    """Number of sequences in the training set."""
    balanced: bool
    """Whether the two classes have equally many sequences."""
    budget: Annotated[int, Field(ge=1, le=2_000_000_000), Varies]
    """Number of guesses after which a trial is given up."""

    wide: ClassVar = True
    """True: the slots of one trial fill vectors."""

    @property
    def weight_count(self) -> int:
        """Number of weights of all guesses that are examined side by side."""
        return SLOTS * self.network.weight_count

    def data(self, seeds: Int[np.ndarray, "trials"], numbers: Int[np.ndarray, "trials"]) -> tuple[Sequence]:
        """The training set of each trial."""
        keys = [
            fold_in(fold_in(jax.random.key(int(seed)), int(number)), TRAINING)
            for seed, number in zip(np.broadcast_to(seeds, len(numbers)), numbers, strict=True)
        ]
        each = [sets(self.task, key, self.training_sequences, self.balanced) for key in keys]
        return (jax.tree.map(lambda *parts: np.stack(parts, axis=-1), *each),)

    def start(self, keys: Key[Array, "*lanes"], data: tuple[Sequence]) -> Search:
        """Give the first guesses to the slots."""
        lanes, guesses = keys.shape, fold_in(keys, GUESSES)
        number = jnp.broadcast_to(jnp.arange(SLOTS, dtype=jnp.int32).reshape(-1, *[1] * len(lanes)), (SLOTS, *lanes))
        return Search(
            clock=jnp.int32(0),
            running=jnp.ones(lanes, bool),
            key=guesses,
            data=data,
            next=jnp.full(lanes, SLOTS, jnp.int32),
            best=jnp.full(lanes, NONE, jnp.int32),
            number=number,
            passed=jnp.zeros_like(number),
            weights=draw(self, guesses, number),
        )

    def step(self, state: Search) -> tuple[Search, Int[Array, "*lanes"]]:
        """Show the next sequence of its training set to the guess in every slot."""
        (training,) = state.data
        own = _chosen(training, jnp.minimum(state.passed, self.training_sequences - 1), state.running.ndim)
        correct = self.task.correct(self.network.apply(state.weights, own), own)
        active = state.running & (state.number < jnp.minimum(state.best, self.budget))
        passed = state.passed + correct.astype(jnp.int32)
        solved = active & (passed == self.training_sequences)
        failed = active & ~correct
        number = jnp.where(failed, state.next + jnp.cumsum(failed, axis=0, dtype=jnp.int32) - 1, state.number)
        fresh = draw(self, state.key, number)
        taken = jnp.sum(failed, axis=0, dtype=jnp.int32)
        best = jnp.minimum(state.best, jnp.min(jnp.where(solved, state.number, NONE), axis=0))
        new = state._replace(
            clock=state.clock + 1,
            running=state.running & jnp.any(number < jnp.minimum(best, self.budget), axis=0),
            next=state.next + taken,
            best=best,
            number=number,
            passed=jnp.where(failed, 0, passed),
            weights=jax.tree.map(lambda new, old: jnp.where(failed, new, old), fresh, state.weights),
        )
        return new, taken

    def point(
        self, state: Search, sums: Int[Array, "lanes"]
    ) -> tuple[Float[np.ndarray, "curves lanes"], Int[np.ndarray, "lanes"]]:
        """Guesses so far, and those since the last point."""
        return np.minimum(np.asarray(state.next), self.budget)[None].astype(self.curve_type), np.asarray(sums)


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


@kept
def draw(guesser: Guesser, key: Key[Array, "*#lanes"], number: Int[Array, "*lanes"]) -> NetworkWeights:
    """The weights of the guesses with these numbers, which a key or the key of each lane decides."""
    keys = fold_in(jnp.broadcast_to(key, number.shape), number)
    return guesser.network.init(keys, jnp.broadcast_to(guesser.weight_range, number.shape))


@kept
def examine(guesser: Guesser, weights: NetworkWeights, many: Sequence) -> dict[str, Array]:
    """Show a set `[..., sequences]` to one net (weights without lanes): wrong answers and mean absolute error."""
    outputs = guesser.network.apply(jax.tree.map(lambda w: w[..., None], weights), many)
    return {
        "wrong": jnp.sum(~guesser.task.correct(outputs, many)),
        "mean_absolute_error": jnp.mean(mean_error(outputs, many)),
    }


@partial(kept, static_argnames=("task", "sequences"))
def _sample(task, key, sequences):
    return task.sample(fold_in(jnp.broadcast_to(key, (sequences,)), jnp.arange(sequences)))


def _chosen(training: Sequence, number: Int[Array, "slots *lanes"], lane_axes: int) -> Sequence:
    """The sequence for each slot, `[..., slots, *lanes]`, from each lane's sequences, `[..., sequences, *lanes]`."""

    def of_lane(training: Sequence, number: Int[Array, "slots"]) -> Sequence:
        return jax.tree.map(lambda x: jnp.take(x, number, axis=-1, mode="clip"), training)

    for _ in range(lane_axes):
        of_lane = jax.vmap(of_lane, in_axes=-1, out_axes=-1)
    return of_lane(training, number)
