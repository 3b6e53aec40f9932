"""What gated cells share: weights meet their sources in weighted sums, and the rest of a step has hardly any weights.

Two things follow from that split. The sums over the inputs of a whole sequence are one matrix product, and so is the
gradient by the weights. And where errors flow back along internal states alone, the derivative of a state by every
weight can be carried forward in closed form (gradients/truncated.py).
"""

from typing import Any, ClassVar, NamedTuple

import jax.numpy as jnp
from jax import lax

from lstm_jax.cells import incoming
from lstm_jax.cells.incoming import Bias, Incoming, Sources, net_input
from lstm_jax.random import fold_in
from lstm_jax.types import Array, Float, Int, Key


class Group(NamedTuple):
    """Units of one kind, such as the input gates."""

    units: int
    bias: Bias
    sees_input: bool = True
    sees_hidden: bool = True
    sees_state: bool = False
    """Whether each unit has a peephole: a weight from its own cell's internal state."""
    shift: Any = 0.0
    """What is added to each initial weight from an input; a number or an array `[*lanes]`."""


class Slopes(NamedTuple):
    """How the internal states depend on what feeds them in one step, without the errors that re-enter the layer."""

    decay: Float[Array, "cells *lanes"] | None
    """ds(t)/ds(t-1); None stands for 1."""
    by_net: dict[str, Float[Array, "cells *lanes"]]
    """ds(t)/dnet for every group that leads into a state, one number per cell."""


class Gated:
    """A cell in two parts: weighted sums (`nets`) and what becomes of them (`advance`).

    A subclass is a `configuration` dataclass with a field `inputs`; its `Weights` is a NamedTuple whose fields begin
    with those of `groups`, in that order; with more of them it has an `init` of its own.
    """

    inputs: int
    Weights: ClassVar[Any]
    state_groups: ClassVar[tuple[str, ...]] = ()
    """Groups that lead into the internal states; with none the truncated gradient has no closed form."""
    at_once: Any = True
    """Whether all weighted sums of a step can be taken at once, since none of them needs another, and nothing but these
    and `advance` with biases and peepholes has weights."""
    unitwise: ClassVar[bool] = False
    """Whether each number of the carry may stay as it was, alone, and what is shown is `hidden`: zoneout."""

    @property
    def groups(self) -> dict[str, Group | None]:
        """The kinds of units by name; None for one that this configuration does without."""
        raise NotImplementedError

    @property
    def hidden_sources(self) -> int:
        """Number of hidden activations that every unit receives."""
        raise NotImplementedError

    def hidden(self, carry: Any) -> Float[Array, "hidden *lanes"] | None:
        """The activations of the previous step that units receive; None if they receive none."""
        raise NotImplementedError

    @property
    def weight_count(self) -> int:
        """Number of weights."""
        return sum(
            incoming.weight_count(group.units, *self._sources_of(group), group.bias, group.sees_state)
            for group in self.groups.values()
            if group
        )

    def init(self, key: Key[Array, "*lanes"], weight_range: Float[Array, "*lanes"]) -> Any:
        """Draw initial weights, uniform in [-weight_range, weight_range); biases as configured."""
        return self.Weights(**self.drawn(key, weight_range))

    def drawn(self, key: Key[Array, "*lanes"], weight_range: Float[Array, "*lanes"]) -> dict[str, Any]:
        """The initial weights into every group; None for one that this configuration does without."""

        def draw(i: int, group: Group) -> Incoming:
            sources = self._sources_of(group)
            drawn = incoming.init(fold_in(key, i), group.units, *sources, group.bias, weight_range, group.sees_state)
            return incoming.shifted(drawn, group.shift)

        return {name: group and draw(i, group) for i, (name, group) in enumerate(self.groups.items())}

    def _sources_of(self, group: Group) -> tuple[int, int]:
        return self.inputs * group.sees_input, self.hidden_sources * group.sees_hidden

    def sources(
        self, carry: Any, x: Float[Array, "inputs *#lanes"] | Int[Array, "*#lanes"], truncate: bool = False
    ) -> Sources:
        """What units receive: the input, and hidden activations of the previous step.

        With `truncate`, errors are not propagated back through those activations (appendix A.1).
        """
        hidden = self.hidden(carry)
        return Sources(x, lax.stop_gradient(hidden) if truncate and hidden is not None else hidden)

    def nets(self, weights: Any, sources: Sources) -> dict[str, Float[Array, "units *lanes"]]:
        """The net input of every group."""
        return {name: net_input(getattr(weights, name), sources) for name, group in self.groups.items() if group}

    def advance(self, weights: Any, nets: dict[str, Array], carry: Any, truncate: bool = False) -> tuple[Any, Array]:
        """One step, from net inputs `[units, *lanes]` and the previous carry: the new carry and what is shown."""
        raise NotImplementedError

    def step(
        self,
        weights: Any,
        carry: Any,
        x: Float[Array, "inputs *#lanes"] | Int[Array, "*#lanes"],
        truncate: bool = False,
    ) -> tuple[Any, Float[Array, "cells *lanes"]]:
        """One step from an input (vector or symbol): the new carry and what the layer shows."""
        nets = self.nets(weights, self.sources(carry, x, truncate))
        return self.advance(weights, nets, carry, truncate)

    def state_slopes(self, nets: dict[str, Array], carry: Any, new: Any) -> Slopes:
        """Derivatives of the internal states after a step, for `state_groups`."""
        raise NotImplementedError

    def errors(
        self, weights: Any, nets: dict[str, Array], new: Any, at_cells: Float[Array, "cells *lanes"]
    ) -> tuple[Float[Array, "cells *lanes"], Float[Array, "units *lanes"] | None]:
        """Errors at the internal states and at the output gates' net inputs, from the error at what is shown."""
        raise NotImplementedError

    def output_gate_sources(self, sources: Sources, new: Any) -> Sources:
        """What the output gates receive; by default the same as the other groups."""
        return sources


def zeros(units: int, lanes: tuple[int, ...], dtype: jnp.dtype) -> Float[Array, "units *lanes"]:
    """Activations before a sequence: zero."""
    return jnp.zeros((units, *lanes), dtype)
