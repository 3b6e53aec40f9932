"""A net on endless streams as a pure state machine: every step shows one symbol to every lane.

A lane is in one of two phases. In a training stream its weights change at every step, until its first wrong prediction
or until the stream has been long enough. Then the weights are held still for a test: streams one after the other, which
end in the same way. A test ends with the first of its streams that is not predicted to its end: no net is perfect after
that.

F. A. Gers, J. Schmidhuber and F. Cummins, "Learning to forget: continual prediction with LSTM" (2000).
"""

from typing import Annotated, Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax
from pydantic import Field

from lstm_jax.configuration import Varies, configuration
from lstm_jax.errors import InputError
from lstm_jax.gradients import step_gradient
from lstm_jax.gradients.truncated import TRUNCATED
from lstm_jax.learners.optimizers import Optimizer
from lstm_jax.networks import Network, NetworkWeights
from lstm_jax.random import fold_in, uniform
from lstm_jax.tasks.continual_reber import START, ContinualReber
from lstm_jax.trials.training import where
from lstm_jax.types import Array, Bool, Float, Int, Key


class StreamState(NamedTuple):
    """Nets between two symbols. All arrays but `clock` are `[..., *lanes]`."""

    clock: Int[Array, ""]
    """Symbols shown so far, in tests too, the same for all lanes that still run."""
    running: Bool[Array, "*lanes"]
    """False once a net is perfect or is given up; it is frozen then."""
    key: Key[Array, "*lanes"]
    """What follows symbol number i is drawn with this key and i."""
    data: tuple[()]
    weights: NetworkWeights
    memory: Any
    """The cells' carry, and the derivatives that are carried with it."""
    optimizer: Any
    """What the optimizer remembers; it forgets everything when a stream ends."""
    symbol: Int[Array, "*lanes"]
    """The symbol that is shown next."""
    node: Int[Array, "*lanes"]
    """The node of the grammar that this symbol leads to."""
    length: Int[Array, "*lanes"]
    """Number of right predictions in this stream."""
    test: Int[Array, "*lanes"]
    """Number of this stream in its test, from 1; 0 for a training stream."""
    streams: Int[Array, "*lanes"]
    """Number of training streams so far, the last one included."""
    trained: Int[Array, "*lanes"]
    """Number of right predictions in all training streams that have ended."""
    perfect: Bool[Array, "*lanes"]
    """Whether a test was passed."""
    tested: Int[Array, "*lanes"]
    """Number of right predictions in those streams of this test that have ended."""
    best: Int[Array, "*lanes"]
    """Number of right predictions in the longest test there was."""
    best_weights: NetworkWeights
    """The weights that were tested in the longest test."""


@configuration
class Stream:
    """Everything about a net on endless streams: a `Trial` as `lstm_jax.trials.protocol` describes it."""

    unit: ClassVar = "symbols"
    counted: ClassVar = "symbols"
    curves: ClassVar = ("streams", "trained")
    """Names of the curves: training streams, and right predictions in those that have ended."""
    curve_type: ClassVar = np.float64
    """The dtype of the curves, whose counts float32 cannot hold."""

    task: ContinualReber
    network: Network
    optimizer: Optimizer
    """How weights change by the gradient of E/2 of every step; it starts anew with every stream."""
    weight_range: Annotated[float, Field(gt=0), Varies]
    """Initial weights are uniform in [-weight_range, weight_range); biases as the network says."""
    external_reset: bool
    """Whether states and activations (and the derivatives carried with them) return to zero after every string."""
    training_symbols: Annotated[int, Field(ge=1, lt=2**31)]
    """Number of right predictions after which a training stream ends."""
    test_symbols: Annotated[int, Field(ge=1, lt=2**31)]
    """Number of right predictions after which a test stream ends."""
    test_streams: Annotated[int, Field(ge=1, le=1000)]
    """Number of streams that a perfect net predicts to their ends, with the same weights."""
    training_streams: Annotated[int, Field(ge=1, lt=2**31)]
    """Number of training streams after which a net is given up."""

    def __post_init__(self) -> None:
        if self.test_streams * self.test_symbols >= 2**31:
            raise InputError(
                f"test_symbols is {self.test_symbols}: with {self.test_streams} test streams it should be less than "
                f"{2**31 // self.test_streams}."
            )

    @property
    def weight_count(self) -> int:
        """Weights of the network."""
        return self.network.weight_count

    @property
    def wide(self) -> bool:
        """Whether the units of one net fill vectors."""
        return self.network.wide

    def data(self, seeds: Int[np.ndarray, "nets"], numbers: Int[np.ndarray, "nets"]) -> tuple[()]:
        """Nothing, since symbols are drawn."""
        return ()

    def start(self, keys: Key[Array, "*lanes"], data: tuple[()] = ()) -> StreamState:
        """The state before the first symbol.

        Args:
            keys: one typed key per lane; a lane's whole course follows from it.
            data: nothing.
        """
        shape = keys.shape
        weights: NetworkWeights = self.network.init(fold_in(keys, 0), jnp.asarray(self.weight_range))
        nothing, no = jnp.zeros(shape, jnp.int32), jnp.zeros(shape, bool)
        symbol, node = _beginning(self, shape)
        return StreamState(
            clock=jnp.int32(0),
            running=~no,
            key=fold_in(keys, 1),
            data=data,
            weights=weights,
            memory=TRUNCATED.start(self.network.cell, weights.hidden, shape),
            optimizer=self.optimizer.transformation(len(shape)).init(weights),
            symbol=symbol,
            node=node,
            length=nothing,
            test=nothing,
            streams=nothing + 1,
            trained=nothing,
            perfect=no,
            tested=nothing,
            best=nothing,
            best_weights=weights,
        )

    def step(self, state: StreamState) -> tuple[StreamState, Int[Array, "*lanes"]]:
        """Show one symbol to every lane; where it is of a training stream, change the weights."""
        task, testing = self.task, state.test > 0
        following, node = task.follow(state.node, uniform(fold_in(state.key, state.clock), 1)[0])
        target = task.target(state.node, following)
        memory, outputs, gradient = step_gradient(
            TRUNCATED, self.network, state.weights, state.memory, state.symbol, target
        )
        descent = self.optimizer.transformation(state.running.ndim)
        change, optimizer = descent.update(gradient, state.optimizer, state.weights)
        weights = where(state.running & ~testing, optax.apply_updates(state.weights, change), state.weights)

        right = task.correct(outputs, state.node, target)
        length = state.length + right.astype(jnp.int32)
        complete = state.running & (length >= jnp.where(testing, self.test_symbols, self.training_symbols))
        ended = complete | (state.running & ~right)
        # A test follows every training stream; it goes on with its next stream only if this one was complete.
        test_over = testing & ended & (~complete | (state.test == self.test_streams))
        perfect = test_over & complete
        given_up = test_over & ~complete & (state.streams >= self.training_streams)
        tested = state.tested + jnp.where(testing & ended, length, 0)
        better = test_over & (tested > state.best)

        resets = ended | task.over(state.node) if self.external_reset else ended
        nothing = jax.tree.map(jnp.zeros_like, memory)
        first_symbol, first_place = _beginning(self, state.running.shape)
        new = StreamState(
            clock=state.clock + 1,
            running=state.running & ~perfect & ~given_up,
            key=state.key,
            data=state.data,
            weights=weights,
            memory=where(resets, nothing, memory),
            optimizer=where(ended, descent.init(state.weights), optimizer),
            symbol=jnp.where(ended, first_symbol, following),
            node=jnp.where(ended, first_place, node),
            length=jnp.where(ended, 0, length),
            test=jnp.where(test_over, 0, state.test + ended.astype(jnp.int32)),
            streams=state.streams + (test_over & ~perfect & ~given_up).astype(jnp.int32),
            trained=state.trained + jnp.where(ended & ~testing, length, 0),
            perfect=state.perfect | perfect,
            tested=jnp.where(test_over, 0, tested),
            best=jnp.where(better, tested, state.best),
            best_weights=_keep(better, weights, state.best_weights),
        )
        return new, state.running.astype(jnp.int32)

    def point(
        self, state: StreamState, sums: Int[Array, "lanes"]
    ) -> tuple[Float[np.ndarray, "curves lanes"], Int[np.ndarray, "lanes"]]:
        """Training streams and right predictions in them so far, and the symbols shown since the last point."""
        return np.stack([state.streams, state.trained]).astype(self.curve_type), np.asarray(sums)


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
        step, length, carry, symbol, node = state
        carry, shown = cell.step(weights.hidden, carry, symbol)
        following, led_to = task.follow(node, uniform(fold_in(keys, step), 1)[0])
        outputs = stream.network.output(weights, symbol, shown)
        right = task.correct(outputs, node, task.target(node, following))
        length = length + (right & (length == step)).astype(jnp.int32)
        if stream.external_reset:
            carry = where(task.over(node), before, carry)
        return step + 1, length, carry, following, led_to

    begun = (jnp.int32(0), jnp.zeros(streams, jnp.int32), before, *_beginning(stream, streams))
    return lax.while_loop(unfinished, show_next, begun)[1]


def _beginning(stream: Stream, shape: tuple[int, ...]) -> tuple[Int[Array, "*lanes"], Int[Array, "*lanes"]]:
    """The first symbol of a stream and where it leads."""
    return stream.task.follow(jnp.full(shape, START, jnp.int32), jnp.zeros(shape))


def _keep(better: Bool[Array, "*lanes"], weights: NetworkWeights, best: NetworkWeights) -> NetworkWeights:
    """The weights of the longest test; copying takes long, and hardly any step ends one."""
    return lax.cond(jnp.any(better), lambda: where(better, weights, best), lambda: best)
