"""An LSTM or a GRU as Flax offers it, trained in one compiled program or by one compiled call per sequence."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jax import lax

from lstm_jax.tasks import Adding, Task
from lstm_jax.types import Array, Float, Int, Sequence

from .training import CELLS, LEARNING_RATE, LENGTH, RATE, Contestant

OPTIMIZER = optax.sgd(LEARNING_RATE)
ADAM = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(RATE))
TASK = Adding(length=LENGTH)
KINDS = {"lstm": nnx.OptimizedLSTMCell, "gru": nnx.GRUCell}


class Net(nnx.Module):
    """One hidden layer of Flax's cells and a logistic output unit: with 4 LSTM cells 117 weights."""

    def __init__(self, rngs: nnx.Rngs, cell: str = "lstm", units: int = CELLS):
        self.hidden = nnx.RNN(KINDS[cell](2, units, rngs=rngs))
        self.output = nnx.Linear(units, 1, rngs=rngs)

    def __call__(self, inputs: Float[Array, "time 2"], length: Int[Array, ""]) -> Float[Array, "1"]:
        """The output at a sequence's last step."""
        # With a batch axis, though it is 1: faster than without.
        hidden = self.hidden(inputs[None])[0]
        return nnx.sigmoid(self.output(hidden[length - 1]))


def whole_loop(
    trials: int, task: Task = TASK, cell: str | None = None, units: int = CELLS, batch: int = 1
) -> Contestant:
    """All sequences of all trials in one compiled program, in plain JAX: the loop of one trial under `jax.vmap`.

    Its state is the weights, `[trials, ...]`, and how many sequences each trial has seen. LSTM cells learn by gradient
    descent as in 1997; those that are named, by Adam.
    """
    keys, descent = trial_keys(trials), ADAM if cell else OPTIMIZER

    def make(key):
        return nnx.split(Net(nnx.Rngs(key), cell or "lstm", units), nnx.Param, ...)

    graph, weights, rest = jax.jit(jax.vmap(make))(keys)

    def loss(weights, rest, sequence):
        return half_squared_error(nnx.merge(graph, weights, rest, copy=True), sequence)

    def mean_loss(weights, rest, many):
        losses, errors = jax.vmap(loss, in_axes=(None, None, 0))(weights, rest, many)
        return jnp.mean(losses), jnp.mean(errors)

    def train(weights, rest, key, start, batches):
        def body(i, carry):
            weights, optimizer, total = carry
            numbers = start + batch * i + jnp.arange(batch)
            many = jax.vmap(lambda number: task.sample(jax.random.fold_in(key, number)))(numbers)
            gradients, error = jax.grad(mean_loss, has_aux=True)(weights, rest, many)
            updates, optimizer = descent.update(gradients, optimizer, weights)
            return optax.apply_updates(weights, updates), optimizer, total + error

        weights, _, total = lax.fori_loop(0, batches, body, (weights, descent.init(weights), jnp.float32(0)))
        return weights, total

    train_all = jax.jit(jax.vmap(train, in_axes=(0, 0, 0, None, None)))

    def advance(state, batches: int):
        weights, seen = state
        weights, total = train_all(weights, rest, keys, seen, batches)
        return (weights, seen + batch * batches), float(total.mean()) / batches

    return Contestant((weights, 0), advance, _size(weights) // trials, batch)


def step_by_step(task: Task = TASK) -> Contestant:
    """The first of these trials by one call of an `nnx.jit` function per sequence, the loop of Flax's tutorials.

    Its state is the model, which changes in place, and how many sequences it has seen.
    """
    (key,) = trial_keys(1)
    model = Net(nnx.Rngs(key))
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


def half_squared_error(model: Net, sequence: Sequence) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """What is minimised; and the absolute error, to be reported."""
    difference = model(sequence.inputs, sequence.length) - sequence.targets
    return jnp.sum(jnp.square(difference)) / 2, jnp.sum(jnp.abs(difference))


def _size(weights) -> int:
    return sum(w.size for w in jax.tree.leaves(weights))
