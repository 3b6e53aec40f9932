"""The networks of Table 10, by row, built from section 5 of the paper."""

from dataclasses import replace
from typing import Any

from lstm_jax.cells.memory_block import MemoryBlocks
from lstm_jax.networks import Network

NO_BIASES: dict[str, Any] = {"input_gate_bias": "none", "output_gate_bias": "none", "cell_bias": "none"}
"""Of memory blocks."""


def reber(cell: MemoryBlocks) -> Network:
    """Experiment 1: only gates have biases."""
    cell = replace(cell, inputs=7, input_gate_bias="random", cell_bias="none")
    return Network(cell=cell, outputs=7, output_bias="none")


def noise_free(p: int = 100) -> Network:
    """Experiments 2a and 2b: connectivity B, one cell without output gate, p + 1 symbols, no biases."""
    cell = MemoryBlocks(
        inputs=p + 1,
        blocks=1,
        block_size=1,
        output_gates=False,
        cell_recurrence=False,
        gate_recurrence=False,
        cell_input_squashing=(0.0, 1.0),
        cell_output_squashing="identity",
        **NO_BIASES,
    )
    return Network(cell=cell, outputs=p + 1, output_bias="none", outputs_see_inputs=True)


def distractors(p: int) -> Network:
    """Experiment 2c: p + 4 symbols, no biases."""
    cell = MemoryBlocks(inputs=p + 4, blocks=2, block_size=1, **NO_BIASES)
    return Network(cell=cell, outputs=2, output_bias="none")


def _pairs(input_gate_bias) -> Network:
    """Experiments 4 and 5: every unit has a bias."""
    cell = MemoryBlocks(
        inputs=2,
        blocks=2,
        block_size=2,
        input_gate_bias=input_gate_bias,
        output_gate_bias="random",
        cell_bias="random",
    )
    return Network(cell=cell, outputs=1, output_bias="random")


def _order(input_gate_bias: tuple[float, ...], outputs: int) -> Network:
    """Experiment 6: every unit has a bias."""
    cell = MemoryBlocks(
        inputs=8,
        blocks=len(input_gate_bias),
        block_size=2,
        input_gate_bias=input_gate_bias,
        output_gate_bias="random",
        cell_bias="random",
    )
    return Network(cell=cell, outputs=outputs, output_bias="random")


ARCHITECTURES: dict[str, Network] = {
    "1-1": reber(MemoryBlocks(inputs=7, blocks=4, block_size=1, output_gate_bias=(-1.0, -2.0, -3.0, -4.0))),
    "1-2": reber(MemoryBlocks(inputs=7, blocks=3, block_size=2, output_gate_bias=(-1.0, -2.0, -3.0))),
    "2a": noise_free(),
    "2c-1": distractors(50),
    "2c-2": distractors(100),
    "2c-3": distractors(200),
    "2c-4": distractors(500),
    "2c-5": distractors(1000),
    # Biases are listed for hidden units only (section 8): the output unit has none.
    "3a": Network(
        cell=MemoryBlocks(
            inputs=1,
            blocks=3,
            block_size=1,
            input_gate_bias=(-1.0, -3.0, -5.0),
            output_gate_bias=(-2.0, -4.0, -6.0),
            cell_bias="random",
        ),
        outputs=1,
        output_bias="none",
    ),
    "4-1": _pairs((-3.0, -6.0)),
    "5": _pairs("random"),
    "6a": _order((-2.0, -4.0), outputs=4),
    "6b": _order((-2.0, -4.0, -6.0), outputs=8),
}

WEIGHT_COUNTS = {
    "1-1": 264,
    "1-2": 276,
    "2a": 10504,
    "2c-1": 364,
    "2c-2": 664,
    "2c-3": 1264,
    "2c-4": 3064,
    "2c-5": 6064,
    "3a": 102,
    "4-1": 93,
    "5": 93,
    "6a": 156,
    "6b": 308,
}
"""As printed in Table 10."""

REAL_INPUTS = {"3a", "4-1", "5"}
"""Rows with input vectors; all others have symbols."""
