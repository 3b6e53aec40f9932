"""Following a gradient downhill."""

from functools import partial
from typing import Annotated, Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import optax
from pydantic import Field, InstanceOf

from lstm_jax.configuration import configuration
from lstm_jax.construction import Construction, visible
from lstm_jax.errors import InputError
from lstm_jax.learners.optimizers import Optimizer
from lstm_jax.learners.protocol import Learned, Lessons
from lstm_jax.learners.rules import RULES, Rule
from lstm_jax.tasks import Task
from lstm_jax.types import Array, Sequence, Weights


class Memory(NamedTuple):
    """What a descent remembers from one change of the weights to the next."""

    optimizer: Any
    construction: Any
    """The `ConstructionState`; empty without construction."""


@configuration
class Descent:
    """Weights follow a gradient: rule, optimizer, when weights change, and when cells join."""

    optimizer: InstanceOf[Optimizer]
    """How a gradient becomes a change of the weights."""
    rule: str | InstanceOf[Rule] = "truncated"
    """How an error becomes a gradient: a name of `RULES`, or a rule of one's own."""
    horizon: Annotated[int, Field(ge=1)] | None = None
    """Number of steps through which bptt propagates an error; None for all."""
    weight_change: Literal["sequence", "step"] = "sequence"
    """Reading: whether weights change after every sequence or after every step where there is an error."""
    batch: Annotated[int, Field(ge=1)] = 1
    """Sequences per change, which follows the mean of their gradients; 1 is the paper's on-line learning."""
    construction: InstanceOf[Construction] | None = None
    """When cells join; None if all are there from the start."""

    def start(self, network: Any, weights: Weights, lanes: tuple[int, ...]) -> Memory:
        """The memory before the first sequence."""
        construction = self.construction.start(lanes) if self.construction else ()
        return Memory(self.optimizer.transformation(len(lanes)).init(weights), construction)

    def grown(self, weights: Weights, memory: Memory) -> Weights:
        """The weights of the net as it is now: without the cells that have not joined."""
        return visible(weights, memory.construction.joined) if self.construction else weights

    def learn(self, network: Any, weights: Weights, memory: Memory, lessons: Lessons) -> Learned:
        """Show the next sequence, or the next `batch`, and change the weights once, or at every step."""
        sequence = lessons.next() if self.batch == 1 else lessons.batch(self.batch)
        now = self.grown(weights, memory)
        descended = partial(self._descended, weights, memory, lessons.lane_key.ndim)
        if self.weight_change == "step" and sequence.target_mask is not None:
            assert self._rule.online is not None
            gradient, outputs = self._rule.online(
                network, weights, sequence, lambda total: self.grown(descended(total)[0], memory)
            )
        elif self.batch == 1:
            gradient, outputs = self._gradient(network, now, sequence)
        else:
            gradient, outputs = self._mean_gradient(network, now, sequence, lessons.lane_key.ndim)
        new, optimizer = descended(gradient)
        construction = memory.construction
        if self.construction:
            construction = self.construction.update(construction, lessons.presentations, outputs, sequence)
        return Learned(new, Memory(optimizer, construction), outputs, sequence)

    def turn(self, task: Task, seed: int) -> int:
        """The size of a batch."""
        return self.batch

    def check(self, network: Any, task: Task) -> None:
        """Refuse what does not fit together.

        Raises:
            InputError: the rule cannot be used with the network, or another setting not with the rule.
        """
        if reason := self._rule.refuses(network):
            raise InputError(f"gradient is {self.rule!r}, {reason}.")
        if self.horizon is not None and not self._rule.has_horizon:
            raise InputError(f"horizon is {self.horizon}: it is a setting of bptt, not of {self.rule}.")
        if self.horizon is not None and not hasattr(network, "cell"):
            raise InputError(f"horizon is {self.horizon}: it should be null for a network without cells.")
        if self.weight_change == "step":
            self._check_steps()
        if self.construction is not None:
            self._check_construction(network)

    def _check_steps(self) -> None:
        online = [name for name, rule in RULES.items() if rule.online]
        if self._rule.online is None:
            raise InputError(
                f"optimizer.weight_change is 'step': gradient should be {' or '.join(online)}, not {self.rule!r}."
            )
        if not self.optimizer.linear:
            raise InputError("optimizer.weight_change is 'step': the optimizer should be sgd, without clip.")
        if self.batch > 1:
            raise InputError(f"optimizer.weight_change is 'step': optimizer.batch should be 1, not {self.batch}.")

    def _check_construction(self, network: Any) -> None:
        if not hasattr(network, "output_layer"):
            raise InputError("construction should be null: only cells can join a network.")
        if not network.output_layer:
            raise InputError(
                "construction needs network.output_layer=true: until they join, output units see no cells."
            )
        if self.optimizer.decays:
            raise InputError(
                "construction needs an optimizer that is known to change no weight without a gradient: not one with "
                "weight decay, nor module.function."
            )
        if self.batch > 1:
            raise InputError(f"construction needs optimizer.batch=1, not {self.batch}: it goes by single sequences.")

    @property
    def _rule(self) -> Rule:
        return RULES[self.rule] if isinstance(self.rule, str) else self.rule

    def _gradient(self, network: Any, weights: Weights, sequence: Sequence) -> tuple[Weights, Array]:
        more = {} if self.horizon is None else {"horizon": self.horizon}
        return self._rule.gradient(network, weights, sequence, **more)

    def _mean_gradient(
        self, network: Any, weights: Weights, sequences: Sequence, lane_axes: int
    ) -> tuple[Weights, Array]:
        """The mean gradient of several sequences, each of which is a lane of its own with the same weights."""

        def for_each(w):
            w = jnp.expand_dims(w, w.ndim - lane_axes)
            shape = (*w.shape[: w.ndim - 1 - lane_axes], self.batch, *w.shape[w.ndim - lane_axes :])
            return w if self._rule.sums else jnp.broadcast_to(w, shape)

        gradients, outputs = self._gradient(network, jax.tree.map(for_each, weights), sequences)
        return jax.tree.map(lambda g: jnp.sum(g, axis=g.ndim - 1 - lane_axes) / self.batch, gradients), outputs

    def _descended(self, weights: Weights, memory: Memory, lane_axes: int, gradient: Weights) -> tuple[Weights, Any]:
        """Weights after one change by a gradient, and what the optimizer remembers; cells that have not joined stay."""
        if self.construction:
            gradient = visible(gradient, memory.construction.joined)
        change, optimizer = self.optimizer.transformation(lane_axes).update(gradient, memory.optimizer, weights)
        return optax.apply_updates(weights, change), optimizer
