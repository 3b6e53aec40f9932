"""A trial as a pure state machine: every presentation shows one sequence and changes the weights once."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import lax

from lstm_jax.baselines import CascadeCorrelation, Chunker, Learner, chunker
from lstm_jax.construction import Construction, visible
from lstm_jax.criteria import Criterion, Examined, Outcome, mean_error
from lstm_jax.gradients import FORWARD, GRADIENTS, online
from lstm_jax.networks import Network
from lstm_jax.random import fold_in
from lstm_jax.tasks import FiniteTask, Task
from lstm_jax.types import Array, Bool, Float, Int, Key, Sequence, Weights
from lstm_jax.varying import below, given


@dataclass(frozen=True)
class Trial:
    """Everything about a trial that is fixed when it is compiled."""

    task: Task
    network: Network | Chunker | CascadeCorrelation
    gradient: str
    criterion: Criterion
    weight_change: Literal["sequence", "step"] = "sequence"
    """When weights change: after every sequence, or after every step where there is an error."""
    construction: Construction | None = None
    """Whether and when cells join later; None: all are there from the start."""
    horizon: int | None = None
    """With `gradient` "bptt": through how many steps an error is propagated; None: all."""


RULES: dict[str, Callable[..., tuple[Weights, Array]]] = GRADIENTS | {"chunker": chunker.gradient}
"""Every rule that a trial may learn by, by its name."""

ONLINE: dict[str, Callable[..., tuple[Weights, Array]]] = {
    name: partial(online, rule) for name, rule in FORWARD.items()
} | {"chunker": chunker.online}
"""Those with which weights may change at every step."""


class Hyperparameters(NamedTuple):
    """What may differ from lane to lane without compiling again."""

    learning_rate: Float[Array, "*lanes"]
    """alpha: it multiplies the gradient of E/2."""
    weight_range: Float[Array, "*lanes"]
    """r: initial weights are uniform in [-r, r]."""
    others: dict[str, Any] = {}  # noqa: RUF012, nobody changes it
    """Numbers that the trial is compiled without (see `varying`), by their path: each `[*lanes]`."""


class TrialState(NamedTuple):
    """A trial between two presentations. All arrays but `presentations` are `[..., *lanes]`."""

    presentations: Int[Array, ""]
    """How many there have been: one clock for all lanes that still run."""
    running: Bool[Array, "*lanes"]
    """False once a lane has succeeded or diverged; it is frozen then."""
    key: Key[Array, "*lanes"]
    """Sequence number i is drawn with this key and i, whatever happened before."""
    hyperparameters: Hyperparameters
    data: tuple[Any, ...]
    """What the task keeps for a lane, such as its training and its test set; empty for most tasks."""
    weights: Weights
    optimizer: Any
    criterion: Any
    construction: Any
    solved_at: Int[Array, "stages *lanes"]
    """The presentation at which each stage of the criterion was first met; 0 if it was not."""
    solutions: tuple[Weights, ...]
    """For each stage the weights at that moment."""


class Presentation(NamedTuple):
    """What one presentation showed, for learning curves: zero for lanes that no longer run."""

    error: Float[Array, "*lanes"]
    wrong: Int[Array, "*lanes"]
    made: Int[Array, "*lanes"]


EXAMINATIONS = 2**31 - 1
"""Branch of a trial's key that the sequences of its examinations come from; presentations are the others."""

TOGETHER = 32
"""Sequences of an examination that are shown at the same time."""


def start(
    trial: Trial, keys: Key[Array, "*lanes"], hyperparameters: Hyperparameters, data: tuple[Any, ...] = ()
) -> TrialState:
    """The state before the first presentation.

    Args:
        trial: what to run.
        keys: one typed key per lane, `[*lanes]`; a lane's whole course follows from its key.
        hyperparameters: each `[*lanes]`.
        data: what the task keeps for each lane.
    """
    trial = given(trial, hyperparameters.others)
    lanes, network = keys.shape, trial.network
    weights: Weights = network.init(fold_in(keys, 0), hyperparameters.weight_range)
    stages = len(trial.criterion.stages)
    return TrialState(
        presentations=jnp.int32(0),
        running=jnp.ones(lanes, bool),
        key=fold_in(keys, 1),
        hyperparameters=hyperparameters,
        data=data,
        weights=weights,
        optimizer=network.begin(weights) if isinstance(network, Learner) else _optimizer(hyperparameters).init(weights),
        criterion=trial.criterion.start(lanes),
        construction=trial.construction.start(lanes) if trial.construction else (),
        solved_at=jnp.zeros((stages, *lanes), jnp.int32),
        solutions=(weights,) * stages,
    )


def present(trial: Trial, state: TrialState) -> tuple[TrialState, Presentation]:
    """Show one random sequence to every running lane, or to a `Learner` all there are, and change its weights once."""
    trial = dataclasses.replace(trial, task=given(trial.task, below(state.hyperparameters.others, "task")))
    key = fold_in(state.key, state.presentations)
    if isinstance(trial.network, Learner):
        assert isinstance(trial.task, FiniteTask)
        sequence = trial.task.training(*state.data)
        shown = sequence.length.shape[0]
        weights, memory, outputs = trial.network.learn(
            state.weights,
            state.optimizer,
            sequence,
            key,
            state.hyperparameters.learning_rate,
            state.hyperparameters.weight_range,
        )
        new = state._replace(weights=weights, optimizer=memory)
    else:
        sequence, shown = trial.task.sample(key, *state.data), 1
        new, outputs = _descended(trial, state, sequence)
    new = new._replace(**where(state.running, _learned(new), _learned(state)))

    outcome = trial.criterion.outcome(trial.task.correct(outputs, sequence), outputs, sequence)
    error, wrong = outcome.error, (~outcome.correct).astype(jnp.int32)
    if isinstance(trial.network, Learner):
        error, wrong = jnp.sum(error, axis=0), jnp.sum(wrong, axis=0)
        outcome = Outcome(wrong == 0, error / shown)
    if trial.construction:
        construction = trial.construction.update(state.construction, state.presentations, outputs, sequence)
        new = new._replace(construction=where(state.running, construction, state.construction))
    criterion, met = trial.criterion.update(
        state.criterion, state.presentations + shown - 1, outcome, lambda *numbers: examine(trial, new, *numbers)
    )
    first_met = met & (state.solved_at == 0) & state.running
    new = new._replace(
        presentations=state.presentations + shown,
        running=state.running & ~met[-1] & jnp.isfinite(error),
        criterion=criterion,
        solved_at=jnp.where(first_met, state.presentations + shown, state.solved_at),
        solutions=_keep_solutions(first_met, grown(trial, new), state.solutions),
    )
    seen = (error, wrong, jnp.full_like(wrong, shown))
    return new, Presentation(*(jnp.where(state.running, x, 0) for x in seen))


def _descended(trial: Trial, state: TrialState, sequence: Sequence) -> tuple[TrialState, Array]:
    """Learn from one sequence by a gradient; the outputs are those before the change, or with it at every step."""
    if trial.weight_change == "step" and sequence.target_mask is not None:
        gradients, outputs = ONLINE[trial.gradient](
            trial.network,
            state.weights,
            sequence,
            lambda total: grown(trial, _descend(trial, state, total)),
        )
    else:
        rule = RULES[trial.gradient]
        if trial.horizon is not None:
            rule = partial(rule, horizon=trial.horizon)
        gradients, outputs = rule(trial.network, grown(trial, state), sequence)
    return _descend(trial, state, gradients), outputs


def _descend(trial: Trial, state: TrialState, gradients: Weights) -> TrialState:
    """Change the weights; cells that have not joined stay as they are."""
    if trial.construction:
        gradients = visible(gradients, state.construction.joined)
    updates, optimizer = _optimizer(state.hyperparameters).update(gradients, state.optimizer, state.weights)
    return state._replace(weights=optax.apply_updates(state.weights, updates), optimizer=optimizer)


def _learned(state: TrialState) -> dict[str, Any]:
    """What learning changes."""
    return {"weights": state.weights, "optimizer": state.optimizer}


def grown(trial: Trial, state: TrialState) -> Weights:
    """The weights of the net as it is now: without the cells that have not joined."""
    return visible(state.weights, state.construction.joined) if trial.construction else state.weights


def examine(trial: Trial, state: TrialState, sequences: int, limit: int) -> Examined:
    """Show many sequences to every lane with its weights held still: fresh ones, or the task's own sets.

    Early in training nearly every net fails at once. So the sequences are shown `TOGETHER` at a time, and no more when
    every running lane has `limit` wrong; then the result says no more than that.
    """
    key = fold_in(fold_in(state.key, EXAMINATIONS), state.presentations)
    lane_axes = state.running.ndim
    own = trial.task.examination(*state.data) if isinstance(trial.task, FiniteTask) else None
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


def _fresh(trial: Trial, key: Key[Array, "*lanes"], number: Int[Array, "sequences"]) -> Sequence:
    """Fresh sequences by their numbers: `[..., sequences, *lanes]`."""
    keys = jnp.broadcast_to(key, (*number.shape, *key.shape))
    return trial.task.sample(fold_in(keys, number.reshape(-1, *(1,) * key.ndim)))


def test(
    trial: Trial,
    weights: Weights,
    key: Key[Array, ""],
    data: tuple[Any, ...],
    sequences: int,
    others: dict[str, Any],
) -> dict[str, Array]:
    """Show fresh random sequences, or the task's own sets, to one trained network (weights without lanes).

    Args:
        trial: what was trained.
        weights: of the network.
        key: that fresh sequences come from.
        data: what the task keeps for this trial.
        sequences: how many are shown.
        others: as in `Hyperparameters`, without lanes.

    Returns:
        `wrong`, how many answers were not correct; `mean_absolute_error` and `mean_squared_error` over all outputs.
    """
    trial = dataclasses.replace(trial, task=given(trial.task, below(others, "task")))
    if isinstance(trial.task, FiniteTask):
        many = trial.task.examination(*data)
    else:
        many = _fresh(trial, key, jnp.arange(sequences))
    outputs = trial.network.apply(jax.tree.map(_one_for_all(0), weights), many)
    return {
        "wrong": jnp.sum(~trial.task.correct(outputs, many)),
        "mean_absolute_error": jnp.mean(mean_error(outputs, many)),
        "mean_squared_error": jnp.mean(mean_error(outputs, many, "squared")),
    }


def where(condition: Bool[Array, "*lanes"], new, old):
    """Choose between two trees lane by lane."""
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), new, old)


def _optimizer(hyperparameters: Hyperparameters) -> optax.GradientTransformation:
    """Plain gradient descent, one learning rate per lane."""
    return optax.sgd(hyperparameters.learning_rate)


def _one_for_all(lane_axes: int):
    """Give weights an axis of sequences before the lanes."""
    return lambda w: jnp.expand_dims(w, w.ndim - lane_axes)


def _keep_solutions(first_met: Bool[Array, "stages *lanes"], weights: Weights, solutions: tuple[Weights, ...]):
    """The weights at the moment when a stage was first met; hardly ever is one, and copying takes long."""

    def keep():
        return tuple(where(met, weights, kept) for met, kept in zip(first_met, solutions, strict=True))

    return lax.cond(jnp.any(first_met), keep, lambda: solutions)
