"""A net on endless streams as a pure state machine: every step shows one symbol to every lane.

A lane is in one of two phases. In a training stream its weights change at every step, until its first wrong prediction
or until the stream has been long enough. Then the weights are held still for a test, streams one after the other that
end likewise. A test ends with the first of its streams that is not predicted to its end: no net is perfect after that.

F. A. Gers, J. Schmidhuber and F. Cummins, "Learning to forget: continual prediction with LSTM" (2000).
"""

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.sharding import Mesh, PartitionSpec

from lstm_jax.gradients import step_gradient
from lstm_jax.gradients.truncated import TRUNCATED
from lstm_jax.networks import Network, NetworkWeights
from lstm_jax.random import fold_in, uniform
from lstm_jax.tasks.continual_reber import START, ContinualReber
from lstm_jax.trials import lanes
from lstm_jax.trials.trial import where
from lstm_jax.types import Array, Bool, Float, Int, Key


@dataclass(frozen=True)
class Stream:
    """Everything about training on streams that is fixed when it is compiled."""

    task: ContinualReber
    network: Network
    learning_rate: float
    """alpha, at the beginning of every training stream; it multiplies the gradient of E/2."""
    learning_rate_decay: float
    """What is left of the learning rate from one step to the next."""
    external_reset: bool
    """Whether states and activations (and the derivatives carried with them) return to zero after every string."""
    training_symbols: int
    """Right predictions after which a training stream ends."""
    test_symbols: int
    """Likewise a test stream."""
    test_streams: int
    """That a perfect net predicts to their ends, with the same weights."""
    training_streams: int
    """After which a net is given up."""


class StreamState(NamedTuple):
    """Nets between two symbols. All arrays but `symbols` are `[..., *lanes]`."""

    symbols: Int[Array, ""]
    """Shown so far, in tests too: one clock for all lanes."""
    running: Bool[Array, "*lanes"]
    """False once a net is perfect or is given up; it is frozen then."""
    key: Key[Array, "*lanes"]
    """What follows symbol number i is drawn with this key and i."""
    weights: NetworkWeights
    memory: Any
    """The cells' carry, and the derivatives that are carried with it."""
    learning_rate: Float[Array, "*lanes"]
    """Of this step of a training stream."""
    symbol: Int[Array, "*lanes"]
    """The one to be shown."""
    place: Int[Array, "*lanes"]
    """In the grammar, with this symbol."""
    length: Int[Array, "*lanes"]
    """Right predictions in this stream."""
    test: Int[Array, "*lanes"]
    """Which stream of a test it is, from 1; 0: a training stream."""
    streams: Int[Array, "*lanes"]
    """Training streams, this one included."""
    trained: Int[Array, "*lanes"]
    """Right predictions in all training streams that have ended."""
    perfect: Bool[Array, "*lanes"]
    """Whether a test was passed."""
    tested: Int[Array, "*lanes"]
    """Right predictions in this test, in its streams that have ended."""
    best: Int[Array, "*lanes"]
    """Right predictions in the longest test there was."""
    best_weights: NetworkWeights
    """Those that were tested then."""


def start(stream: Stream, key: Key[Array, "*lanes"], weight_range: Float[Array, "*lanes"]) -> StreamState:
    """The state before the first symbol.

    Args:
        stream: what to run.
        key: one typed key per lane; a lane's whole course follows from it.
        weight_range: initial weights are uniform in [-weight_range, weight_range).
    """
    shape = key.shape
    weights: NetworkWeights = stream.network.init(fold_in(key, 0), weight_range)
    nothing, no = jnp.zeros(shape, jnp.int32), jnp.zeros(shape, bool)
    symbol, place = _beginning(stream, shape)
    return StreamState(
        symbols=jnp.int32(0),
        running=~no,
        key=fold_in(key, 1),
        weights=weights,
        memory=TRUNCATED.start(stream.network.cell, weights.hidden, shape),
        learning_rate=jnp.full_like(weight_range, stream.learning_rate),
        symbol=symbol,
        place=place,
        length=nothing,
        test=nothing,
        streams=nothing + 1,
        trained=nothing,
        perfect=no,
        tested=nothing,
        best=nothing,
        best_weights=weights,
    )


def show(stream: Stream, state: StreamState) -> StreamState:
    """Show one symbol to every lane; where it is of a training stream, change the weights."""
    task, testing = stream.task, state.test > 0
    following, place = task.follow(state.place, uniform(fold_in(state.key, state.symbols), 1)[0])
    target = task.target(state.place, following)
    memory, outputs, gradient = step_gradient(
        TRUNCATED, stream.network, state.weights, state.memory, state.symbol, target
    )
    changed = jax.tree.map(lambda w, g: w - state.learning_rate * g, state.weights, gradient)
    weights = where(state.running & ~testing, changed, state.weights)

    right = task.correct(outputs, state.place, target)
    length = state.length + right.astype(jnp.int32)
    complete = state.running & (length >= jnp.where(testing, stream.test_symbols, stream.training_symbols))
    ended = complete | (state.running & ~right)
    # A test follows every training stream; it goes on with its next stream only if this one was complete.
    test_over = testing & ended & (~complete | (state.test == stream.test_streams))
    perfect = test_over & complete
    given_up = test_over & ~complete & (state.streams >= stream.training_streams)
    tested = state.tested + jnp.where(testing & ended, length, 0)
    better = test_over & (tested > state.best)

    resets = ended | task.over(state.place) if stream.external_reset else ended
    nothing = jax.tree.map(jnp.zeros_like, memory)
    decayed = state.learning_rate * stream.learning_rate_decay
    first_symbol, first_place = _beginning(stream, state.running.shape)
    return StreamState(
        symbols=state.symbols + 1,
        running=state.running & ~perfect & ~given_up,
        key=state.key,
        weights=weights,
        memory=where(resets, nothing, memory),
        learning_rate=jnp.where(ended, jnp.full_like(decayed, stream.learning_rate), decayed),
        symbol=jnp.where(ended, first_symbol, following),
        place=jnp.where(ended, first_place, place),
        length=jnp.where(ended, 0, length),
        test=jnp.where(test_over, 0, state.test + ended.astype(jnp.int32)),
        streams=state.streams + (test_over & ~perfect & ~given_up).astype(jnp.int32),
        trained=state.trained + jnp.where(ended & ~testing, length, 0),
        perfect=state.perfect | perfect,
        tested=jnp.where(test_over, 0, tested),
        best=jnp.where(better, tested, state.best),
        best_weights=_keep(better, weights, state.best_weights),
    )


def test(stream: Stream, weights: NetworkWeights, key: Key[Array, ""]) -> Int[Array, "streams"]:
    """Show fresh test streams to one trained net (weights without lanes), with its weights held still.

    Returns:
        Right predictions in each stream, before its first wrong one or up to `test_symbols`.
    """
    task, cell, streams = stream.task, stream.network.cell, (stream.test_streams,)
    weights = jax.tree.map(lambda w: w[..., None], weights)
    keys = fold_in(jnp.broadcast_to(key, streams), jnp.arange(stream.test_streams))
    before = cell.initial_carry(streams, jax.tree.leaves(weights)[0].dtype)

    def unfinished(state):
        step, length, *_ = state
        return (step < stream.test_symbols) & jnp.any(length == step)

    def show_next(state):
        step, length, carry, symbol, place = state
        carry, shown = cell.step(weights.hidden, carry, symbol)
        following, led_to = task.follow(place, uniform(fold_in(keys, step), 1)[0])
        outputs = stream.network.output(weights, symbol, shown)
        right = task.correct(outputs, place, task.target(place, following))
        length = length + (right & (length == step)).astype(jnp.int32)
        if stream.external_reset:
            carry = where(task.over(place), before, carry)
        return step + 1, length, carry, following, led_to

    begun = (jnp.int32(0), jnp.zeros(streams, jnp.int32), before, *_beginning(stream, streams))
    return lax.while_loop(unfinished, show_next, begun)[1]


def begin(stream: Stream, seed: int, weight_range: float, nets: int, over: Mesh) -> StreamState:
    """Start the nets of a seed, one in each lane. Lanes are padded to `lanes.width`; the padding does not run."""
    index, running = lanes.padded(nets, over)
    state = _start(stream, np.int32(seed), np.int32(index), np.full(index.shape, weight_range, np.float32))
    return lanes.place(state._replace(running=running), over)


def advance(stream: Stream, state: StreamState, symbols: int, over: Mesh) -> StreamState:
    """Show up to `symbols` symbols to every lane in one compiled call. `state` is given up (its buffers are reused).

    The clock moves on by `symbols` in any case.
    """
    return _advance(stream, state, jnp.int32(symbols), over)


@partial(jax.jit, static_argnames="stream")
def _start(stream, seed, numbers, weight_range):
    return start(stream, lanes.trial_key(seed, numbers), weight_range)


@partial(jax.jit, static_argnames=("stream", "over"), donate_argnames="state")
def _advance(stream, state, symbols, over):
    def one_shard(state, symbols):
        end = state.symbols + symbols

        def unfinished(state):
            return (state.symbols < end) & jnp.any(state.running)

        return lax.while_loop(unfinished, partial(show, stream), state)._replace(symbols=end)

    specs = lanes.specs(state)
    # check_vma: the loop ends when the shard's own lanes have finished, which its types cannot express.
    run = jax.shard_map(one_shard, mesh=over, in_specs=(specs, PartitionSpec()), out_specs=specs, check_vma=False)
    return run(state, symbols)


def _beginning(stream: Stream, shape: tuple[int, ...]) -> tuple[Int[Array, "*lanes"], Int[Array, "*lanes"]]:
    """The first symbol of a stream and where it leads."""
    return stream.task.follow(jnp.full(shape, START, jnp.int32), jnp.zeros(shape))


def _keep(better: Bool[Array, "*lanes"], weights: NetworkWeights, best: NetworkWeights) -> NetworkWeights:
    """The weights of the longest test; copying takes long, and hardly any step ends one."""
    return lax.cond(jnp.any(better), lambda: where(better, weights, best), lambda: best)
