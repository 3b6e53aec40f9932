"""The training of a net as a pure state machine: a step shows a sequence, or several, and changes the weights once."""

from typing import Annotated, Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from pydantic import Field

from lstm_jax.configuration import Varies, configuration
from lstm_jax.criteria import Examined, Outcome, mean_error
from lstm_jax.learners import Lessons
from lstm_jax.random import fold_in
from lstm_jax.tasks import data_of, examination
from lstm_jax.types import Array, Bool, Float, Int, Key, Sequence, Weights


class TrainingState(NamedTuple):
    """A net between two presentations. All arrays but `clock` are `[..., *lanes]`."""

    clock: Int[Array, ""]
    """Presentations so far, the same for all lanes that still run."""
    running: Bool[Array, "*lanes"]
    """False once a lane has succeeded or diverged; it is frozen then."""
    key: Key[Array, "*lanes"]
    """Sequence number i is drawn with this key and i, whatever happened before."""
    data: tuple[Any, ...]
    """What the task keeps for a lane, such as its training and its test set; empty for most tasks."""
    weights: Weights
    memory: Any
    """What the learner remembers."""
    criterion: Any
    solved_at: Int[Array, "stages *lanes"]
    """The presentation at which each stage of the criterion was first met; 0 if it was not."""
    solutions: tuple[Weights, ...]
    """The weights at the moment when each stage was first met, one tree per stage."""


class Presentation(NamedTuple):
    """What one step showed, for learning curves: zero for lanes that no longer run."""

    error: Float[Array, "*lanes"]
    wrong: Int[Array, "*lanes"]
    made: Int[Array, "*lanes"]


@configuration
class Training:
    """Everything about training a net: a `Trial` as `lstm_jax.trials.protocol` describes it."""

    unit: ClassVar = "presentations"
    counted: ClassVar = "presentations"
    curves: ClassVar = ("error", "wrong_rate")
    """Names of the curves: the mean error and the share of wrong answers since the last point."""
    curve_type: ClassVar = np.float32

    task: Any
    """What is shown and what counts as correct: a `Task`."""
    network: Any
    """What learns: a `Network`, or another with `init`, `apply` and `weight_count`."""
    learner: Any
    """How its weights change: a `Learner`."""
    criterion: Any
    """When a trial has succeeded: a `Criterion`."""
    weight_range: Annotated[float, Field(gt=0), Varies]
    """r of Table 10: initial weights are uniform in [-r, r)."""

    @property
    def weight_count(self) -> int:
        """Weights of the network."""
        return self.network.weight_count

    @property
    def wide(self) -> bool:
        """Whether the units of one net fill vectors."""
        return self.network.wide

    def data(self, seeds: Int[np.ndarray, "trials"], numbers: Int[np.ndarray, "trials"]) -> tuple[Any, ...]:
        """What the task keeps for each trial, such as its training and its test set; empty for most tasks."""
        return data_of(self.task, seeds, numbers)

    def start(self, keys: Key[Array, "*lanes"], data: tuple[Any, ...] = ()) -> TrainingState:
        """The state before the first presentation.

        Args:
            keys: one typed key per lane, `[*lanes]`; a lane's whole course follows from its key.
            data: what the task keeps for each lane.
        """
        lanes = keys.shape
        weights: Weights = self.network.init(fold_in(keys, 0), self.weight_range)
        stages = len(self.criterion.stages)
        return TrainingState(
            clock=jnp.int32(0),
            running=jnp.ones(lanes, bool),
            key=fold_in(keys, 1),
            data=data,
            weights=weights,
            memory=self.learner.start(self.network, weights, lanes),
            criterion=self.criterion.start(lanes),
            solved_at=jnp.zeros((stages, *lanes), jnp.int32),
            solutions=(weights,) * stages,
        )

    def step(self, state: TrainingState) -> tuple[TrainingState, Presentation]:
        """Let the learner show what it shows at a time to every running lane, and change its weights once."""
        lessons = Lessons(self.task, state.data, state.key, state.clock)
        learned = self.learner.learn(self.network, state.weights, state.memory, lessons)
        old = {"weights": state.weights, "memory": state.memory}
        new = state._replace(**where(state.running, {"weights": learned.weights, "memory": learned.memory}, old))

        correct = self.task.correct(learned.outputs, learned.sequences)
        outcome = self.criterion.outcome(correct, learned.outputs, learned.sequences)
        error, wrong = outcome.error, (~outcome.correct).astype(jnp.int32)
        several = error.ndim > state.running.ndim
        shown = len(error) if several else 1
        criterion, met = (_update_by_each if several else _update)(self, state, new, outcome)
        if several:
            error, wrong = jnp.sum(error, axis=0), jnp.sum(wrong, axis=0)
        first_met = met & (state.solved_at == 0) & state.running
        new = new._replace(
            clock=state.clock + shown,
            running=state.running & ~met[-1] & jnp.isfinite(error),
            criterion=criterion,
            solved_at=jnp.where(first_met, state.clock + shown, state.solved_at),
            solutions=_keep_solutions(first_met, grown(self, new), state.solutions),
        )
        seen = (error, wrong, jnp.full_like(wrong, shown))
        return new, Presentation(*(jnp.where(state.running, x, 0) for x in seen))

    def point(
        self, state: TrainingState, sums: Presentation
    ) -> tuple[Float[np.ndarray, "curves lanes"], Int[np.ndarray, "lanes"]]:
        """Mean error and share of wrong answers of the presentations that were summed, NaN where there were none."""
        error, wrong, made = map(np.asarray, sums)
        with np.errstate(invalid="ignore"):
            return np.stack([error, wrong]) / made, made


EXAMINATIONS = 2**31 - 1
"""Branch of a trial's key that the sequences of its examinations come from; those of presentations have all others."""

TOGETHER = 8
"""Number of sequences of an examination that are shown at the same time. More of them take as long each, and early in
training eight often are enough (3b-3: 392 µs per presentation of 16 lanes with 32, 326 with 8)."""


def _update(trial: Training, state: TrainingState, new: TrainingState, outcome: Outcome, number: int | Array = 0):
    """Let the criterion take in the outcome of one sequence, `number` sequences after the first of this turn."""
    return trial.criterion.update(
        state.criterion, state.clock + number, outcome, lambda *numbers: examine(trial, new, *numbers)
    )


def _update_by_each(trial: Training, state: TrainingState, new: TrainingState, outcomes: Outcome):
    """Let the criterion take in several sequences in turn; a stage met by any of them is met at the end of the turn."""

    def one(number, carry):
        criterion, met = carry
        outcome = jax.tree.map(lambda x: x[number], outcomes)
        criterion, met_now = _update(trial, state._replace(criterion=criterion), new, outcome, number)
        return criterion, met | met_now

    return lax.fori_loop(0, len(outcomes.error), one, (state.criterion, jnp.zeros_like(state.solved_at, bool)))


def grown(trial: Training, state: TrainingState) -> Weights:
    """The weights of the net as it is now: without the cells that have not joined."""
    return trial.learner.grown(state.weights, state.memory)


def examine(trial: Training, state: TrainingState, sequences: int, limit: int) -> Examined:
    """Show many sequences to every lane with its weights held still: fresh ones, or the task's own sets.

    Early in training nearly every net fails at once. So the sequences are shown `TOGETHER` at a time, and no more when
    every running lane has `limit` wrong; then the result says no more than that.
    """
    key = fold_in(fold_in(state.key, EXAMINATIONS), state.clock)
    lane_axes = state.running.ndim
    own = examination(trial.task, state.data)
    if own is not None:
        sequences = own.length.shape[0]
    weights = jax.tree.map(_one_for_all(lane_axes), grown(trial, state))

    def unfinished(carry):
        shown, found = carry
        return (shown < sequences) & jnp.any(state.running & (found.wrong < limit))

    def show(carry):
        shown, found = carry
        number = shown + jnp.arange(TOGETHER)
        if own is None:
            many = _fresh(trial, key, number)
        else:
            chosen = jnp.minimum(number, sequences - 1)
            many = jax.tree.map(lambda x: jnp.take(x, chosen, axis=x.ndim - 1 - lane_axes), own)
        outputs = trial.network.apply(weights, many)
        counts = (number < sequences).reshape(-1, *(1,) * lane_axes)
        wrong = jnp.sum(~trial.task.correct(outputs, many) & counts, axis=0, dtype=jnp.int32)
        error = jnp.sum(jnp.where(counts, mean_error(outputs, many), 0), axis=0) / sequences
        return shown + TOGETHER, Examined(found.wrong + wrong, found.error + error)

    lanes = state.running.shape
    nothing = Examined(jnp.zeros(lanes, jnp.int32), jnp.zeros(lanes, jax.tree.leaves(weights)[0].dtype))
    _, found = lax.while_loop(unfinished, show, (jnp.int32(0), nothing))
    return found


def _fresh(trial: Training, key: Key[Array, "*lanes"], number: Int[Array, "sequences"]) -> Sequence:
    """Fresh sequences by their numbers: `[..., sequences, *lanes]`."""
    keys = jnp.broadcast_to(key, (*number.shape, *key.shape))
    return trial.task.sample(fold_in(keys, number.reshape(-1, *(1,) * key.ndim)))


def test(
    trial: Training, weights: Weights, key: Key[Array, ""], data: tuple[Any, ...], sequences: int
) -> dict[str, Array]:
    """Show fresh random sequences, or the task's own sets, to one trained network (weights without lanes).

    Args:
        trial: whose weights they are; its leaves are single numbers.
        weights: of the network.
        key: decides the fresh sequences.
        data: what the task keeps for this trial.
        sequences: how many are shown.

    Returns:
        `wrong`, how many answers were not correct; `mean_absolute_error` and `mean_squared_error` over all outputs.
    """
    own = examination(trial.task, data)
    many = _fresh(trial, key, jnp.arange(sequences)) if own is None else own
    outputs = trial.network.apply(jax.tree.map(_one_for_all(0), weights), many)
    return {
        "wrong": jnp.sum(~trial.task.correct(outputs, many)),
        "mean_absolute_error": jnp.mean(mean_error(outputs, many)),
        "mean_squared_error": jnp.mean(mean_error(outputs, many, "squared")),
    }


def where(condition: Bool[Array, "*lanes"], new, old):
    """Choose between two trees lane by lane."""
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), new, old)


def _one_for_all(lane_axes: int):
    """Give weights an axis of sequences before the lanes."""
    return lambda w: jnp.expand_dims(w, w.ndim - lane_axes)


def _keep_solutions(first_met: Bool[Array, "stages *lanes"], weights: Weights, solutions: tuple[Weights, ...]):
    """The weights at the moment when a stage was first met; hardly ever is one, and copying takes long."""

    def keep():
        return tuple(where(met, weights, kept) for met, kept in zip(first_met, solutions, strict=True))

    return lax.cond(jnp.any(first_met), keep, lambda: solutions)
