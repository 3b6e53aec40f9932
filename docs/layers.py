"""Measure how exact layers are in each type, and write the table into a document.

python docs/layers.py docs/layers.md
"""

import re
import sys
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lstm_jax.cells import CELLS, MLSTM, Cell
from lstm_jax.networks.recurrent import recurrent

STEPS, INPUTS, BATCH, UNITS = 1000, 4, 2, 8

TYPES = ("float32", "bfloat16", "float16")

MARK = re.compile(r"(<!-- types: begin -->\n).*(<!-- types: end -->)", re.DOTALL)


def cells() -> dict[str, Cell]:
    """Every cell as it is by default, with `UNITS` units, and one that forgets very little."""
    named: dict[str, Any] = {}
    for name, cell in CELLS.items():
        fields = cell.__dataclass_fields__
        sizes = {"units": UNITS} if "units" in fields else {"hidden": UNITS} if "hidden" in fields else {}
        named[name] = cell(inputs=INPUTS, **sizes)
    named["mlstm, forget_gate_bias=5"] = MLSTM(INPUTS, units=UNITS, forget_gate_bias=5.0)
    return named


def errors(cell: Cell) -> dict[str, float]:
    """By type, the largest error of what is shown, as a share of the largest value in float64.

    Weights and inputs are rounded before: they are the same in float64.
    """
    show = jax.jit(partial(recurrent, cell))
    weights = cell.init(jax.random.key(0), jnp.float32(cell.outputs**-0.5))
    inputs = jax.random.normal(jax.random.key(1), (STEPS, INPUTS, BATCH), jnp.float32)
    found = {}
    for dtype in TYPES:
        rounded = jax.tree.map(lambda leaf, dtype=dtype: leaf.astype(dtype), (weights, inputs))
        exact = np.asarray(show(*jax.tree.map(lambda leaf: leaf.astype("float64"), rounded))[1])
        ours = np.asarray(show(*rounded)[1].astype("float64"))
        found[dtype] = float(np.max(np.abs(ours - exact)) / np.max(np.abs(exact)))
    return found


def table() -> str:
    """Markdown, one line for each cell."""
    lines = [f"| cell | {' | '.join(TYPES)} |", "| --- |" + " ---: |" * len(TYPES)]
    for name, cell in cells().items():
        lines.append(f"| {name} | {' | '.join(f'{error:.0e}' for error in errors(cell).values())} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    document = Path(sys.argv[1])
    with jax.enable_x64(True):
        text = MARK.sub(lambda match: match[1] + table() + match[2], document.read_text())
    document.write_text(text)
