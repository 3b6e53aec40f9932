"""An LSTM as Flax offers it, trained in one compiled program or by one compiled call per sequence."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jax import lax

from lstm_jax.tasks import Adding, Task
from lstm_jax.types import Array, Float, Int, Sequence

from .training import CELLS, LEARNING_RATE, LENGTH, Contestant

OPTIMIZER = optax.sgd(LEARNING_RATE)
TASK = Adding(length=LENGTH)


class LSTM(nnx.Module):
    """One hidden layer of Flax's LSTM cells and a logistic output unit: 117 weights."""

    def __init__(self, rngs: nnx.Rngs):
        self.hidden = nnx.RNN(nnx.OptimizedLSTMCell(2, CELLS, rngs=rngs))
        self.output = nnx.Linear(CELLS, 1, rngs=rngs)

    def __call__(self, inputs: Float[Array, "time 2"], length: Int[Array, ""]) -> Float[Array, "1"]:
        """The output at a sequence's last step."""
        # With a batch axis, though it is 1: faster than without.
        hidden = self.hidden(inputs[None])[0]
        return nnx.sigmoid(self.output(hidden[length - 1]))


def whole_loop(trials: int, task: Task = TASK) -> Contestant:
    """All sequences of all trials in one compiled program, in plain JAX: the loop of one trial under `jax.vmap`.

    Its state is the weights, `[trials, ...]`, and how many sequences each trial has seen.
    """
    keys = trial_keys(trials)
    graph, weights, rest = jax.jit(jax.vmap(lambda key: nnx.split(LSTM(nnx.Rngs(key)), nnx.Param, ...)))(keys)

    def loss(weights, rest, sequence):
        return half_squared_error(nnx.merge(graph, weights, rest, copy=True), sequence)

    def train(weights, rest, key, start, sequences):
        def body(i, carry):
            weights, optimizer, total = carry
            sequence = task.sample(jax.random.fold_in(key, start + i))
            gradients, error = jax.grad(loss, has_aux=True)(weights, rest, sequence)
            updates, optimizer = OPTIMIZER.update(gradients, optimizer, weights)
            return optax.apply_updates(weights, updates), optimizer, total + error

        weights, _, total = lax.fori_loop(0, sequences, body, (weights, OPTIMIZER.init(weights), jnp.float32(0)))
        return weights, total

    train_all = jax.jit(jax.vmap(train, in_axes=(0, 0, 0, None, None)))

    def advance(state, sequences: int):
        weights, seen = state
        weights, total = train_all(weights, rest, keys, seen, sequences)
        return (weights, seen + sequences), float(total.mean()) / sequences

    return Contestant((weights, 0), advance, _size(weights) // trials)


def step_by_step(task: Task = TASK) -> Contestant:
    """The first of these trials by one call of an `nnx.jit` function per sequence, the loop of Flax's tutorials.

    Its state is the model, which changes in place, and how many sequences it has seen.
    """
    (key,) = trial_keys(1)
    model = LSTM(nnx.Rngs(key))
    optimizer = nnx.Optimizer(model, OPTIMIZER, wrt=nnx.Param)

    @nnx.jit
    def show(model, optimizer, key, number):
        sequence = task.sample(jax.random.fold_in(key, number))
        gradients, error = nnx.grad(partial(half_squared_error, sequence=sequence), has_aux=True)(model)
        optimizer.update(model, gradients)
        return error

    def advance(state, sequences: int):
        model, seen = state
        errors = [show(model, optimizer, key, seen + i) for i in range(sequences)]
        return (model, seen + sequences), float(np.mean([float(error) for error in errors]))

    return Contestant((model, 0), advance, _size(nnx.state(model, nnx.Param)))


def trial_keys(trials: int) -> jax.Array:
    """One key per trial, for its initial weights and its sequences; the same for any number of trials."""
    return jax.vmap(lambda number: jax.random.fold_in(jax.random.key(0), number))(jnp.arange(trials))


def half_squared_error(model: LSTM, sequence: Sequence) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """What is minimised; and the absolute error, to be reported."""
    difference = model(sequence.inputs, sequence.length) - sequence.targets
    return jnp.sum(jnp.square(difference)) / 2, jnp.sum(jnp.abs(difference))


def _size(weights) -> int:
    return sum(w.size for w in jax.tree.leaves(weights))
