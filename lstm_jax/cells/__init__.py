"""Pure cells, one file per family. A cell is a frozen `configuration` dataclass of static sizes and settings."""

from typing import Any, Protocol, runtime_checkable

import jax.numpy as jnp

from lstm_jax.cells.carrousel import Carrousel
from lstm_jax.cells.coupled import Coupled
from lstm_jax.cells.elman import Elman
from lstm_jax.cells.forget_gate import ForgetGates, StateDecay
from lstm_jax.cells.gru import GRU
from lstm_jax.cells.lstm import LSTM
from lstm_jax.cells.memory_block import MemoryBlocks
from lstm_jax.cells.mlstm import MLSTM
from lstm_jax.cells.output_feedback import OutputFeedback
from lstm_jax.cells.peephole import Peephole
from lstm_jax.cells.slstm import SLSTM
from lstm_jax.cells.time_delay import TimeDelay
from lstm_jax.types import Array, Float, Int, Key

CELLS: dict[str, type] = {
    "memory_blocks": MemoryBlocks,
    "forget_gates": ForgetGates,
    "state_decay": StateDecay,
    "lstm": LSTM,
    "peephole": Peephole,
    "coupled": Coupled,
    "gru": GRU,
    "slstm": SLSTM,
    "mlstm": MLSTM,
    "elman": Elman,
    "carrousel": Carrousel,
    "time_delay": TimeDelay,
    "output_feedback": OutputFeedback,
}


@runtime_checkable
class Cell(Protocol):
    """What the rest of the package asks of a cell."""

    @property
    def inputs(self) -> int:
        """Size of the input vector, or of the alphabet."""
        ...

    @property
    def outputs(self) -> int:
        """Number of activations that the layer shows."""
        ...

    @property
    def weight_count(self) -> int:
        """Number of weights."""
        ...

    def init(self, key: Key[Array, "*lanes"], weight_range: Float[Array, "*lanes"]) -> Any:
        """Draw initial weights: a tree of arrays `[..., *lanes]`."""
        ...

    def initial_carry(self, lanes: tuple[int, ...], dtype: jnp.dtype) -> Any:
        """What a sequence starts from: a tree of floating-point arrays `[..., *lanes]`."""
        ...

    def step(
        self,
        weights: Any,
        carry: Any,
        x: Float[Array, "inputs *#lanes"] | Int[Array, "*#lanes"],
        /,
        truncate: bool = False,
    ) -> tuple[Any, Float[Array, "outputs *lanes"]]:
        """One step: the new carry and what the layer shows.

        With `truncate`, errors are not propagated back through activations that re-enter the layer (appendix A.1).
        """
        ...


__all__ = [
    "CELLS",
    "GRU",
    "LSTM",
    "MLSTM",
    "SLSTM",
    "Carrousel",
    "Cell",
    "Coupled",
    "Elman",
    "ForgetGates",
    "MemoryBlocks",
    "OutputFeedback",
    "Peephole",
    "StateDecay",
    "TimeDelay",
]
