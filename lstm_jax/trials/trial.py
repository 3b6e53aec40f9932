"""A trial as a pure state machine: every presentation shows one sequence and changes the weights once."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lstm_jax.criteria import Window
from lstm_jax.gradients import GRADIENTS
from lstm_jax.networks import Network
from lstm_jax.random import fold_in
from lstm_jax.tasks import Task
from lstm_jax.types import Array, Bool, Float, Int, Key, PRNGKeyArray, Weights


@dataclass(frozen=True)
class Trial:
    """Everything about a trial that is fixed when it is compiled."""

    task: Task
    network: Network
    gradient: str
    criterion: Window


class Hyperparameters(NamedTuple):
    """What may differ from lane to lane without compiling again."""

    learning_rate: Float[Array, "*lanes"]
    """alpha: it multiplies the gradient of E/2."""
    weight_range: Float[Array, "*lanes"]
    """r: initial weights are uniform in [-r, r]."""


class TrialState(NamedTuple):
    """A trial between two presentations. All arrays but `presentations` are `[..., *lanes]`."""

    presentations: Int[Array, ""]
    """How many there have been: one clock for all lanes that still run."""
    running: Bool[Array, "*lanes"]
    """False once a lane has succeeded or diverged; it is frozen then."""
    key: Key[Array, "*lanes"]
    """Sequence number i is drawn with this key and i, whatever happened before."""
    hyperparameters: Hyperparameters
    weights: Weights
    optimizer: Any
    criterion: Any
    solved_at: Int[Array, "stages *lanes"]
    """The presentation at which each stage of the criterion was first met; 0 if it was not."""
    solutions: tuple[Weights, ...]
    """For each stage the weights at that moment."""


class Presentation(NamedTuple):
    """What one presentation showed, for learning curves: zero for lanes that no longer run."""

    error: Float[Array, "*lanes"]
    wrong: Int[Array, "*lanes"]
    made: Int[Array, "*lanes"]


def start(trial: Trial, keys: Key[Array, "*lanes"], hyperparameters: Hyperparameters) -> TrialState:
    """The state before the first presentation.

    Args:
        trial: what to run.
        keys: one typed key per lane, `[*lanes]`; a lane's whole course follows from its key.
        hyperparameters: each `[*lanes]`.
    """
    lanes = keys.shape
    weights: Weights = trial.network.init(fold_in(keys, 0), hyperparameters.weight_range)
    stages = len(trial.criterion.stages)
    return TrialState(
        presentations=jnp.int32(0),
        running=jnp.ones(lanes, bool),
        key=fold_in(keys, 1),
        hyperparameters=hyperparameters,
        weights=weights,
        optimizer=_optimizer(hyperparameters).init(weights),
        criterion=trial.criterion.start(lanes),
        solved_at=jnp.zeros((stages, *lanes), jnp.int32),
        solutions=(weights,) * stages,
    )


def present(trial: Trial, state: TrialState) -> tuple[TrialState, Presentation]:
    """Show one random sequence to every running lane and change its weights once."""
    sequence = trial.task.sample(fold_in(state.key, state.presentations))
    gradients, outputs = GRADIENTS[trial.gradient](trial.network, state.weights, sequence)
    updates, optimizer = _optimizer(state.hyperparameters).update(gradients, state.optimizer, state.weights)
    weights = optax.apply_updates(state.weights, updates)

    outcome = trial.criterion.outcome(trial.task.correct(outputs, sequence), outputs, sequence.targets)
    criterion, met = trial.criterion.update(state.criterion, state.presentations, outcome)
    first_met = met & (state.solved_at == 0) & state.running
    weights, optimizer = where(state.running, (weights, optimizer), (state.weights, state.optimizer))
    new = state._replace(
        presentations=state.presentations + 1,
        running=state.running & ~met[-1] & jnp.isfinite(outcome.error),
        weights=weights,
        optimizer=optimizer,
        criterion=criterion,
        solved_at=jnp.where(first_met, state.presentations + 1, state.solved_at),
        solutions=tuple(where(first_met[i], weights, kept) for i, kept in enumerate(state.solutions)),
    )
    made = state.running.astype(jnp.int32)
    return new, Presentation(jnp.where(state.running, outcome.error, 0), jnp.where(outcome.correct, 0, made), made)


def test(trial: Trial, weights: Weights, key: PRNGKeyArray, sequences: int) -> dict[str, Array]:
    """Show fresh random sequences to one trained network (weights without lanes).

    Returns:
        `wrong`, how many answers were not correct; `mean_absolute_error` and `mean_squared_error` over all outputs.
    """
    many = trial.task.sample(jax.random.split(key, sequences))
    outputs = trial.network.apply(jax.tree.map(lambda w: w[..., None], weights), many)
    difference = outputs - many.targets
    return {
        "wrong": jnp.sum(~trial.task.correct(outputs, many)),
        "mean_absolute_error": jnp.mean(jnp.abs(difference)),
        "mean_squared_error": jnp.mean(jnp.square(difference)),
    }


def where(condition: Bool[Array, "*lanes"], new, old):
    """Choose between two trees lane by lane."""
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), new, old)


def _optimizer(hyperparameters: Hyperparameters) -> optax.GradientTransformation:
    """Plain gradient descent, one learning rate per lane."""
    return optax.sgd(hyperparameters.learning_rate)
