"""Pure cells, one file per family. A cell is a frozen `configuration` dataclass of static sizes and settings."""

from lstm_jax.cells.carrousel import Carrousel
from lstm_jax.cells.coupled import Coupled
from lstm_jax.cells.elman import Elman
from lstm_jax.cells.forget_gate import ForgetGates, StateDecay
from lstm_jax.cells.gru import GRU
from lstm_jax.cells.layer_norm import LayerNormGRU, LayerNormLSTM
from lstm_jax.cells.lru import LRU
from lstm_jax.cells.lstm import LSTM
from lstm_jax.cells.lstmp import LSTMP
from lstm_jax.cells.mapped import Functions, Mapped
from lstm_jax.cells.memory_block import MemoryBlocks
from lstm_jax.cells.min_gru import MinGRU
from lstm_jax.cells.min_lstm import MinLSTM
from lstm_jax.cells.mlstm import MLSTM
from lstm_jax.cells.output_feedback import OutputFeedback
from lstm_jax.cells.peephole import Peephole
from lstm_jax.cells.protocol import Cell
from lstm_jax.cells.registry import CELLS, COMBINED, read_cell, written
from lstm_jax.cells.selective import Selective
from lstm_jax.cells.slstm import SLSTM
from lstm_jax.cells.stacked import Residual, Stacked
from lstm_jax.cells.time_delay import TimeDelay

__all__ = [
    "CELLS",
    "COMBINED",
    "GRU",
    "LRU",
    "LSTM",
    "LSTMP",
    "MLSTM",
    "SLSTM",
    "Carrousel",
    "Cell",
    "Coupled",
    "Elman",
    "ForgetGates",
    "Functions",
    "LayerNormGRU",
    "LayerNormLSTM",
    "Mapped",
    "MemoryBlocks",
    "MinGRU",
    "MinLSTM",
    "OutputFeedback",
    "Peephole",
    "Residual",
    "Selective",
    "Stacked",
    "StateDecay",
    "TimeDelay",
    "read_cell",
    "written",
]
