"""Memory cell blocks of 1997: cells around a constant error carrousel, behind an input gate and an output gate."""

from functools import reduce
from operator import add
from typing import Annotated, Any, NamedTuple

import jax.numpy as jnp
from pydantic import Field

from lstm_jax.cells import incoming
from lstm_jax.cells.gated import Gated, Group, Slopes
from lstm_jax.cells.incoming import Bias, Incoming
from lstm_jax.cells.squashing import LOGISTIC, Squashing, slope, squash
from lstm_jax.configuration import Varies, configuration
from lstm_jax.errors import InputError
from lstm_jax.types import Array, Float


class BlockWeights(NamedTuple):
    """Weights into the gates (units are blocks) and into the cells (block by block)."""

    input_gate: Incoming
    output_gate: Incoming | None
    cell: Incoming


class Activations(NamedTuple):
    """What a hidden layer of memory blocks computes in one step; also its carry to the next."""

    input_gate: Float[Array, "blocks *lanes"]
    output_gate: Float[Array, "blocks *lanes"] | None
    cell_input: Float[Array, "cells *lanes"]
    """g(net_c), the squashed net inputs of the cells."""
    state: Float[Array, "cells *lanes"]
    """s, the internal state"""
    cell_output: Float[Array, "cells *lanes"]
    """y_c, the layer's output"""


@configuration
class MemoryBlocks(Gated):
    """A hidden layer of memory cell blocks (section 4 and appendix A.1), without forget gates.

        y_in = f(W_in u)    y_out = f(W_out u)
        s(t) = s(t-1) + y_in g(W_c u)
        y_c  = y_out h(s(t))

    u are the inputs of this step and, as the recurrence settings say, activations of the previous step.

    >>> import jax
    >>> cell = MemoryBlocks(inputs=8, blocks=2, block_size=2, input_gate_bias=(-2.0, -4.0))
    >>> weights = cell.init(jax.random.key(0), jnp.float32(0.0))
    >>> carry, shown = cell.step(weights, cell.initial_carry((), jnp.dtype("float32")), jnp.ones(8))
    >>> [round(gate, 2) for gate in carry.input_gate.tolist()], shown.shape
    ([0.12, 0.02], (4,))
    """

    inputs: Annotated[int, Field(ge=1)]
    """Size of the input vector, or of the alphabet."""
    blocks: Annotated[int, Field(ge=1)] = 2
    block_size: Annotated[int, Field(ge=1)] = 2
    """Memory cells per block; they share the block's gates."""
    output_gates: bool = True
    """Whether blocks have output gates; without them y_c = h(s) (Experiments 2a, 2b)."""
    cell_recurrence: bool = True
    """Whether gates and cells receive the cell outputs of the previous step."""
    gate_recurrence: bool = True
    """Whether gates and cells receive the gate activations of the previous step."""
    cell_input_squashing: Squashing = (-2, 2)
    """g, the squashing function of the cells' net inputs. Reading: the caption of Table 10 exchanges g and h."""
    cell_output_squashing: Squashing = (-1, 1)
    """h, the squashing function of the internal states."""
    input_gate_bias: Bias = "random"
    output_gate_bias: Bias = "random"
    """How the biases of output gates start; it has to be "none" without output gates."""
    cell_bias: Bias = "random"
    input_gate_shift: Annotated[float, Varies] = 0.0
    """Added to each initial weight from an input to an input gate. Reading: -3 lets gates that have no bias start
    closed, for any one-hot input."""
    initial_activation: Annotated[float, Field(ge=0, le=1)] = 0.0
    """What gates and cell outputs are taken to have been before the first step. Reading: 0.5."""

    Weights = BlockWeights

    state_groups = ("input_gate", "cell")

    def __post_init__(self) -> None:
        if not self.output_gates and self.output_gate_bias != "none":
            raise InputError(
                f"output_gate_bias is {self.output_gate_bias!r}: it should be 'none' without output gates."
            )
        incoming.check_bias("input_gate_bias", self.input_gate_bias, self.blocks)
        incoming.check_bias("output_gate_bias", self.output_gate_bias, self.blocks)
        incoming.check_bias("cell_bias", self.cell_bias, self.cells)

    @property
    def cells(self) -> int:
        """Number of memory cells."""
        return self.blocks * self.block_size

    @property
    def outputs(self) -> int:
        """Number of activations that the layer shows to the output units."""
        return self.cells

    @property
    def hidden_sources(self) -> int:
        """Number of hidden activations that every gate and cell receives."""
        return self.cells * self.cell_recurrence + self.blocks * (1 + self.output_gates) * self.gate_recurrence

    @property
    def groups(self) -> dict[str, Group | None]:
        """Gates, whose units are blocks, and cells."""
        return {
            "input_gate": Group(self.blocks, self.input_gate_bias, shift=self.input_gate_shift),
            "output_gate": Group(self.blocks, self.output_gate_bias) if self.output_gates else None,
            "cell": Group(self.cells, self.cell_bias),
        }

    def initial_carry(self, lanes: tuple[int, ...], dtype: jnp.dtype) -> Activations:
        """Before a sequence states are zero, and so are activations unless `initial_activation` says otherwise."""
        blocks = jnp.full((self.blocks, *lanes), self.initial_activation, dtype)
        shown = jnp.full((self.cells, *lanes), self.initial_activation, dtype)
        cells = jnp.zeros((self.cells, *lanes), dtype)
        return Activations(blocks, blocks if self.output_gates else None, cells, cells, shown)

    def hidden(self, carry: Activations) -> Float[Array, "hidden *lanes"] | None:
        """Cell outputs and gate activations of the previous step, as configured."""
        activations = []
        if self.cell_recurrence:
            activations.append(carry.cell_output)
        if self.gate_recurrence:
            activations.append(carry.input_gate)
            if carry.output_gate is not None:
                activations.append(carry.output_gate)
        return jnp.concatenate(activations) if activations else None

    def decay(self, nets: dict[str, Array], carry: Activations) -> Float[Array, "cells *lanes"] | None:
        """What is left of each state from one step to the next; None stands for all of it, the constant carrousel."""
        return None

    def advance(
        self, weights: Any, nets: dict[str, Array], carry: Activations, truncate: bool = False
    ) -> tuple[Activations, Float[Array, "cells *lanes"]]:
        """The layer's activations, which are also the carry, and of these the cell outputs y_c."""
        input_gate = squash(LOGISTIC, nets["input_gate"])
        cell_input = squash(self.cell_input_squashing, nets["cell"])
        decay = self.decay(nets, carry)
        kept = carry.state if decay is None else decay * carry.state
        state = kept + self.per_cell(input_gate) * cell_input
        cell_output = squash(self.cell_output_squashing, state)
        output_gate = None
        if self.output_gates:
            output_gate = squash(LOGISTIC, nets["output_gate"])
            cell_output = self.per_cell(output_gate) * cell_output
        return Activations(input_gate, output_gate, cell_input, state, cell_output), cell_output

    def state_slopes(self, nets: dict[str, Array], carry: Activations, new: Activations) -> Slopes:
        """d s(t)/d net_c = y_in g'(net_c),  d s(t)/d net_in = g(net_c) f'(net_in)."""
        by_cell = self.per_cell(new.input_gate) * slope(self.cell_input_squashing, new.cell_input)
        by_input_gate = new.cell_input * self.per_cell(slope(LOGISTIC, new.input_gate))
        return Slopes(self.decay(nets, carry), {"cell": by_cell, "input_gate": by_input_gate})

    def errors(
        self, weights: Any, nets: dict[str, Array], new: Activations, at_cells: Float[Array, "cells *lanes"]
    ) -> tuple[Float[Array, "cells *lanes"], Float[Array, "blocks *lanes"] | None]:
        """Errors at the internal states and at the output gates' net inputs, from the error at the cell outputs.

        e_s = y_out h'(s) e_c,  and at the output gate  f'(net_out) h(s) e_c,  summed over the block's cells.
        """
        squashed_state = squash(self.cell_output_squashing, new.state)
        at_state = at_cells * slope(self.cell_output_squashing, squashed_state)
        if new.output_gate is None:
            return at_state, None
        at_gate = self.per_block(at_cells * squashed_state) * slope(LOGISTIC, new.output_gate)
        return at_state * self.per_cell(new.output_gate), at_gate

    def errors_by_output(
        self, weights: Any, nets: dict[str, Array], new: Activations, at_cells: Float[Array, "cells *lanes"]
    ) -> tuple[Float[Array, "cells *lanes"], Float[Array, "blocks *lanes"] | None]:
        """As `errors`, with h' computed from y_c as if y_c = h(s): it does not vanish where states are large.

        Reading: without output gates nothing changes; with them a program that computes slopes from what units show
        would do this.
        """
        _, at_gate = self.errors(weights, nets, new, at_cells)
        at_state = at_cells * slope(self.cell_output_squashing, new.cell_output)
        return at_state if new.output_gate is None else at_state * self.per_cell(new.output_gate), at_gate

    def per_cell(self, by_block: Float[Array, "blocks *lanes"]) -> Float[Array, "cells *lanes"]:
        """Give every cell its block's value."""
        return by_block if self.block_size == 1 else jnp.repeat(by_block, self.block_size, axis=0)

    def per_block(self, by_cell: Float[Array, "cells *shape"]) -> Float[Array, "blocks *shape"]:
        """Sum the values of each block's cells."""
        return reduce(add, (by_cell[i :: self.block_size] for i in range(self.block_size)))
